import { type SQL, sql } from 'drizzle-orm'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { DatasetColumn } from './dataset-types.ts'
import type { DatasetSchema } from './datasets.ts'
import { isWithin, type Nearness } from './feature-nearness.ts'
import { GEOMETRY, propertyColumn } from './feature-table.ts'

/** Steps in which each side of a box is followed into another system. */
const STEPS = 32
/** What the extent of a dataset in degrees is short of the truth at most, as a share of its size and in degrees. */
const MARGIN_SHARE = 0.005
const MARGIN_DEGREES = 0.001

/** Which features are meant, beside a filter. */
export interface FeatureConditions {
  /** Boxes (minx, miny, maxx, maxy, easting first) of one system; a feature is meant that touches any of them. */
  boxes?: { extents: readonly (readonly number[])[]; srid: number } | undefined
  /** Of a date or timestamp column. */
  period?: Period | undefined
  fids?: readonly number[] | undefined
  near?: Nearness | undefined
  filter?: SQL | undefined
}

export interface Period {
  column: Pick<DatasetColumn, 'columnName' | 'type'>
  /** ISO 8601, of the column's type; null for an open end. */
  from: string | null
  to: string | null
  /** Whether `to` itself lies outside. */
  isToExcluded: boolean
}

/**
 * What the conditions say of a row `t` of a dataset's table; undefined where all are meant. It stands in a statement that
 * has the row of `datasetQuery` as `dataset`.
 */
export function conditionsOf(schema: DatasetSchema, conditions: FeatureConditions): SQL | undefined {
  const { boxes, period, fids, near, filter } = conditions
  const terms = [
    ...(fids ? [sql`t.fid = any (${`{${fids.join(',')}}`}::bigint[])`] : []),
    ...(boxes && schema.geometryType
      ? [anyOf(boxes.extents.map((box) => intersects(schema, box, boxes.srid)))]
      : []),
    ...(period ? [within(period)] : []),
    ...(near ? [isWithin(schema, near)] : []),
    ...(filter ? [sql`(${filter})`] : []),
  ]
  return terms.length === 0 ? undefined : sql.join(terms, sql` and `)
}

const anyOf = (terms: readonly SQL[]): SQL => sql`(${sql.join([...terms], sql` or `)})`

function within({ column, from, to, isToExcluded }: Period): SQL {
  const value = sql`t.${propertyColumn(column)}`
  const type = sql.raw(column.type === 'date' ? 'date' : 'timestamptz')
  const ends = [
    ...(from === null ? [] : [sql`${value} >= ${from}::${type}`]),
    ...(to === null ? [] : [sql`${value} ${sql.raw(isToExcluded ? '<' : '<=')} ${to}::${type}`]),
  ]
  return sql.join([sql`${value} is not null`, ...ends], sql` and `)
}

function intersects({ srid: target }: DatasetSchema, extent: readonly number[], srid: number): SQL {
  if (srid === target) return touches(extent, srid)
  const box = srid === WGS_84 ? clippedBox(extent, target) : followed(extent, srid, target)
  return sql`ST_Intersects(t.${sql.identifier(GEOMETRY)}, ${box})`
}

/** Whether a geometry touches a box of its own system. What lies within is found by its bounds, which is much quicker. */
function touches(extent: readonly number[], srid: number): SQL {
  const geometry = sql`t.${sql.identifier(GEOMETRY)}`
  const [minX, minY, maxX, maxY] = extent.map((value) => sql`${value}::float8`) as [SQL, SQL, SQL, SQL]
  const box = envelope(extent, srid)
  return sql`(${geometry} && ${box} and case
    when ST_XMin(${geometry}) >= ${minX} and ST_XMax(${geometry}) <= ${maxX}
      and ST_YMin(${geometry}) >= ${minY} and ST_YMax(${geometry}) <= ${maxY} then true
    else ST_Intersects(${geometry}, ${box}) end)`
}

const envelope = (extent: readonly number[], srid: number): SQL =>
  sql`ST_MakeEnvelope(${sql.join(
    extent.map((value) => sql`${value}::float8`),
    sql`, `,
  )}, ${srid}::int)`

/** A box in another system, its sides followed. */
function followed(extent: readonly number[], srid: number, target: number): SQL {
  const [minX, minY, maxX, maxY] = extent as [number, number, number, number]
  const step = Math.max(maxX - minX, maxY - minY) / STEPS
  const box = envelope(extent, srid)
  return sql`ST_Transform(${step > 0 ? sql`ST_Segmentize(${box}, ${step}::float8)` : box}, ${target}::int)`
}

/**
 * A box in degrees in another system, only as far as the dataset reaches: elsewhere its system may not be defined. SQL
 * null where they have nothing in common; everything where the box has all of the dataset.
 */
function clippedBox(extent: readonly number[], target: number): SQL {
  const [west, south, east, north] = extent.map((value) => sql`${value}::float8`) as [SQL, SQL, SQL, SQL]
  const side = (from: SQL, to: SQL, sign: SQL) =>
    sql`${sign} * (${MARGIN_SHARE}::float8 * (${to} - ${from}) + ${MARGIN_DEGREES}::float8)`
  const [xmin, ymin, xmax, ymax] = ['ST_XMin', 'ST_YMin', 'ST_XMax', 'ST_YMax'].map(
    (name) => sql`${sql.raw(name)}(extent)`,
  ) as [SQL, SQL, SQL, SQL]
  const minus = sql.raw('-1')
  const plus = sql.raw('1')
  return sql`(select case
      when west <= minx and south <= miny and east >= maxx and north >= maxy
        then ST_MakeEnvelope(native[1], native[2], native[3], native[4], ${target}::int)
      when west <= maxx and east >= minx and south <= maxy and north >= miny
        then ST_Transform(ST_Segmentize(
          ST_MakeEnvelope(greatest(west, minx), greatest(south, miny), least(east, maxx), least(north, maxy), ${WGS_84}::int),
          greatest(least(east, maxx) - greatest(west, minx), least(north, maxy) - greatest(south, miny), 1e-6) / ${STEPS}::float8),
          ${target}::int)
      end
    from (select ${west} as west, ${south} as south, ${east} as east, ${north} as north, native_extent as native,
        ${xmin} + ${side(xmin, xmax, minus)} as minx,
        greatest(${ymin} + ${side(ymin, ymax, minus)}, -90) as miny,
        ${xmax} + ${side(xmin, xmax, plus)} as maxx,
        least(${ymax} + ${side(ymin, ymax, plus)}, 90) as maxy
      from dataset) known)`
}
