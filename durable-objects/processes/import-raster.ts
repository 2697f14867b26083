import { discardRaster } from '../../src/domain/datasets/raster/discard-raster.ts'
import {
  type Moments,
  NO_MOMENTS,
  rangeOf,
  sampledRows,
  withValues,
} from '../../src/domain/datasets/raster/measured-range.ts'
import { placeRaster } from '../../src/domain/datasets/raster/placement.ts'
import {
  displayWarnings,
  type RasterFile,
  readGeoreference,
  resamplingOf,
} from '../../src/domain/datasets/raster/raster-file.ts'
import { pyramidOf } from '../../src/domain/pyramid/geometry.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import type { TiffInfo } from '../../src/formats/probe/image-info.ts'
import { probeRasterTiff } from '../../src/formats/probe/tiff.ts'
import type { PyramidInfo } from '../../src/formats/pyramid-info.ts'
import { crsTransform } from '../../src/geo/crs/reference-system.ts'
import type { GeoTransform } from '../../src/geo/geo-transform.ts'
import { objectKeys } from '../../src/store/objects.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { deleteRaster, insertRaster, reserveRasterId } from '../../src/store/raster-datasets.ts'
import { IngestSession } from '../ingest-session.ts'
import { PermanentFailure } from '../job-object.ts'
import { storePyramid } from '../pyramid-archive.ts'
import { Staging } from '../staging.ts'
import type { ProcessRun, StepResult } from './processor.ts'

export type { RasterFile } from '../../src/domain/datasets/raster/raster-file.ts'

/** How the dataset is to be. */
export interface RasterSettings {
  name: string
  title: string
  /** Name of the reference system; the file's own unless given. */
  crs?: string
  isPublic: boolean
}

/** How far the import of a raster is. Plain JSON. */
export type RasterState =
  | { phase: 'open' }
  | ({ phase: 'measure'; cursor: number; moments: Moments } & Raster)
  | ({ phase: 'cut' | 'store' | 'publish'; cursor: number } & Raster)

interface Raster {
  /** The dataset's number, reserved. */
  id: number
  /** Tells the objects of this import. */
  uuid: string
  transform: GeoTransform
  /** EPSG code. */
  code: number
  /** The values that are shown as black and as white; null for samples that are shown as they are. */
  range: [low: number, high: number] | null
}

const JOB = 'raster'
/** How many places' values are looked at between two writes of the cursor. */
const PLACES_PER_STEP = 6
/** The pieces an original is copied in. */
const PIECE_BYTES = 4 * 2 ** 20
/** Share of the whole, per cent, that the samples' range takes, and that it takes until the pyramid is cut. */
const MEASURED_PERCENT = 15
const CUT_PERCENT = 90
const system: SystemPrincipal = { kind: 'system', reason: 'import' }

/**
 * Makes a raster dataset of a georeferenced TIFF, step by step: its pyramid is cut and stored, then the dataset appears
 * and its tiles are drawn; the archive of them follows. One object serves one job, as a `Processor` does; `file` and
 * `settings` must be the same at every step.
 */
export class RasterImport {
  /** The original as it was opened last, with the range it was opened for. */
  #open: { session: IngestSession; info: TiffInfo; range: string } | null = null

  begin(): RasterState {
    return { phase: 'open' }
  }

  /**
   * The outputs are `{datasets: [...]}` with the one dataset.
   * @throws QuestionError for `crs`; ValidationError, FormatError, PermanentFailure
   */
  async step(
    run: ProcessRun,
    state: RasterState,
    file: RasterFile,
    settings: RasterSettings,
  ): Promise<StepResult<RasterState>> {
    switch (state.phase) {
      case 'open':
        return { state: await this.#begin(run, file, settings) }
      case 'measure':
        return { state: await this.#measure(run, state, file) }
      case 'cut':
        return { state: await this.#cut(run, state, file) }
      case 'store':
        return { state: await this.#store(run, state, file) }
      case 'publish':
        return { outputs: await this.#publish(run, state, file, settings) }
    }
  }

  /** Undoes whatever is left of an import that failed or is not wanted. */
  async discard({ context }: ProcessRun, state: RasterState): Promise<void> {
    this.#open = null
    if (state.phase === 'open') return
    await deleteRaster(context.db, system, state.id)
    await discardRaster(context, state.id)
  }

  async #begin({ context }: ProcessRun, file: RasterFile, { crs }: RasterSettings): Promise<RasterState> {
    const info = await probeRasterTiff(file.source).catch(advise)
    const { transform, system: reference } = await readGeoreference(file, crs)
    placeRaster(transform, reference, info)
    const id = await reserveRasterId(context.db, system)
    const raster: Raster = { id, uuid: crypto.randomUUID(), transform, code: reference.code, range: null }
    return info.raster.range
      ? { phase: 'measure', cursor: 0, moments: NO_MOMENTS, ...raster }
      : { phase: 'cut', cursor: 0, ...raster }
  }

  async #measure(
    run: ProcessRun,
    state: RasterState & { phase: 'measure' },
    file: RasterFile,
  ): Promise<RasterState> {
    const { session, info } = await this.#session(state, file)
    const places = sampledRows(info)
    const { cursor, ...raster } = state
    let { moments } = state
    for (const { y, height } of places.slice(cursor, cursor + PLACES_PER_STEP))
      moments = withValues(moments, await session.readMeasured(y, height), info.raster?.noData ?? null)
    await run.report((MEASURED_PERCENT * cursor) / places.length, 'looking at the values')
    return cursor + PLACES_PER_STEP < places.length
      ? { ...raster, cursor: cursor + PLACES_PER_STEP, moments }
      : { phase: 'cut', cursor: 0, ...rasterOf(state), range: rangeOf(moments) }
  }

  async #cut(
    run: ProcessRun,
    state: RasterState & { phase: 'cut' | 'store' | 'publish' },
    file: RasterFile,
  ): Promise<RasterState> {
    const { session } = await this.#session(state, file)
    const step = session.steps[state.cursor]
    if (!step) return { ...state, phase: 'store' }
    await session.run(step, new Staging(run.sql, JOB), async (png) => {
      await run.context.bucket.put(keysOf(state).thumbnailKey, png, {
        httpMetadata: { contentType: 'image/png' },
      })
    })
    const done = state.cursor / session.steps.length
    await run.report(MEASURED_PERCENT + (CUT_PERCENT - MEASURED_PERCENT) * done, 'cutting the pyramid')
    return { ...state, cursor: state.cursor + 1 }
  }

  async #store(
    run: ProcessRun,
    state: RasterState & { phase: 'cut' | 'store' | 'publish' },
    file: RasterFile,
  ): Promise<RasterState> {
    const { bucket } = run.context
    const { session } = await this.#session(state, file)
    await run.report(CUT_PERCENT, 'storing the pyramid')
    const goesOn = () => run.goesOn()
    await storePyramid(bucket, keysOf(state).pyramidKey, session.pyramid, new Staging(run.sql, JOB), goesOn)
    await copyOriginal(bucket, objectKeys.datasetOriginal(state.id), file, goesOn)
    return { ...state, phase: 'publish' }
  }

  async #publish(
    run: ProcessRun,
    state: RasterState & { phase: 'cut' | 'store' | 'publish' },
    file: RasterFile,
    { name, title, isPublic }: RasterSettings,
  ): Promise<Record<string, unknown>> {
    const { session, info } = await this.#session(state, file)
    const { context, principal } = run
    const { id, code, transform } = state
    const { warnings, ...placement } = placeRaster(transform, crsTransform(code), info)
    if (!run.goesOn()) throw new PermanentFailure('the import is not wanted any more')
    const rectificationId = await insertRaster(context.db, principal, {
      ...{ id, name, title, isPublic, fileName: file.name, byteSize: file.source.size },
      ...{ width: info.width, height: info.height, pyramid: session.pyramid, ...keysOf(state) },
      ...{ originalKey: objectKeys.datasetOriginal(id), resampling: resamplingOf(info), ...placement },
    })
    new Staging(run.sql, JOB).clear()
    await context.jobs.startBake(id, rectificationId)
    const all = [...warnings, ...displayWarnings(info)]
    return { datasets: [{ id, name, form: 'raster', features: 0, repaired: 0, warnings: all }] }
  }

  /** The original, opened once an instance and range. */
  async #session(
    { range }: Raster,
    { source }: RasterFile,
  ): Promise<{ session: IngestSession; info: TiffInfo }> {
    const wanted = JSON.stringify(range)
    if (this.#open?.range !== wanted) {
      const probed = await probeRasterTiff(source)
      const info: TiffInfo = { ...probed, raster: { ...probed.raster, range: range ?? probed.raster.range } }
      const pyramid: PyramidInfo = { ...pyramidOf(info), tileFormat: 'webp', isLossless: true }
      const session = await IngestSession.openProbed(source, info, pyramid)
      this.#open = { session, info, range: wanted }
    }
    return this.#open
  }
}

const rasterOf = ({ id, uuid, transform, code, range }: Raster): Raster => ({
  id,
  uuid,
  transform,
  code,
  range,
})

/** Tells how a TIFF of a kind that is not read becomes one that is. */
function advise(error: unknown): never {
  if (!(error instanceof FormatError) || error.code !== 'unsupported') throw error
  const advice = 'gdal_translate -co COMPRESS=DEFLATE makes one that may be'
  throw new FormatError(error.code, `${error.message}; ${advice}`)
}

/** Where what is made of an original lies. */
function keysOf({ id, uuid }: Raster): { pyramidKey: string; thumbnailKey: string } {
  return { pyramidKey: objectKeys.pyramid(id, uuid), thumbnailKey: objectKeys.thumbnail(id, uuid) }
}

async function copyOriginal(
  bucket: R2Bucket,
  key: string,
  { source }: RasterFile,
  goesOn: () => boolean,
): Promise<void> {
  const { readable, writable } = new FixedLengthStream(source.size)
  const writer = writable.getWriter()
  const end = async (reason: unknown) => {
    await writer.abort(reason)
    throw reason
  }
  const stored = bucket.put(key, readable, { httpMetadata: { contentType: 'image/tiff' } }).catch(end)
  const written = (async () => {
    for (let at = 0; at < source.size; at += PIECE_BYTES) {
      if (!goesOn()) throw new Error(`${key} is not wanted any more`)
      await writer.write(await source.read(at, Math.min(PIECE_BYTES, source.size - at)))
    }
    await writer.close()
  })().catch(end)
  const results = await Promise.allSettled([written, stored])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
