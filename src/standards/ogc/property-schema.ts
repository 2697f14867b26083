import type { ColumnType, DatasetColumn, GeometryType } from '../../store/dataset-types.ts'

/** The JSON Schema of a value of a column. */
export const COLUMN_SCHEMAS: Readonly<Record<ColumnType, Record<string, unknown>>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  bigint: { type: 'integer' },
  double: { type: 'number' },
  text: { type: 'string' },
  date: { type: 'string', format: 'date' },
  timestamp: { type: 'string', format: 'date-time' },
  time: { type: 'string', format: 'time' },
  json: { type: ['object', 'array', 'string', 'number', 'boolean'] },
  binary: { type: 'string', contentEncoding: 'base64' },
}

/** Format of a geometry, as OGC API - Features - Part 5 names it. */
export const geometryFormat = (type: GeometryType): string =>
  type === 'Geometry' ? 'geometry-any' : `geometry-${type.toLowerCase()}`

/** The first of these names that no property has, else the last of them with as many underscores before it as it takes. */
function freeName(wanted: readonly string[], columns: readonly DatasetColumn[]): string {
  const isTaken = (name: string) => columns.some((column) => column.name === name)
  let name = wanted.find((candidate) => !isTaken(candidate)) ?? `_${wanted.at(-1)}`
  while (isTaken(name)) name = `_${name}`
  return name
}

/** What the schema calls a feature's id. */
export const idName = (columns: readonly DatasetColumn[]): string => freeName(['fid', 'id'], columns)

/** What the schema calls a feature's geometry; filters know it by either name. */
export const geometryName = (columns: readonly DatasetColumn[]): string =>
  freeName(['geometry', 'geom'], columns)
