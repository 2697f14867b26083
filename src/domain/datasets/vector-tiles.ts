import { type TileMatrixSet, type TilePlace, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix-set.ts'
import { type Filter, queryErrorOf } from '../../query/index.ts'
import {
  type DatasetColumn,
  type DatasetRecord,
  type DatasetReference,
  type DatasetSchema,
  findDataset,
} from '../../store/datasets.ts'
import { readTileRows, type TileQuery } from '../../store/feature-tiles.ts'
import { ANONYMOUS, type Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { FilterError, NotFoundError, ValidationError } from '../errors.ts'
import { compiled } from './feature-selection.ts'
import { withSchema } from './known-schemas.ts'
import { archivedTile, currentArchive, reachesZoom } from './tile-archives.ts'
import { type DrawnTile, drawTile, tileColumns } from './tile-drawing.ts'

/** What tiles are made of. */
export type TileSources = Pick<Context, 'db' | 'bucket'>

export interface VectorTileRequest {
  reference: DatasetReference
  set: TileMatrixSet
  place: TilePlace
  /** Names of the properties that are wanted; all of them for null. */
  properties: readonly string[] | null
  /** In degrees, longitude first. */
  filter: Filter | null
  /** Features tell as `CLASS_PROPERTY` which of these, from 0, is the first that is true of them; null is true of none. */
  classes?: readonly (Filter | null)[]
}

/** The property of features that tells their class. */
export const CLASS_PROPERTY = '__class'

export interface VectorTile {
  dataset: DatasetRecord
  /** Null where the dataset's version is the one that is not to be told again. */
  tile: DrawnTile | null
}

/**
 * What datasets were when this isolate last saw them, by what they were asked for. Nothing of it is told to anybody before a
 * statement has said how the dataset is now, and for whom.
 */
const seen = new Map<string, DatasetRecord>()
const SEEN_MAX = 500

export const lastSeen = (reference: DatasetReference): DatasetRecord | undefined =>
  seen.get(String(reference))

function remember(reference: DatasetReference, dataset: DatasetRecord): void {
  if (seen.size >= SEEN_MAX) seen.delete(seen.keys().next().value!)
  seen.set(String(reference), dataset)
}

/**
 * A vector tile of a dataset as it is now: one round trip to the database for a dataset that this isolate knows. It is asked
 * for everyone first and for the caller only where that finds nothing, so that public tiles never pay for a credential.
 * @param exceptVersion the version whose tile is not wanted
 * @throws NotFoundError, FilterError, ValidationError (`properties`)
 */
export function readVectorTile(
  sources: TileSources,
  principal: () => Promise<Principal>,
  request: VectorTileRequest,
  exceptVersion: number | null,
): Promise<VectorTile> {
  return asEveryoneOr(principal, (asked) => readTileAs(sources, asked, request, exceptVersion))
}

/** A dataset for descriptions of its tiles, found as `readVectorTile` finds it. @throws NotFoundError */
export function findTiledDataset(
  { db }: Pick<Context, 'db'>,
  principal: () => Promise<Principal>,
  reference: DatasetReference,
): Promise<DatasetRecord> {
  return asEveryoneOr(principal, async (asked) => {
    const dataset = await findDataset(db, asked, reference)
    if (!dataset) throw new NotFoundError('Dataset', reference)
    return dataset
  })
}

/** The same with the caller's own rights where everyone may not extract it. @throws NotFoundError */
export async function findArchivedDataset(
  { db }: Pick<Context, 'db'>,
  principal: () => Promise<Principal>,
  reference: DatasetReference,
): Promise<DatasetRecord> {
  const dataset = await findTiledDataset({ db }, principal, reference)
  if (dataset.rights.extract) return dataset
  return (await findDataset(db, await principal(), dataset.id)) ?? dataset
}

/** What everyone finds, or, where that is nothing, what the caller does. @throws NotFoundError, and what `find` throws */
export async function asEveryoneOr<Found>(
  principal: () => Promise<Principal>,
  find: (asked: Principal) => Promise<Found>,
): Promise<Found> {
  try {
    return await find(ANONYMOUS)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    const caller = await principal()
    if (caller.kind === 'anonymous') throw error
    return find(caller)
  }
}

/** The same for the one who asks, and nobody else. @throws NotFoundError, FilterError, ValidationError (`properties`) */
export async function readTileAs(
  sources: TileSources,
  principal: Principal,
  request: VectorTileRequest,
  exceptVersion: number | null,
): Promise<VectorTile> {
  const { reference, place } = request
  const archive = await archiveWith(sources, request)
  const except = archive?.version ?? exceptVersion
  const { dataset, result } = await withSchema(sources, principal, reference, async (schema) => {
    const query = queryOf(schema, request)
    const read = await readTileRows(sources.db, principal, reference, schema, query, { except }).catch(
      (error) => {
        throw filterErrorOf(error, request) ?? error
      },
    )
    if (!read) return null
    const { version, id, schemaVersion } = read.dataset
    const isUnwanted = version === except && id === schema.id && schemaVersion === schema.schemaVersion
    return { dataset: read.dataset, result: read.rows || isUnwanted ? { query, read } : null }
  })
  remember(reference, dataset)
  const { rows, isPartial } = result.read
  if (dataset.version === exceptVersion) return { dataset, tile: null }
  if (rows) {
    const told = request.classes ? [...result.query.columns, CLASS_COLUMN] : result.query.columns
    const tile = await drawTile(dataset.name, told, rows)
    return { dataset, tile: { ...tile, isPartial: tile.isPartial || isPartial } }
  }
  // What has this name for one who asks is not what has it for another.
  if (archive?.id !== dataset.id) return readTileAs(sources, principal, request, exceptVersion)
  return {
    dataset,
    tile: { bytes: await archivedTile(sources.bucket, archive.key, place), isPartial: false },
  }
}

/** Null for a condition that means nothing of the dataset, so that it is true of no feature. */
function understood(schema: DatasetSchema, condition: Filter) {
  try {
    return compiled(schema, condition)
  } catch (error) {
    if (error instanceof FilterError) return null
    throw error
  }
}

/** How tiles have the class of a feature. */
const CLASS_COLUMN: DatasetColumn = {
  ...{ name: CLASS_PROPERTY, columnName: CLASS_PROPERTY, type: 'integer', title: null, description: null },
}

/** The archive that has the tile, unless the dataset has moved since it was last seen. */
async function archiveWith({ bucket }: TileSources, request: VectorTileRequest) {
  const { reference, set, properties, filter, classes, place } = request
  if (set !== WEB_MERCATOR_QUAD || properties !== null || filter !== null || classes) return null
  const dataset = lastSeen(reference)
  const key = dataset ? currentArchive(dataset) : null
  if (!key || !(await reachesZoom(bucket, key, place.zoom))) return null
  const { id, version } = dataset!
  return { key, id, version }
}

/** The fault of a filter that showed only as the database came to use it. */
function filterErrorOf(error: unknown, { filter, classes }: VectorTileRequest): FilterError | null {
  const fault = filter || classes ? queryErrorOf(error) : null
  return fault && new FilterError(fault.message, fault.position)
}

/** @throws FilterError, ValidationError */
function queryOf(
  schema: DatasetSchema,
  { set, place, properties, filter, classes }: VectorTileRequest,
): TileQuery {
  const columns = tileColumns(schema).filter(({ name }) => properties === null || properties.includes(name))
  const unknown = properties?.find((name) => !schema.columns.some((column) => column.name === name))
  if (unknown !== undefined)
    throw new ValidationError([
      { attribute: 'properties', message: `names ${unknown}, which is no property here` },
    ])
  return {
    ...{ set, place, columns },
    ...(filter ? { filter: compiled(schema, filter) } : {}),
    ...(classes ? { classes: classes.map((condition) => condition && understood(schema, condition)) } : {}),
  }
}
