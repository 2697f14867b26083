import { type SQL, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import { boundArray, boundPlainArray } from './array-literal.ts'
import type { DatasetColumn } from './dataset-types.ts'
import type { DatasetSchema } from './datasets.ts'
import { withDimensions, withType } from './feature-geometry.ts'
import { valueName } from './feature-rows.ts'

/** Invalid geometries that are told of at once. */
const FAULTS_MAX = 10

/** Features on their way into a dataset, column by column. */
export interface FeatureRows {
  count: number
  /** Hexadecimal digits of extended well-known binary; null leaves geometries as they are. */
  geometries: readonly (string | null)[] | null
  /** The system of the geometries. */
  srid: number
  /** Around all geometries in degrees. */
  extent: Bbox | null
  columns: readonly Pick<DatasetColumn, 'columnName' | 'type'>[]
  /** Of each column, as `boundArray` takes them. */
  values: readonly (readonly unknown[])[]
}

/** `fitting`: rows with `place` from 1, `shaped`, the geometry as the column takes it, and their values; `faulty`. */
export function fitting(schema: DatasetSchema, rows: FeatureRows): SQL {
  const names = rows.columns.map((_, i) => valueName(i))
  const arrays = [
    rows.geometries
      ? boundPlainArray('text', rows.geometries)
      : sql`array_fill(null::text, array[${rows.count}::int])`,
    ...rows.columns.map(({ type }, i) => boundArray(type, rows.values[i]!)),
  ]
  const given = sql`given as materialized (select * from unnest(${sql.join(arrays, sql`, `)}) with ordinality
      as given(${sql.join([sql`shape`, ...names, sql`place`], sql`, `)}))`
  if (!rows.geometries || !schema.geometryType)
    return sql`${given}, fitting as (select *, null::geometry as shaped from given),
      faulty as (select 0 as place, ''::text as reason, null::geometry as location where false)`
  const read = sql`ST_SetSRID(shape::geometry, ${rows.srid}::int)`
  const moved = rows.srid === schema.srid ? read : sql`ST_Transform(${read}, ${schema.srid}::int)`
  const shaped = withType(sql`moved`, schema.geometryType)
  return sql`${given},
    moved as materialized (select *, ${withDimensions(moved, schema.dimensions)} as moved from given),
    fitting as materialized (select *, ${shaped} as shaped from moved),
    faulty as materialized (
      select place, detail.reason, detail.location from fitting, ST_IsValidDetail(shaped) detail
      where not ST_IsValid(shaped) order by place limit ${FAULTS_MAX})`
}
