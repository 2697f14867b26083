export type DatasetForm = 'vector' | 'raster'

/** A dataset that is being filled exists for nobody but the job that fills it. */
export type DatasetStatus = 'importing' | 'ready'

/** OGC Simple Features' names; `Geometry` takes any of them. */
export const GEOMETRY_TYPES = [
  'Geometry',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
] as const
export type GeometryType = (typeof GEOMETRY_TYPES)[number]

export type Dimensions = 'XY' | 'XYZ' | 'XYM' | 'XYZM'

/** What a column holds, with its type in Postgres. */
export const COLUMN_TYPES = {
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'bigint',
  double: 'double precision',
  text: 'text',
  date: 'date',
  timestamp: 'timestamp with time zone',
  time: 'time without time zone',
  json: 'jsonb',
  binary: 'bytea',
} as const
export type ColumnType = keyof typeof COLUMN_TYPES

/** A property of the features of a dataset. */
export interface DatasetColumn {
  /** As the file, or the user, has it. */
  name: string
  /** As the table of the features has it. */
  columnName: string
  type: ColumnType
  title: string | null
  description: string | null
}
