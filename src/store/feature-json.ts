import { type SQL, sql } from 'drizzle-orm'
import type { ColumnType, DatasetColumn, GeometryType } from './dataset-types.ts'

/** Decimals with which every double from 10 on comes back as it was; PostGIS writes no more of them than that takes. */
const EXACT_DECIMALS = 15
/** Decimals of coordinates that have been computed: 15 significant digits of degrees, and of metres. */
const DEGREES_DECIMALS = 12
const METRES_DECIMALS = 8

const POLYGONAL: GeometryType[] = ['Polygon', 'MultiPolygon', 'Geometry', 'GeometryCollection']

export interface GeometryForm {
  type: GeometryType
  /** The system it is in, and the one it is wanted in. */
  from: number
  to: number
  /** Whether the wanted system is in degrees. */
  isInDegrees: boolean
  axisOrder: 'xy' | 'yx'
}

/** Decimals of coordinates, as they are or as they have been computed. */
export const decimalsOf = ({ from, to, isInDegrees }: Pick<GeometryForm, 'from' | 'to' | 'isInDegrees'>) =>
  sql.raw(String(from === to ? EXACT_DECIMALS : isInDegrees ? DEGREES_DECIMALS : METRES_DECIMALS))

/** A geometry as GeoJSON text, outer rings counter-clockwise (RFC 7946, 3.1.6); SQL null for none. */
export function geometryJson(geometry: SQL, form: GeometryForm): SQL {
  const { type, from, to, axisOrder } = form
  const transformed = from === to ? geometry : sql`ST_Transform(${geometry}, ${to}::int)`
  const shape = wound(transformed, type)
  const ordered = axisOrder === 'yx' ? sql`ST_FlipCoordinates(${shape})` : shape
  return sql`ST_AsGeoJSON(${ordered}, ${decimalsOf(form)}, 0)`
}

/** A geometry whose outer rings are counter-clockwise, as GeoJSON wants them. */
export const wound = (geometry: SQL, type: GeometryType): SQL =>
  POLYGONAL.includes(type) ? sql`ST_ForcePolygonCCW(${geometry})` : geometry

/** A timestamp in UTC, `YYYY-MM-DDTHH:MM:SS[.ssssss]Z`. */
export const timestampText = (value: SQL): SQL =>
  sql`trim(both '"' from to_json(${value} at time zone 'UTC')::text) || 'Z'`

/** A value as JSON text; SQL null for none. Numbers that JSON does not know are none. */
export function valueJson(type: ColumnType, value: SQL): SQL {
  switch (type) {
    case 'boolean':
    case 'integer':
    case 'bigint':
    case 'json':
      return sql`${value}::text`
    case 'double':
      return sql`nullif(nullif(nullif(${value}, 'NaN'), 'Infinity'), '-Infinity')::text`
    case 'timestamp':
      return sql`'"' || ${timestampText(value)} || '"'`
    case 'binary':
      return sql`'"' || translate(encode(${value}, 'base64'), E'\\n', '') || '"'`
    default:
      return sql`to_json(${value})::text`
  }
}

/** Arguments that a function takes in Postgres, and some less. */
const ARGUMENTS_MAX = 90

/** Texts one after the other; null counts as empty. */
export function joined(parts: readonly SQL[]): SQL {
  if (parts.length <= ARGUMENTS_MAX) return sql`concat(${sql.join([...parts], sql`, `)})`
  const groups = Array.from({ length: Math.ceil(parts.length / ARGUMENTS_MAX) }, (_, i) =>
    joined(parts.slice(i * ARGUMENTS_MAX, (i + 1) * ARGUMENTS_MAX)),
  )
  return joined(groups)
}

/**
 * A GeoJSON feature as text.
 * @param geometry as `geometryJson` gives it; null leaves the feature without one
 * @param columns its properties, in this order. `values` says where the value of each is
 */
export function featureJson(
  fid: SQL,
  geometry: SQL | null,
  columns: readonly Pick<DatasetColumn, 'name' | 'type'>[],
  values: (index: number) => SQL,
): SQL {
  const members = columns.flatMap(({ name, type }, i) => [
    sql`${`${i === 0 ? '' : ','}${JSON.stringify(name)}:`}::text`,
    sql`coalesce(${valueJson(type, values(i))}, 'null')`,
  ])
  return joined([
    sql`'{"type":"Feature","id":'`,
    fid,
    sql`',"geometry":'`,
    geometry ? sql`coalesce(${geometry}, 'null')` : sql`'null'`,
    sql`',"properties":{'`,
    ...members,
    sql`'}}'`,
  ])
}
