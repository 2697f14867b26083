import { type SQL, sql } from 'drizzle-orm'
import { latitudeOf, longitudeOf } from '../geo/mercator.ts'
import { TILE_BUFFER, TILE_EXTENT } from '../geo/mvt/tile-grid.ts'
import { type TileMatrixSet, type TilePlace, tileBox } from '../geo/tile-matrix-set.ts'
import type { Database } from './database.ts'
import type { ColumnType, DatasetColumn } from './dataset-types.ts'
import {
  type DatasetRecord,
  type DatasetReference,
  type DatasetSchema,
  datasetQuery,
  recordOfJson,
} from './datasets.ts'
import { timestampText } from './feature-json.ts'
import { featureTable, propertyColumn } from './feature-table.ts'
import type { Principal } from './principal.ts'

/** Features of a tile; of more, the greatest are given, and of equals those that chance, the same everywhere, picks. */
export const TILE_FEATURES_MAX = 20_000
/** Text of a tile's rows as the database sends it; features after it are left out. */
export const TILE_ROWS_MAX_BYTES = 4 * 1024 * 1024
/** A value that is longer is left out of tiles. */
export const TILE_VALUE_MAX_BYTES = 8192
/** Geometries larger than this are clipped by the database before they are sent. */
export const UNCLIPPED_MAX_BYTES = 4096
/** Lines are straightened where they stray less than this, units of the tile. */
const SIMPLIFY_UNITS = 1
/** Beyond this latitude nothing is projected as it is: it is clipped first. */
const PROJECTED_LATITUDE_MAX = 89
/** Pieces that a side of the tile is cut into to find its like in the dataset's system. */
const SIDE_PIECES = 32
/** How much larger than it was found that likeness is taken, for what bends outward between the pieces. */
const BEND_SHARE = 0.01

export interface TileQuery {
  set: TileMatrixSet
  place: TilePlace
  /** Columns whose values are wanted. */
  columns: readonly DatasetColumn[]
  /** Over the dataset's columns, as `compileFilter` gives it. */
  filter?: SQL
  /** The same: each row tells at its end which of them, from 0, is the first that is true of its feature; null is true of none. */
  classes?: readonly (SQL | null)[]
}

export interface TileRow {
  fid: number
  /** Tiny well-known binary in whole units of the tile, x to the right and y down from its top left corner. */
  shape: Uint8Array
  /** In the order of the query's columns: as texts, JSON as its source, times in UTC. */
  values: (string | null)[]
}

export interface TileRows {
  /** The dataset as it is now. */
  dataset: DatasetRecord
  /** By ascending number; null where the dataset's version is none that is wanted, or its columns are others. */
  rows: TileRow[] | null
  /** Features were left out because there are too many. */
  isPartial: boolean
  /** Features may reach into the tile, be they too small to be seen in it. */
  touches: boolean
}

/** The version of the dataset whose features are wanted, or the one whose features are not. */
export type WantedVersion = { only: number } | { except: number | null }

/**
 * The dataset, and the features of one tile of it: one round trip. Geometries are clipped to the tile only as far as it
 * saves work, and simplified.
 * @param schema of the dataset as it was when it was last seen
 * @returns null where the principal sees no such dataset
 */
export async function readTileRows(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  query: TileQuery,
  wanted: WantedVersion,
): Promise<TileRows | null> {
  const [read] = await readTiles(db, principal, reference, schema, [query], wanted)
  return read!
}

/** `readTileRows` of several tiles in one round trip, in their order. */
export async function readTiles(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  queries: readonly TileQuery[],
  wanted: WantedVersion,
): Promise<(TileRows | null)[]> {
  const statements = queries.map((query) =>
    db.execute<RawRow>(tileStatement(principal, reference, schema, query, wanted)),
  )
  const [first, ...others] = statements
  const results = others.length > 0 ? await db.batch([first!, ...others]) : [await first!]
  return results.map(({ rows }, i) => tileRowsOf(rows, schema, queries[i]!, wanted))
}

function tileRowsOf(
  rows: readonly RawRow[],
  schema: DatasetSchema,
  { columns, classes }: TileQuery,
  wanted: WantedVersion,
): TileRows | null {
  const [first] = rows
  if (!first?.record) return null
  const dataset = recordOfJson(first.record)
  const { version } = dataset
  const isWanted = 'only' in wanted ? version === wanted.only : version !== wanted.except
  if (!isWanted || dataset.id !== schema.id || dataset.schemaVersion !== schema.schemaVersion)
    return { dataset, rows: null, isPartial: false, touches: false }
  return {
    dataset,
    rows: rows.flatMap(({ fid, shape, ...values }) =>
      fid === null || shape === null
        ? []
        : [
            {
              fid: Number(fid),
              shape: bytesOfBase64(shape),
              values: [...columns, ...(classes ? [null] : [])].map((_, i) => values[`p${i}`] ?? null),
            },
          ],
    ),
    isPartial: first.is_partial === true,
    touches: first.fid !== null,
  }
}

type RawRow = {
  record: unknown
  fid: string | null
  shape: string | null
  is_partial: boolean | null
} & Record<`p${number}`, string | null>

function tileStatement(
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  query: TileQuery,
  wanted: WantedVersion,
): SQL {
  const grid = gridOf(schema, query)
  const version = sql`(dataset.record->>'version')::int`
  const isVersion =
    'only' in wanted
      ? sql`${version} = ${wanted.only}::int`
      : sql`${version} is distinct from ${wanted.except}::int`
  // The record stands in the first row alone: there may be thousands.
  return sql`with dataset as materialized (${datasetQuery(principal, reference)}),
    tile_window as materialized (
      select dataset.id = ${schema.id} and dataset.schema_version = ${schema.schemaVersion}
          and ${isVersion} as is_wanted,
        ${isPlaced(schema) ? grid.window : sql`null`} as box from dataset)
    select case when row_number() over (order by tile.fid) = 1 then dataset.record end as record, tile.*
    from dataset cross join tile_window left join lateral (${featuresOf(schema, query, grid)}) tile on true
    order by tile.fid`
}

function featuresOf(schema: DatasetSchema, { columns, filter, classes }: TileQuery, grid: Grid): SQL {
  if (!isPlaced(schema)) return sql`select null::bigint as fid where false`
  const texts = [...columns.map(valueText), ...(classes ? [firstTrue(classes)] : [])]
  const names = texts.map((_, i) => sql.identifier(`p${i}`))
  const list = (items: readonly SQL[]) => sql.join([...items], sql`, `)
  const given = list([sql`fid`, sql`shape`, ...names.map((name) => sql`${name}`)])
  const named = texts.map((text, i) => sql`${text} as ${names[i]}`)
  const bytes = [sql`shape`, ...names].map((name) => sql`coalesce(octet_length(${name}), 0)`)
  return sql`select ${given}, place_max > ${TILE_FEATURES_MAX} or bytes_all > ${TILE_ROWS_MAX_BYTES} as is_partial
    from (
      select *, row_number() over by_size as place, count(*) over () as place_max,
        sum(bytes) over by_size as bytes_so_far, sum(bytes) over () as bytes_all
      from (
        select *, ${sql.join(bytes, sql` + `)} as bytes
        from (
          select ${list([sql`fid`, sql`size`, sql`chance`, ...names.map((name) => sql`${name}`)])},
            encode(${shapeOf(schema, grid)}, 'base64') as shape
          from (
            select ${list([
              sql`fid`,
              sql`${sizeOf(schema)} as size`,
              sql`hashint8(fid) as chance`,
              sql`${sourceOf(schema, grid)} as source`,
              ...named,
            ])}
            from ${featureTable(schema.id)}
            where tile_window.is_wanted and ${touches(schema, grid)} ${filter ? sql`and (${filter})` : sql``}
            order by 2 desc, 3, 1 limit ${TILE_FEATURES_MAX + 1}
          ) candidates
        ) shaped
      ) measured
      window by_size as (order by size desc, chance, fid)
    ) counted
    where (shape is not null or place = 1) and place <= ${TILE_FEATURES_MAX} and bytes_so_far <= ${TILE_ROWS_MAX_BYTES}`
}

/** A value as its text, as long as that is not too long. */
export function valueText(column: DatasetColumn): SQL {
  const value = propertyColumn(column)
  const short = (text: SQL) =>
    sql`case when octet_length(${text}) <= ${TILE_VALUE_MAX_BYTES} then ${text} end`
  const texts: Partial<Record<ColumnType, SQL>> = {
    text: short(value),
    json: short(sql`${value}::text`),
    timestamp: timestampText(value),
  }
  return texts[column.type] ?? sql`${value}::text`
}

/** The number, as text, of the first predicate that is true. */
const firstTrue = (predicates: readonly (SQL | null)[]): SQL =>
  sql`case ${sql.join(
    predicates.map((predicate, i) => sql`when ${predicate ?? sql`false`} then ${String(i)}::text`),
    sql` `,
  )} else null::text end`

/** Whether it is known where on earth features are. */
export const isPlaced = ({ geometryType, srid }: DatasetSchema): boolean =>
  geometryType !== null && srid !== 0

export const isOfPoints = ({ geometryType }: DatasetSchema): boolean => geometryType === 'Point'

/** The greater side of a feature's box, by which the greatest are chosen. */
export const sizeOf = (schema: DatasetSchema): SQL =>
  isOfPoints(schema)
    ? sql`0::float8`
    : sql`greatest(ST_XMax(box2d(geom)) - ST_XMin(box2d(geom)), ST_YMax(box2d(geom)) - ST_YMin(box2d(geom)))`

/** West, south, east, north, or smallest x and y, greatest x and y. */
export type Box = readonly [number, number, number, number]

/** A tile in the systems that lead to it: the dataset's, the one it is clipped in, the tile's own. */
interface Grid {
  set: TileMatrixSet
  /** Of the tile without its buffer, in the set's system. */
  tile: Box
  /** Of the tile with its buffer, in the system that is clipped in. */
  clip: Box
  /** Web mercator where dataset and tile are in it, else degrees. */
  clipSrid: 3857 | 4326
  /** The box of features that may be seen, in the dataset's system. */
  window: SQL
}

function gridOf(schema: DatasetSchema, { set, place }: TileQuery): Grid {
  const tile = tileBox(set, place)
  const [minX, minY, maxX, maxY] = tile
  const buffer = ((maxX - minX) * TILE_BUFFER) / TILE_EXTENT
  const wide: Box = [minX - buffer, minY - buffer, maxX + buffer, maxY + buffer]
  const isMetric = set.srid === 3857
  const clipSrid = isMetric && schema.srid === 3857 ? 3857 : 4326
  const degrees: Box = isMetric
    ? [longitudeOf(wide[0]), latitudeOf(wide[1]), longitudeOf(wide[2]), latitudeOf(wide[3])]
    : wide
  const clip = clipSrid === 3857 ? wide : degrees
  const window = schema.srid === clipSrid ? envelope(clip, clipSrid) : windowIn(schema.srid, degrees)
  return { set, tile, clip, clipSrid, window }
}

export const envelope = (box: Box, srid: number): SQL =>
  sql`ST_MakeEnvelope(${sql.join(
    box.map((value) => sql`${value}::float8`),
    sql`, `,
  )}, ${srid}::int)`

/**
 * The box in another system around what a box in degrees and the dataset have in common: only there can the one be told
 * from the other. Null where they have nothing.
 */
export function windowIn(srid: number, [west, south, east, north]: Box): SQL {
  const common = sql`ST_MakeEnvelope(
    greatest(${west}::float8, ST_XMin(extent)), greatest(${south}::float8, ST_YMin(extent)),
    least(${east}::float8, ST_XMax(extent)), least(${north}::float8, ST_YMax(extent)), 4326)`
  const piece = sql`greatest(ST_XMax(common) - ST_XMin(common), ST_YMax(common) - ST_YMin(common)) / ${SIDE_PIECES}::int + 1e-9`
  return sql`(
    select ST_Expand(around, ${BEND_SHARE}::float8 *
      greatest(ST_XMax(around) - ST_XMin(around), ST_YMax(around) - ST_YMin(around)) + 1e-6)
    from (
      select ST_Envelope(ST_Transform(ST_Segmentize(common, ${piece}), ${srid}::int)) as around
      from (
        select ${common} as common
        where extent && ${envelope([west, south, east, north], 4326)}
      ) shared
    ) surrounded)`
}

/** Whether a feature may be seen; of degrees also where it goes on around the world. */
function touches({ srid }: DatasetSchema, { clip }: Grid): SQL {
  const here = sql`geom && tile_window.box`
  if (srid !== 4326) return here
  const around = ([-360, 360] as const).map((turn) => {
    const [west, south, east, north] = clip
    return sql`geom && ${envelope([west + turn, south, east + turn, north], 4326)}`
  })
  return sql`(${sql.join([here, ...around], sql` or `)})`
}

/** A feature's geometry in the system that is clipped in, in two dimensions. */
function sourceOf({ srid, dimensions }: DatasetSchema, { clipSrid }: Grid): SQL {
  const flat = dimensions === 'XY' ? sql`geom` : sql`ST_Force2D(geom)`
  if (srid !== clipSrid) return sql`ST_Transform(${flat}, ${clipSrid}::int)`
  if (srid !== 4326) return flat
  return sql`case when ST_XMin(box2d(geom)) >= -180 and ST_XMax(box2d(geom)) <= 180 then ${flat}
    else ST_WrapX(ST_WrapX(${flat}, 180, -360), -180, 360) end`
}

/** A feature's geometry in units of the tile. */
function shapeOf(schema: DatasetSchema, { set, tile, clip, clipSrid }: Grid): SQL {
  const [minX, minY, maxX, maxY] = tile
  const isProjected = set.srid !== clipSrid
  const latitudeMax = PROJECTED_LATITUDE_MAX
  const isSafe = isProjected
    ? sql`source @ ${envelope([-180, -latitudeMax, 180, latitudeMax], 4326)} and`
    : sql``
  const box = envelope(clip, clipSrid)
  const clipped = isOfPoints(schema)
    ? sql`source`
    : sql`case when ${isSafe} (pg_column_size(source) <= ${UNCLIPPED_MAX_BYTES} or source @ ${box})
        then source else ST_ClipByBox2D(source, ${box}) end`
  const projected = isProjected ? sql`ST_Transform(${clipped}, ${set.srid}::int)` : clipped
  const [scaleX, scaleY] = [TILE_EXTENT / (maxX - minX), TILE_EXTENT / (maxY - minY)]
  const scaled = sql`ST_TransScale(${projected},
    ${-minX}::float8, ${-maxY}::float8, ${scaleX}::float8, ${-scaleY}::float8)`
  return sql`ST_AsTWKB(${isOfPoints(schema) ? scaled : sql`ST_Simplify(${scaled}, ${SIMPLIFY_UNITS}::float8)`}, 0)`
}

export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
