import type { FieldType } from '../feature-rows.ts'

export interface ExportColumn {
  name: string
  type: FieldType
}

/** What there is to know of a format to fill a file of it; types that it lacks become text. */
interface FormatRules {
  /** For a person. */
  title: string
  /** Of the file that is handed out. */
  extension: string
  contentType: string
  /** GDAL's name of the driver that makes it; null where the file is ours. */
  driver: string | null
  /** Options for the driver, as ogr2ogr has them. */
  options?: readonly string[]
  /** EPSG code of the only system it can be in. */
  onlySrid?: number
  /** EPSG code of the system it is in unless another is asked for; the dataset's own unless told. */
  defaultSrid?: number
  /** Types that it has beside numbers up to 2^53, and text. */
  types: readonly ('boolean' | 'bigint' | 'date' | 'timestamp' | 'time' | 'json' | 'binary')[]
  /** UTF-8 bytes of a text; longer ones are cut. */
  textMaxBytes?: number
  /** Characters of a number, which is written in full. */
  numberMaxCharacters?: number
  /** UTF-8 bytes of the name of a field. */
  nameMaxBytes?: number
  /** Names of fields have nothing but `A-Z`, `a-z`, `0-9` and `_`. */
  hasPlainNames?: boolean
  /** Names of fields, and of the layer, are names of XML elements. */
  hasXmlNames?: boolean
  /** Names that differ in case alone are the same. */
  ignoresCase?: boolean
  /** Names that fields cannot have. */
  reservedNames?: readonly string[]
  /** Several files, in a zip archive. */
  isZipped?: boolean
  /** It has geometries, and no properties. */
  hasNoProperties?: boolean
}

const ZIP = { extension: 'zip', contentType: 'application/zip', isZipped: true } as const
const TEMPORAL = ['date', 'timestamp', 'time'] as const

const RULES = {
  shp: {
    ...ZIP,
    title: 'Shapefile',
    driver: 'ESRI Shapefile',
    options: ['-lco', 'ENCODING=UTF-8'],
    types: ['bigint', 'date'],
    textMaxBytes: 254,
    numberMaxCharacters: 24,
    nameMaxBytes: 10,
    ignoresCase: true,
  },
  mif: {
    ...ZIP,
    title: 'MapInfo interchange format',
    driver: 'MapInfo File',
    options: ['-dsco', 'FORMAT=MIF'],
    types: TEMPORAL,
    textMaxBytes: 254,
    nameMaxBytes: 31,
    hasPlainNames: true,
    ignoresCase: true,
  },
  kml: {
    title: 'KML',
    extension: 'kml',
    contentType: 'application/vnd.google-earth.kml+xml',
    driver: 'KML',
    onlySrid: 4326,
    types: ['boolean'],
  },
  gpx: {
    title: 'GPX',
    extension: 'gpx',
    contentType: 'application/gpx+xml',
    driver: 'GPX',
    hasXmlNames: true,
    options: ['-dsco', 'GPX_USE_EXTENSIONS=YES', '-lco', 'FORCE_GPX_TRACK=YES'],
    onlySrid: 4326,
    types: [],
  },
  dxf: {
    title: 'DXF',
    extension: 'dxf',
    contentType: 'image/vnd.dxf',
    driver: 'DXF',
    types: [],
    hasNoProperties: true,
  },
  gml: {
    title: 'GML 3.2',
    extension: 'gml',
    contentType: 'application/gml+xml; version=3.2',
    driver: 'GML',
    hasXmlNames: true,
    options: ['-dsco', 'FORMAT=GML3.2', '-dsco', 'XSISCHEMA=OFF'],
    types: ['boolean', 'bigint', ...TEMPORAL],
  },
  csv: { title: 'CSV', extension: 'csv', contentType: 'text/csv; charset=utf-8', driver: null, types: [] },
  geojson: {
    title: 'GeoJSON',
    extension: 'geojson',
    contentType: 'application/geo+json',
    driver: null,
    defaultSrid: 4326,
    types: [],
  },
  gpkg: {
    title: 'GeoPackage',
    extension: 'gpkg',
    contentType: 'application/geopackage+sqlite3',
    driver: 'GPKG',
    types: ['boolean', 'bigint', 'date', 'timestamp', 'json', 'binary'],
    ignoresCase: true,
    reservedNames: ['fid', 'geom'],
  },
  fgb: {
    title: 'FlatGeobuf',
    extension: 'fgb',
    contentType: 'application/vnd.flatgeobuf',
    driver: null,
    types: ['boolean', 'bigint', 'date', 'timestamp', 'json', 'binary'],
  },
} as const satisfies Record<string, FormatRules>

export type ExportFormat = keyof typeof RULES

/** Every format there is, in the order in which they are listed. */
export const EXPORT_FORMATS = Object.keys(RULES) as ExportFormat[]

export const rulesOf = (format: ExportFormat): FormatRules => RULES[format]
