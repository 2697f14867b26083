import { tileIdToZxy, zxyToTileId } from 'pmtiles'
import { exportFileName } from '../../src/domain/datasets/export/export-file-name.ts'
import { currentArchive } from '../../src/domain/datasets/tile-archives.ts'
import { drawTile, tileColumns } from '../../src/domain/datasets/tile-drawing.ts'
import { archiveZoom } from '../../src/domain/datasets/tile-zooms.ts'
import { tilesetOf } from '../../src/domain/datasets/tiles.ts'
import { ForbiddenError, NotFoundError } from '../../src/domain/errors.ts'
import type { ArchivePlan } from '../../src/formats/archive-plan.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { planPmtiles } from '../../src/formats/pmtiles-writer.ts'
import { clipToWorld } from '../../src/geo/bbox.ts'
import { WEB_MERCATOR_QUAD } from '../../src/geo/tile-matrix-set.ts'
import { switchTileArchive, vertexSpacing } from '../../src/store/dataset-archives.ts'
import { type DatasetRecord, findDataset } from '../../src/store/datasets.ts'
import { readTiles, type TileQuery } from '../../src/store/feature-tiles.ts'
import { objectKeys } from '../../src/store/objects.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { PermanentFailure } from '../job-object.ts'
import { Staging } from '../staging.ts'
import { storeArchive } from '../store-archive.ts'
import { TileQueue } from '../tile-queue.ts'
import type { Processor, ProcessRun, StepResult } from './processor.ts'

/** An archive that would have more tiles ends at the zoom before; tiles beyond it are drawn live. */
export const ARCHIVE_TILES_MAX = 20_000
/** An archive that has more bytes before a zoom ends at the zoom before as well: the next has up to four times as much. */
export const ARCHIVE_DEEPENED_MAX_BYTES = 512 * 1024 * 1024
/** Tiles drawn between two writes of the state, of which one statement each is sent at once. */
const TILES_PER_STEP = 8
/** How often the dataset may change while its archive is made; each time it is begun anew. */
const RESTARTS_MAX = 5
/** The least features of a tile whose neighbours may not be asked for with it: their rows would not fit into memory. */
const HEAVY_ROWS = 4_000

/** Share of the whole, per cent, that drawing takes. */
const DRAWN_PERCENT = 95

const STAGING = 'tile-archive'
const PMTILES_TYPE = 'application/vnd.pmtiles'

const system: SystemPrincipal = { kind: 'system', reason: 'tile archive' }

/** What an archive goes on from. */
export interface TileArchiveState {
  phase: 'draw' | 'store' | 'switch' | 'clean'
  datasetId: number
  /** The version of the dataset that is drawn. */
  version: number
  maxZoom: number
  /** The tile that was drawn last, -1 before the first. */
  cursor: number
  /** Tiles that are asked for at once. */
  atOnce: number
  restarts: number
}

type Run = Pick<ProcessRun, 'context' | 'principal' | 'job' | 'sql' | 'report' | 'goesOn'>

/**
 * Makes the archive of all vector tiles of a dataset, zoom by zoom: `{dataset}` to `{file, version}`. A dataset that changes
 * meanwhile is begun anew, so that an archive shows one version. With `asFile` the file is a copy that is the job's own.
 */
export const tileArchive = (): Processor<TileArchiveState> => ({
  begin: async (run) => beginning(run, 0),
  step(run, state) {
    switch (state.phase) {
      case 'draw':
        return drawTiles(run, state)
      case 'store':
        return store(run, state)
      case 'switch':
        return switchOver(run, state)
      case 'clean':
        return clean(run, state)
    }
  },
  async discard({ context }, state) {
    if (!state) return
    const dataset = await findDataset(context.db, system, state.datasetId)
    const key = objectKeys.datasetTiles(state.datasetId, state.version)
    if (dataset?.archive?.key !== key) await context.bucket.delete(key)
  },
})

async function readSource({ context, principal, job }: Run): Promise<DatasetRecord> {
  const reference = job.inputs.dataset as number | string
  const dataset = await findDataset(context.db, principal, reference)
  if (!dataset) throw new NotFoundError('Dataset', reference)
  if (!dataset.rights.extract) throw new ForbiddenError()
  if (dataset.form !== 'vector' || !dataset.geometryType)
    throw new PermanentFailure('only datasets of features with geometry have vector tiles')
  return dataset
}

async function beginning(run: Run, restarts: number): Promise<TileArchiveState> {
  const dataset = await readSource(run)
  new Staging(run.sql, STAGING).clear()
  const queue = new TileQueue(run.sql)
  queue.clear()
  const state = {
    datasetId: dataset.id,
    version: dataset.version,
    cursor: -1,
    atOnce: TILES_PER_STEP,
    restarts,
  }
  if (currentArchive(dataset)) return { ...state, phase: 'clean', maxZoom: 0 }
  if (!dataset.extent || dataset.srid === 0)
    throw new PermanentFailure('the dataset has no features whose place on earth is known')
  const spacing = await vertexSpacing(run.context.db, system, dataset)
  queue.add([0])
  return { ...state, phase: 'draw', maxZoom: archiveZoom(spacing, dataset.extent, dataset.featureCount) }
}

/** Begins anew with the dataset as it is now. */
async function restart(run: Run, { restarts }: TileArchiveState): Promise<StepResult<TileArchiveState>> {
  if (restarts >= RESTARTS_MAX)
    throw new PermanentFailure('the dataset changes faster than its tiles can be drawn')
  return { state: await beginning(run, restarts + 1) }
}

async function drawTiles(run: Run, state: TileArchiveState): Promise<StepResult<TileArchiveState>> {
  const queue = new TileQueue(run.sql)
  const tileIds = queue.after(state.cursor, state.atOnce)
  const [first] = tileIds
  if (first === undefined) return { state: { ...state, phase: 'store' } }
  const maxZoom = affordableZoom(run, queue, tileIdToZxy(first)[0], state)
  if (maxZoom < tileIdToZxy(first)[0]) return { state: { ...state, maxZoom, phase: 'store' } }

  const dataset = await readSource(run)
  if (dataset.version !== state.version) return restart(run, state)
  const columns = tileColumns(dataset)
  const queries = tileIds.map((tileId): TileQuery => {
    const [zoom, column, row] = tileIdToZxy(tileId)
    return { set: WEB_MERCATOR_QUAD, place: { zoom, row, column }, columns }
  })
  const wanted = { only: state.version }
  const read = await readTiles(run.context.db, run.principal, dataset.id, dataset, queries, wanted)
  const drawn: [tileId: number, bytes: Uint8Array][] = []
  const children: number[] = []
  for (const [i, tile] of read.entries()) {
    if (!tile?.rows) return restart(run, state)
    const tileId = tileIds[i]!
    const { bytes } = await drawTile(dataset.name, columns, tile.rows)
    if (bytes.byteLength > 0) drawn.push([tileId, bytes])
    if (tile.touches) children.push(...childrenOf(tileId, maxZoom))
  }
  if (!run.goesOn()) return { state }
  await run.report(progressOf(queue, tileIds.at(-1)!, maxZoom))
  const staging = new Staging(run.sql, STAGING)
  for (const [tileId, bytes] of drawn) staging.put(tileId, bytes)
  queue.add(children)
  const isHeavy = read.some((tile) => (tile?.rows?.length ?? 0) >= HEAVY_ROWS)
  return { state: { ...state, maxZoom, cursor: tileIds.at(-1)!, atOnce: isHeavy ? 1 : TILES_PER_STEP } }
}

/** The deepest zoom that the number of tiles allows, as it is known when the first of a zoom is due. */
function affordableZoom(run: Run, queue: TileQueue, zoom: number, state: TileArchiveState): number {
  const isBegun = state.cursor >= firstIdOf(zoom)
  if (zoom === 0 || isBegun) return state.maxZoom
  const isTooMany = queue.count(0, firstIdOf(zoom + 1)) > ARCHIVE_TILES_MAX
  let staged = 0
  for (const { length } of new Staging(run.sql, STAGING).tiles()) staged += length
  return isTooMany || staged > ARCHIVE_DEEPENED_MAX_BYTES ? zoom - 1 : state.maxZoom
}

/** The first tile id of a zoom. */
const firstIdOf = (zoom: number): number => zxyToTileId(zoom, 0, 0)

/** The four tiles that a tile is quartered into, as far as the archive reaches. */
function childrenOf(tileId: number, maxZoom: number): number[] {
  const [zoom, x, y] = tileIdToZxy(tileId)
  if (zoom >= maxZoom) return []
  return [0, 1].flatMap((dy) => [0, 1].map((dx) => zxyToTileId(zoom + 1, 2 * x + dx, 2 * y + dy)))
}

/** Per cent, as if every zoom had twice the work of the one before. */
function progressOf(queue: TileQueue, tileId: number, maxZoom: number): number {
  const [zoom] = tileIdToZxy(tileId)
  const done = queue.count(firstIdOf(zoom), tileId + 1) / queue.count(firstIdOf(zoom), firstIdOf(zoom + 1))
  return (DRAWN_PERCENT * (2 ** zoom - 1 + done * 2 ** zoom)) / (2 ** (maxZoom + 1) - 1)
}

async function store(run: Run, state: TileArchiveState): Promise<StepResult<TileArchiveState>> {
  const dataset = await readSource(run)
  if (dataset.version !== state.version) return restart(run, state)
  const staging = new Staging(run.sql, STAGING)
  const plan = await planOf(dataset, staging, state.maxZoom)
  const key = objectKeys.datasetTiles(state.datasetId, state.version)
  await storeArchive(run.context.bucket, key, PMTILES_TYPE, plan, staging, run.goesOn)
  return { state: { ...state, phase: 'switch' } }
}

async function planOf(dataset: DatasetRecord, staging: Staging, maxZoom: number): Promise<ArchivePlan> {
  const { layer, title, description, fields } = tilesetOf(dataset)
  const bounds = clipToWorld(dataset.extent!)
  const [west, south, east, north] = bounds
  try {
    return await planPmtiles({
      tiles: staging.tiles(),
      header: {
        ...{ tileType: 'mvt', tileCompression: 'gzip', minZoom: 0, maxZoom, bounds },
        ...{ center: [(west + east) / 2, (south + north) / 2], centerZoom: 0 },
      },
      metadata: {
        name: title,
        ...(description ? { description } : {}),
        ...{ type: 'overlay', format: 'pbf', version: String(dataset.version) },
        vector_layers: [
          {
            ...{ id: layer, minzoom: 0, maxzoom: maxZoom },
            fields: Object.fromEntries(fields.map(({ name, type }) => [name, type])),
          },
        ],
      },
    })
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new PermanentFailure(`the dataset cannot be stored as tiles: ${error.message}`)
  }
}

async function switchOver(run: Run, state: TileArchiveState): Promise<StepResult<TileArchiveState>> {
  const { datasetId, version } = state
  const key = objectKeys.datasetTiles(datasetId, version)
  const stored = await run.context.bucket.head(key)
  if (!stored) return { state: { ...state, phase: 'store' } }
  const archive = { key, version, byteSize: stored.size }
  const isSwitched = await switchTileArchive(run.context.db, system, datasetId, archive)
  return isSwitched ? { state: { ...state, phase: 'clean' } } : restart(run, state)
}

/** Deletes the archives of earlier versions, and hands the new one out. */
async function clean(run: Run, state: TileArchiveState): Promise<StepResult<TileArchiveState>> {
  const { bucket } = run.context
  const { datasetId, version } = state
  const key = objectKeys.datasetTiles(datasetId, version)
  const { objects } = await bucket.list({ prefix: `${objectKeys.datasetPrefix(datasetId)}tiles/` })
  const versionOf = (name: string) => Number(/(\d+)\.pmtiles$/.exec(name)?.[1])
  const older = objects.filter((object) => versionOf(object.key) < version).map((object) => object.key)
  if (older.length > 0) await bucket.delete(older)
  const stored = await bucket.get(key)
  if (!stored) return restart(run, state)
  const dataset = await findDataset(run.context.db, system, datasetId)
  const name = exportFileName({ name: dataset?.name ?? String(datasetId) }, 'pmtiles')
  const file = { key, name, contentType: PMTILES_TYPE, byteSize: stored.size, warnings: [] }
  if (run.job.inputs.asFile !== true) {
    await stored.body.cancel()
    return { outputs: { file, version } }
  }
  const copy = objectKeys.jobOutput(run.job.id, name)
  await bucket.put(copy, stored.body, { httpMetadata: { contentType: PMTILES_TYPE } })
  return { outputs: { file: { ...file, key: copy }, version } }
}
