const classes = (standard: string, names: readonly string[]): string[] =>
  names.map((name) => `http://www.opengis.net/spec/${standard}/conf/${name}`)

/** What of which standard holds here, by standard. */
export const CONFORMANCE: Readonly<Record<string, readonly string[]>> = {
  'OGC API - Common': [
    ...classes('ogcapi-common-1/1.0', ['core', 'landing-page', 'json', 'html', 'oas30']),
    ...classes('ogcapi-common-2/1.0', ['collections', 'json', 'html']),
  ],
  'OGC API - Features - Part 1: Core': classes('ogcapi-features-1/1.0', ['core', 'oas30', 'html', 'geojson']),
  'OGC API - Features - Part 2: Coordinate Reference Systems by Reference': classes('ogcapi-features-2/1.0', [
    'crs',
  ]),
  'OGC API - Features - Part 3: Filtering': classes('ogcapi-features-3/1.0', [
    ...['queryables', 'queryables-query-parameters', 'filter', 'features-filter'],
  ]),
  'Common Query Language (CQL2)': classes('cql2/1.0', [
    ...['cql2-text', 'cql2-json', 'basic-cql2', 'advanced-comparison-operators'],
    ...['case-insensitive-comparison', 'accent-insensitive-comparison', 'basic-spatial-functions'],
    ...['basic-spatial-functions-plus', 'spatial-functions', 'temporal-functions', 'array-functions'],
    ...['property-property', 'functions', 'arithmetic'],
  ]),
  'OGC API - Features - Part 4: Create, Replace, Update and Delete': classes('ogcapi-features-4/1.0', [
    ...['create-replace-delete', 'update', 'features', 'optimistic-locking-etags'],
    ...['optimistic-locking-timestamps', 'return-resource-representation-in-response'],
  ]),
  'OGC API - Features - Part 5: Schemas': classes('ogcapi-features-5/1.0', [
    ...['schemas', 'core-roles-features', 'returnables-and-receivables', 'queryables', 'sortables'],
  ]),
  'OGC API - Features - Part 8: Sorting': classes('ogcapi-features-8/1.0', [
    ...['sortables', 'sorting', 'features-sorting'],
  ]),
  'OGC API - Tiles - Part 1: Core': classes('ogcapi-tiles-1/1.0', [
    ...['core', 'tileset', 'tilesets-list', 'geodata-tilesets', 'mvt', 'oas30'],
  ]),
  'Two Dimensional Tile Matrix Set': classes('tms/2.0', ['tilematrixset', 'json-tilematrixset']),
  'OGC API - Processes - Part 1: Core': classes('ogcapi-processes-1/1.0', [
    ...['core', 'ogc-process-description', 'json', 'html', 'oas30', 'job-list', 'dismiss'],
  ]),
}
