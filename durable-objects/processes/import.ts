import { namesOf } from '../../src/domain/datasets/import/dataset-name.ts'
import { NO_NOTES, notesText } from '../../src/domain/datasets/import/import-notes.ts'
import type { LayerPlan } from '../../src/domain/datasets/import/layer-plan.ts'
import {
  type LayerReader,
  type LayerSurvey,
  newSurvey,
} from '../../src/domain/datasets/import/layer-reader.ts'
import { type SettledLayer, settleLayer } from '../../src/domain/datasets/import/settle-layer.ts'
import type { ImportSettings } from '../../src/domain/datasets/import/start-import.ts'
import { FALLBACK_ENCODING, notUtf8 } from '../../src/domain/datasets/import/table-plan.ts'
import { QuestionError } from '../../src/domain/errors.ts'
import type { StagedJobFile } from '../../src/domain/job-files.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { discardDataset, insertDataset, reserveDatasetId } from '../../src/store/datasets.ts'
import { findUnfinishedDataset, publishImported } from '../../src/store/feature-import.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { FileStaging } from '../file-staging.ts'
import { PermanentFailure } from '../job-object.ts'
import { planStaging, type StagedSet, type Staging, stagedSets, stageMore } from './import-files.ts'
import { convertLayer, formatOf, openLayer, planLayers, toUtf8 } from './import-layers.ts'
import type { RasterFile, RasterState } from './import-raster.ts'
import { RasterImport } from './import-raster.ts'
import { appendRows, type RowsState } from './import-rows.ts'
import type { Processor, ProcessRun, StepResult } from './processor.ts'

/** Layers that are imported without anybody asking for them. */
export const LAYERS_MAX = 50
/** How long a step reads through a layer, and how many features it reads before it looks at the clock. */
const SURVEY_MS = 1_500
const SURVEY_FEATURES = 2_000
/** Shares of the whole, per cent: until the files are staged, and until the layers have been read through. */
const STAGED_PERCENT = 15
const SURVEYED_PERCENT = 40
const WARNINGS_MAX = 20

const importer: SystemPrincipal = { kind: 'system', reason: 'import' }

/** What is known of a layer so far. */
interface Layer {
  /** Which of the staged sets it is of. */
  set: number
  plan: LayerPlan
  survey: LayerSurvey | null
  settled: SettledLayer | null
  /** Number of its dataset, reserved. */
  id: number | null
  /** Its type has been widened, as one of several parts came of the repair of another. */
  isWidened: boolean
  rows: RowsState
}

/** How far an import is. Plain JSON. */
type ImportState =
  | { phase: 'plan' }
  | { phase: 'stage'; staging: Staging }
  | { phase: 'list'; staging: Staging }
  | { phase: 'raster'; set: StagedSet; raster: RasterState }
  | {
      phase: 'convert' | 'survey' | 'settle' | 'create' | 'rows' | 'publish'
      sets: StagedSet[]
      layers: Layer[]
      /** The layer that is worked on. */
      at: number
    }

type LayersState = Extract<ImportState, { layers: Layer[] }>

type ImportInputs = ImportSettings & { file: StagedJobFile }

/** Makes datasets of the layers of a file: stages it, reads each layer through, then appends its features. */
export const importFile = (): Processor<ImportState> => new FileImport()

class FileImport implements Processor<ImportState> {
  readonly #raster = new RasterImport()
  #staging: FileStaging | null = null
  /** The reader of the layer that is worked on. */
  #reader: { at: number; reader: LayerReader } | null = null

  async begin(): Promise<ImportState> {
    return { phase: 'plan' }
  }

  async step(run: ProcessRun, state: ImportState): Promise<StepResult<ImportState>> {
    const inputs = inputsOf(run)
    switch (state.phase) {
      case 'plan':
        return { state: { phase: 'stage', staging: await planStaging(run, inputs.file) } }
      case 'stage': {
        const staging = await stageMore(run, inputs.file, this.#open(run), state.staging)
        return { state: staging ? { phase: 'stage', staging } : { phase: 'list', staging: state.staging } }
      }
      case 'list':
        return { state: await this.#list(run, stagedSets(state.staging, inputs.file), inputs) }
      case 'raster':
        return this.#rasterStep(run, state, inputs)
      case 'publish':
        return this.#publish(run, state, inputs)
      default:
        return { state: await this.#layerStep(run, state, inputs) }
    }
  }

  async discard(run: ProcessRun, state: ImportState | null): Promise<void> {
    this.#reader = null
    if (state?.phase === 'raster') await this.#raster.discard(run, state.raster)
    if (!state || !('layers' in state)) return
    for (const { id } of state.layers) if (id !== null) await discardDataset(run.context.db, importer, id)
  }

  #open({ sql }: ProcessRun): FileStaging {
    this.#staging ??= new FileStaging(sql)
    return this.#staging
  }

  async #list(run: ProcessRun, sets: StagedSet[], inputs: ImportInputs): Promise<ImportState> {
    const staging = this.#open(run)
    const layers: Layer[] = []
    for (const [set, found] of sets.entries()) {
      const format = formatOf(staging, found, inputs.file.name)
      if (format === 'tiff') return { phase: 'raster', set: found, raster: this.#raster.begin() }
      toUtf8(staging, found, format)
      for (const plan of await planLayers(staging, found, format, inputs)) {
        const file = plan.gdal ? `layer/${layers.length}.fgb` : plan.file
        layers.push(newLayer(set, { ...plan, file }))
      }
    }
    await run.report(STAGED_PERCENT, 'the layers are listed')
    return { phase: 'convert', sets, layers: chosen(layers, inputs.layers), at: 0 }
  }

  async #layerStep(run: ProcessRun, state: LayersState, inputs: ImportInputs): Promise<ImportState> {
    const layer = state.layers[state.at]!
    switch (state.phase) {
      case 'convert': {
        if (!layer.plan.gdal) return { ...state, phase: 'survey' }
        await run.report(STAGED_PERCENT, `reading ${layer.plan.name}`)
        const warnings = await convertLayer(this.#open(run), state.sets[layer.set]!, layer.plan)
        return {
          ...withLayer(state, { ...layer, plan: withWarnings(layer.plan, warnings) }),
          phase: 'survey',
        }
      }
      case 'survey':
        return this.#survey(run, state, layer)
      case 'settle': {
        const fields = this.#read(run, state).fields(layer.survey!)
        const settled = await settleLayer(run.context, layer.plan, layer.survey!, fields, inputs)
        const id = await reserveDatasetId(run.context.db, importer)
        return { ...withLayer(state, { ...layer, settled, id }), phase: 'create' }
      }
      case 'create': {
        await this.#create(run, state, inputs)
        return { ...state, phase: 'rows' }
      }
      default:
        return this.#append(run, state, layer)
    }
  }

  #read(run: ProcessRun, { layers, at }: LayersState): LayerReader {
    if (this.#reader?.at !== at) this.#reader = { at, reader: openLayer(this.#open(run), layers[at]!.plan) }
    return this.#reader.reader
  }

  async #survey(run: ProcessRun, state: LayersState, layer: Layer): Promise<ImportState> {
    const reader = this.#read(run, state)
    const survey = structuredClone(layer.survey ?? newSurvey(reader.firstAt))
    const end = Date.now() + SURVEY_MS
    try {
      while (survey.position !== null && Date.now() < end) reader.survey(survey, SURVEY_FEATURES)
    } catch (error) {
      const plan = error instanceof FormatError ? fallbackPlan(layer.plan, error) : null
      if (!plan) throw error
      this.#reader = null
      return withLayer(state, { ...layer, plan, survey: null })
    }
    const size = this.#open(run).size(layer.plan.file) ?? 1
    await run.report(
      share(state, (survey.position ?? size) / size, STAGED_PERCENT, SURVEYED_PERCENT),
      `${survey.features} features of ${layer.plan.name} were found`,
    )
    return {
      ...withLayer(state, { ...layer, survey }),
      phase: survey.position === null ? 'settle' : 'survey',
    }
  }

  async #create(run: ProcessRun, { layers, at }: LayersState, inputs: ImportInputs): Promise<void> {
    const { plan, settled, id } = layers[at]!
    const { db } = run.context
    await discardDataset(db, importer, id!)
    const { geometryType, dimensions, srid, columns } = settled!
    await insertDataset(db, run.principal, {
      ...{ id: id!, ...namesOf(plan.name, layers.length === 1, inputs) },
      ...{ geometryType, dimensions, srid, columns, isPublic: inputs.isPublic, isImporting: true },
    })
  }

  async #append(run: ProcessRun, state: LayersState, layer: Layer): Promise<ImportState> {
    const { db } = run.context
    const dataset = await findUnfinishedDataset(db, importer, layer.id!)
    if (!dataset) throw new PermanentFailure('the dataset that was being made is gone')
    const reader = this.#read(run, state)
    const rows = await appendRows(
      db,
      importer,
      dataset,
      reader,
      layer.settled!.fields,
      layer.rows,
      run.goesOn,
    )
    const wide = rows.notes.dropped > 0 && !layer.isWidened ? widened(layer.settled!) : null
    if (wide) {
      await discardDataset(db, importer, layer.id!)
      const again = { ...layer, settled: wide, isWidened: true, rows: newRows() }
      return { ...withLayer(state, again), phase: 'create' }
    }
    const total = layer.survey!.features
    await run.report(
      share(state, total === 0 ? 1 : (rows.fid - 1) / total, SURVEYED_PERCENT, 99),
      `${rows.fid - 1} of ${total} features of ${layer.plan.name} are stored`,
    )
    const next = withLayer(state, { ...layer, rows })
    if (rows.position !== null) return next
    this.#reader = null
    if (layer.plan.gdal) this.#open(run).remove(layer.plan.file)
    return state.at + 1 < state.layers.length
      ? { ...next, phase: 'convert', at: state.at + 1 }
      : { ...next, phase: 'publish', at: 0 }
  }

  /** Every layer is whole before the first appears. */
  async #publish(
    run: ProcessRun,
    state: LayersState,
    inputs: ImportInputs,
  ): Promise<StepResult<ImportState>> {
    const { db } = run.context
    const layer = state.layers[state.at]!
    const dataset = await findUnfinishedDataset(db, importer, layer.id!)
    if (dataset) await publishImported(db, importer, dataset)
    if (state.at + 1 < state.layers.length) return { state: { ...state, at: state.at + 1 } }
    const isOnly = state.layers.length === 1
    return {
      outputs: {
        datasets: state.layers.map(({ id, plan, rows, settled }) => ({
          id,
          name: namesOf(plan.name, isOnly, inputs).name,
          layer: plan.name,
          features: rows.fid - 1,
          repaired: rows.notes.repaired,
          warnings: [...plan.warnings, ...settled!.warnings, ...notesText(rows.notes)],
        })),
      },
    }
  }

  async #rasterStep(
    run: ProcessRun,
    state: Extract<ImportState, { phase: 'raster' }>,
    inputs: ImportInputs,
  ): Promise<StepResult<ImportState>> {
    const file = rasterFile(this.#open(run), state.set, inputs.file.name)
    const { name, title } = namesOf(state.set.title, true, inputs)
    const { crs, isPublic } = inputs
    const settings = { name, title, isPublic, ...(crs === undefined ? {} : { crs }) }
    const result = await this.#raster.step(run, state.raster, file, settings)
    return 'outputs' in result ? result : { state: { ...state, raster: result.state } }
  }
}

/** The inputs of the job; an answer may be one name where several may be given. */
function inputsOf({ job }: ProcessRun): ImportInputs {
  const inputs = job.inputs as unknown as ImportInputs
  const layers: unknown = inputs.layers
  return typeof layers === 'string' ? { ...inputs, layers: [layers] } : inputs
}

const newRows = (): RowsState => ({ position: null, fid: 1, notes: NO_NOTES })

const newLayer = (set: number, plan: LayerPlan): Layer => ({
  ...{ set, plan, survey: null, settled: null, id: null, isWidened: false, rows: newRows() },
})

const withLayer = (state: LayersState, layer: Layer): LayersState => ({
  ...state,
  layers: state.layers.map((other, i) => (i === state.at ? layer : other)),
})

const withWarnings = (plan: LayerPlan, warnings: readonly string[]): LayerPlan => ({
  ...plan,
  warnings: [...plan.warnings, ...warnings].slice(0, WARNINGS_MAX),
})

/** The layers that are wanted, in the order of the file. @throws QuestionError for `layers` */
function chosen(layers: readonly Layer[], wanted: readonly string[] | undefined): Layer[] {
  const names = layers.map(({ plan }) => plan.name)
  if (wanted && wanted.length > 0) {
    const missing = wanted.find((name) => !names.includes(name))
    if (missing !== undefined)
      throw layersQuestion(`There is no layer ${JSON.stringify(missing.slice(0, 60))}`, names)
    return layers.filter(({ plan }) => wanted.includes(plan.name))
  }
  if (layers.length === 0) throw new PermanentFailure('the file has no layer with features')
  if (layers.length > LAYERS_MAX)
    throw layersQuestion(
      `The file has ${layers.length} layers, more than are imported at once (${LAYERS_MAX})`,
      names,
    )
  return [...layers]
}

const layersQuestion = (why: string, names: readonly string[]): QuestionError =>
  new QuestionError({
    input: 'layers',
    message: `${why}. Which ones are wanted?`,
    choices: names.slice(0, 500),
  })

/** A table that is not UTF-8 after all is read in another encoding, from the beginning. */
function fallbackPlan(plan: LayerPlan, { code }: FormatError): LayerPlan | null {
  if (code !== 'not-encoded' || plan.csv?.encoding !== 'utf-8') return null
  return withWarnings({ ...plan, csv: { ...plan.csv, encoding: FALLBACK_ENCODING } }, [notUtf8])
}

/** Of several parts what was of one. */
const WIDER = { Point: 'MultiPoint', LineString: 'MultiLineString', Polygon: 'MultiPolygon' } as const

function widened(settled: SettledLayer): SettledLayer | null {
  const { geometryType } = settled
  if (geometryType === null || !(geometryType in WIDER)) return null
  return { ...settled, geometryType: WIDER[geometryType as keyof typeof WIDER] }
}

/** Per cent of the whole, of the share that the layer at work has done of its part. */
function share({ layers, at }: LayersState, done: number, from: number, to: number): number {
  const part = (99 - STAGED_PERCENT) / layers.length
  const scale = part / (99 - STAGED_PERCENT)
  return STAGED_PERCENT + part * at + (from - STAGED_PERCENT + (to - from) * done) * scale
}

function rasterFile(staging: FileStaging, { files }: StagedSet, name: string): RasterFile {
  const [main, world] = files
  const bytesOf = (file: string, offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, (staging.size(file) ?? 0) - offset)))
    staging.read(file, offset, bytes)
    return bytes
  }
  const source = {
    size: staging.size(main!) ?? 0,
    read: async (offset: number, length: number) => bytesOf(main!, offset, length),
  }
  if (world === undefined) return { source, name }
  return { source, name, worldFile: new TextDecoder().decode(bytesOf(world, 0, 4096)) }
}
