import { type SQL, sql } from 'drizzle-orm'
import type { Bbox } from '../geo/bbox.ts'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { Database } from './database.ts'
import type { DatasetColumn } from './dataset-types.ts'
import { type DatasetReference, type DatasetSchema, datasetQuery, recordOfJson } from './datasets.ts'
import { featureTable } from './feature-table.ts'
import {
  type Box,
  bytesOfBase64,
  envelope,
  isOfPoints,
  isPlaced,
  sizeOf,
  UNCLIPPED_MAX_BYTES,
  valueText,
  windowIn,
} from './feature-tiles.ts'
import type { Read } from './features.ts'
import type { Principal } from './principal.ts'

/** Parts that a pixel is divided into: shapes are told in whole ones. */
export const PIXEL_PARTS = 16
/** Lines are straightened where they stray less than this, parts of a pixel. */
const SIMPLIFY_PARTS = 4

/** Which features are drawn in one way. */
export interface PictureRule {
  /** What is told of the features that fulfil it. */
  index: number
  /** Over the dataset's columns, as `compileFilter` gives it; null for all features. */
  filter: SQL | null
  /** Whose value is written beside them. */
  label: DatasetColumn | null
}

export interface PictureQuery {
  /** The system of the picture. */
  srid: number
  /** The picture with what may reach into it, in its system. */
  box: Box
  /** What of the earth that is, degrees. */
  degrees: Bbox
  /** Position of the picture's top left corner, in its system. */
  origin: readonly [x: number, y: number]
  /** Pixels a unit of the system. */
  pixelsPerUnit: number
  /** A feature is drawn by the first that it fulfils, and not at all where it fulfils none. */
  rules: readonly PictureRule[]
  /** Of more features the greatest are given. */
  maxFeatures: number
  /** Text of the shapes as the database sends it; features after it are left out. */
  maxBytes: number
}

export interface PictureRow {
  fid: number
  rule: number
  label: string | null
  /** Tiny well-known binary in `PIXEL_PARTS` of pixels, x to the right and y down from the picture's top left corner. */
  shape: Uint8Array
}

export interface PictureRows {
  /** The greatest first. */
  rows: PictureRow[]
  /** Features were left out because there are too many. */
  isPartial: boolean
}

type RawRow = {
  record: unknown
  fid: string | null
  rule: number | null
  label: string | null
  shape: string | null
  is_partial: boolean | null
}

/**
 * The features of a dataset that a picture shows, by which rule each is drawn, clipped to the picture and simplified to its
 * pixels: one round trip.
 * @param schema of the dataset as it was when it was last seen
 * @returns null where the principal sees no such dataset; a result of null where its columns have changed
 */
export async function readPictureRows(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  query: PictureQuery,
): Promise<Read<PictureRows> | null> {
  const { rows } = await db.execute<RawRow>(pictureStatement(principal, reference, schema, query))
  const [first] = rows
  if (!first?.record) return null
  const dataset = recordOfJson(first.record)
  if (dataset.id !== schema.id || dataset.schemaVersion !== schema.schemaVersion)
    return { dataset, result: null }
  return {
    dataset,
    result: {
      rows: rows.flatMap(({ fid, rule, label, shape }) =>
        fid === null || rule === null || shape === null
          ? []
          : [{ fid: Number(fid), rule, label, shape: bytesOfBase64(shape) }],
      ),
      isPartial: first.is_partial === true,
    },
  }
}

function pictureStatement(
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  query: PictureQuery,
): SQL {
  const window =
    schema.srid === query.srid ? envelope(query.box, query.srid) : windowInDataset(schema.srid, query.degrees)
  // The record stands in the first row alone: there may be thousands.
  return sql`with dataset as materialized (${datasetQuery(principal, reference)}),
    picture_window as materialized (
      select dataset.id = ${schema.id} and dataset.schema_version = ${schema.schemaVersion} as is_wanted,
        ${isPlaced(schema) ? window : sql`null`} as box from dataset)
    select case when row_number() over (order by drawn.place) = 1 then dataset.record end as record, drawn.*
    from dataset cross join picture_window left join lateral (${featuresOf(schema, query)}) drawn on true
    order by drawn.place`
}

const windowInDataset = (srid: number, degrees: Bbox): SQL =>
  srid === WGS_84 ? envelope(degrees, WGS_84) : windowIn(srid, degrees)

function featuresOf(schema: DatasetSchema, query: PictureQuery): SQL {
  if (!isPlaced(schema) || query.rules.length === 0)
    return sql`select null::bigint as fid, null::int as rule, null::text as label, null::text as shape,
      null::boolean as is_partial, 1 as place where false`
  const { rules, maxFeatures, maxBytes } = query
  const labelled = rules.filter(({ label }) => label !== null)
  const name = ({ index }: PictureRule) => sql.identifier(`l${index}`)
  const list = (items: readonly SQL[]) => sql.join([...items], sql`, `)
  const labels = labelled.map((rule) => sql`${valueText(rule.label!)} as ${name(rule)}`)
  const chosen =
    labelled.length === 0
      ? sql`null::text`
      : sql`case rule ${sql.join(
          labelled.map((rule) => sql`when ${rule.index}::int then ${name(rule)}`),
          sql` `,
        )} end`
  return sql`select fid, rule, label, shape, place,
      place_max > ${maxFeatures} or bytes_all > ${maxBytes} as is_partial
    from (
      select *, row_number() over by_size as place, count(*) over () as place_max,
        sum(octet_length(shape)) over by_size as bytes_so_far, sum(octet_length(shape)) over () as bytes_all
      from (
        select fid, size, chance, rule, ${chosen} as label,
          encode(${shapeOf(schema, query)}, 'base64') as shape
        from (
          select * from (
            select ${list([
              sql`fid`,
              sql`${sizeOf(schema)} as size`,
              sql`hashint8(fid) as chance`,
              sql`${ruleOf(rules)} as rule`,
              sql`${sourceOf(schema, query)} as source`,
              ...labels,
            ])}
            from ${featureTable(schema.id)}
            where picture_window.is_wanted and geom && picture_window.box
          ) candidates
          where rule is not null
          order by size desc, chance, fid limit ${maxFeatures + 1}
        ) greatest
      ) shaped
      where shape is not null
      window by_size as (order by size desc, chance, fid)
    ) counted
    where place <= ${maxFeatures} and (bytes_so_far <= ${maxBytes} or place = 1)`
}

/** The number of the first rule that a feature fulfils. */
function ruleOf(rules: readonly PictureRule[]): SQL {
  const cases = rules.map(({ index, filter }) => sql`when ${filter ?? sql`true`} then ${index}::int`)
  return sql`case ${sql.join(cases, sql` `)} end`
}

/** A feature's geometry in the system that it is clipped in, in two dimensions. */
function sourceOf({ srid, dimensions }: DatasetSchema, query: PictureQuery): SQL {
  const flat = dimensions === 'XY' ? sql`geom` : sql`ST_Force2D(geom)`
  return srid === query.srid || srid === WGS_84 ? flat : sql`ST_Transform(${flat}, ${WGS_84}::int)`
}

/** A feature's geometry in parts of the picture's pixels. It is clipped before it is projected: not all of the earth can be. */
function shapeOf(schema: DatasetSchema, { srid, box, degrees, origin, pixelsPerUnit }: PictureQuery): SQL {
  const isProjected = schema.srid !== srid
  const clip = isProjected ? envelope(degrees, WGS_84) : envelope(box, srid)
  const isWhole = sql`source @ ${clip}`
  const kept = isProjected ? isWhole : sql`(pg_column_size(source) <= ${UNCLIPPED_MAX_BYTES} or ${isWhole})`
  const clipped = sql`case when ${kept} then source else ST_ClipByBox2D(source, ${clip}) end`
  const projected = isProjected ? sql`ST_Transform(${clipped}, ${srid}::int)` : clipped
  const scale = pixelsPerUnit * PIXEL_PARTS
  const scaled = sql`ST_TransScale(${projected},
    ${-origin[0]}::float8, ${-origin[1]}::float8, ${scale}::float8, ${-scale}::float8)`
  const simple = isOfPoints(schema) ? scaled : sql`ST_Simplify(${scaled}, ${SIMPLIFY_PARTS}::float8, true)`
  return sql`ST_AsTWKB(${simple}, 0)`
}
