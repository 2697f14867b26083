import type { DatasetRecord } from '../../src/domain/datasets/datasets.ts'
import { exportFileName } from '../../src/domain/datasets/export/export-file-name.ts'
import {
  type ExportSettings,
  settleExport,
  systemText,
} from '../../src/domain/datasets/export/export-settings.ts'
import {
  type ExportOutputs,
  type ExportRequest,
  exportFilter,
  readExtractable,
} from '../../src/domain/datasets/export/start-export.ts'
import type { Conversion } from '../../src/formats/export/convert.ts'
import { rulesOf } from '../../src/formats/export/export-format.ts'
import { exportWarnings } from '../../src/formats/export/export-warnings.ts'
import { nothingStaged, type StagedFeatures } from '../../src/formats/export/feature-stage.ts'
import { geometryCodeOf } from '../../src/formats/export/geometry-code.ts'
import { INTERNAL_ERROR, postgresError } from '../../src/store/database.ts'
import { type RowPage, readRowPage } from '../../src/store/feature-pages.ts'
import { uploadStream } from '../../src/store/object-upload.ts'
import { objectKeys } from '../../src/store/objects.ts'
import { FileStaging } from '../file-staging.ts'
import { PermanentFailure } from '../job-object.ts'
import { exportedBytes, makeFiles, STAGED, stagedFile } from './export-file.ts'
import { featureSink } from './export-sinks.ts'
import type { Processor, ProcessRun } from './processor.ts'

/** Features of a page, at most; a page ends earlier where they are large. */
export const EXPORT_PAGE_ROWS = 5_000
/** Pages of a step end after this long. */
const STEP_MS = 2_000
/** Share of the whole, per cent, that reading takes. */
const READ_PERCENT = 70

/** How far an export is. */
interface ExportState {
  phase: 'read' | 'make' | 'store'
  /** As the dataset was when the export began. */
  version: number
  schemaVersion: number
  afterFid: number
  /** Features that have been read. */
  read: number
  /** Bytes of each staged file after the last step; what goes beyond is of a step that was not ended. */
  sizes: Record<string, number>
  staged: StagedFeatures
  warnings: string[]
}

/** What a step works with. */
interface ExportWork {
  dataset: DatasetRecord
  settings: ExportSettings
  request: ExportRequest
}

/** Writes the features of a dataset to a file of some format: reads them page by page, makes the file, stores it. */
export const exportDataset = (): Processor<ExportState> => ({
  async begin(run) {
    const { dataset, settings } = await open(run)
    const { version, schemaVersion } = dataset
    return {
      ...{ phase: 'read', version, schemaVersion, afterFid: 0, read: 0, sizes: {}, warnings: [] },
      staged: nothingStaged(settings.columns),
    }
  },
  async step(run, state) {
    const work = await open(run)
    if (work.dataset.schemaVersion !== state.schemaVersion) throw changed()
    const staging = new FileStaging(run.sql)
    switch (state.phase) {
      case 'read':
        return { state: await read(run, work, staging, state) }
      case 'make': {
        const made = await makeFiles(staging, await conversionOf(run, work, state))
        await run.report(READ_PERCENT + 15, 'the file is made')
        return { state: { ...state, phase: 'store', warnings: [...state.warnings, ...made] } }
      }
      case 'store':
        return { outputs: { ...(await store(run, work, staging, state)) } }
    }
  },
  async discard() {},
})

/** @throws NotFoundError, ForbiddenError and others where the export would not begin now */
async function open({ context, principal, job }: ProcessRun): Promise<ExportWork> {
  const request = job.inputs as unknown as ExportRequest
  const dataset = await readExtractable(context, principal, request.dataset)
  return { dataset, request, settings: await settleExport(context, dataset, request) }
}

const changed = () =>
  new PermanentFailure('the columns of the dataset were changed meanwhile; export it again')

/** Stages pages of features for as long as a step may take. */
async function read(
  run: ProcessRun,
  { dataset, settings, request }: ExportWork,
  staging: FileStaging,
  state: ExportState,
): Promise<ExportState> {
  const { context, principal } = run
  forgetUnended(staging, state)
  const filter = exportFilter(dataset, request.filter)
  const staged = structuredClone(state.staged)
  const sink = featureSink(dataset, settings, staged, state.read, staging)
  const columns = settings.columns.map((column) => dataset.columns.indexOf(column))
  const end = Date.now() + STEP_MS
  let afterFid: number | null = state.afterFid
  let count = state.read
  do {
    const page: RowPage | null = await readRowPage(context.db, principal, dataset, {
      ...{ afterFid, limit: EXPORT_PAGE_ROWS },
      ...(settings.srid === 0 ? {} : { srid: settings.srid }),
      ...(filter ? { filter } : {}),
    }).catch(unplaced(settings.srid))
    if (!page) throw changed()
    sink.addPage(page.rows, columns)
    count += page.rows.length
    afterFid = page.next
  } while (afterFid !== null && Date.now() < end && run.goesOn())
  const isWhole = afterFid === null
  if (isWhole) sink.end()
  staging.flush()
  await run.report(
    Math.min(READ_PERCENT, (READ_PERCENT * count) / Math.max(1, dataset.featureCount)),
    `${count} features are read`,
  )
  return {
    ...state,
    phase: isWhole ? 'make' : 'read',
    afterFid: afterFid ?? state.afterFid,
    read: count,
    sizes: Object.fromEntries(stagedNames(staging).map((name) => [name, staging.size(name)!])),
    staged,
  }
}

/** Says of features whose coordinates cannot be computed what the database says. */
const unplaced =
  (srid: number) =>
  (error: unknown): never => {
    const known = postgresError(error)
    if (known?.code !== INTERNAL_ERROR) throw error
    throw new PermanentFailure(`some features have no place in EPSG:${srid}: ${known.message}`)
  }

const stagedNames = (staging: FileStaging): string[] =>
  staging.names().filter((name) => name.startsWith(STAGED))

/** Cuts what a step wrote that was not ended. */
function forgetUnended(staging: FileStaging, { sizes }: ExportState): void {
  for (const name of stagedNames(staging)) {
    const size = sizes[name]
    if (size === undefined) staging.remove(name)
    else if (size !== staging.size(name)) staging.truncate(name, size)
  }
}

async function conversionOf(
  { context, sql }: ProcessRun,
  { dataset, settings }: ExportWork,
  { staged }: ExportState,
): Promise<Conversion> {
  const { format, srid, columns } = settings
  const { name, geometryType, dimensions } = dataset
  const staging = new FileStaging(sql)
  return {
    ...{ format, name, columns, staged },
    geometryType: geometryType === null ? undefined : geometryCodeOf(geometryType),
    hasZ: dimensions.includes('Z'),
    hasM: dimensions.includes('M'),
    wkt: await systemText(context, srid),
    code: srid === 0 ? null : srid,
    features: (layer) => staging.file(stagedFile(layer)),
  }
}

/** Puts the file into the bucket; doing it again puts the same there. */
async function store(
  run: ProcessRun,
  work: ExportWork,
  staging: FileStaging,
  state: ExportState,
): Promise<ExportOutputs> {
  const { format } = work.settings
  const { extension, contentType } = rulesOf(format)
  const conversion = await conversionOf(run, work, state)
  const name = exportFileName(work.dataset, extension)
  const baseName = name.slice(0, -extension.length - 1)
  const key = objectKeys.jobOutput(run.job.id, name)
  const upload = uploadStream(run.context.bucket, key, { contentType })
  try {
    for await (const bytes of exportedBytes(staging, conversion, baseName)) {
      if (!run.goesOn()) throw new Error('the export is not wanted any more')
      await upload.write(bytes)
    }
  } catch (error) {
    await upload.abort()
    throw error
  }
  const { size: byteSize } = await upload.close()
  const warnings = [
    ...exportWarnings(conversion, (layer) => staging.file(stagedFile(layer))),
    ...state.warnings,
    ...(work.dataset.version === state.version
      ? []
      : ['the dataset was changed while it was exported: some features may be older than others']),
  ]
  return { file: { key, name, contentType, byteSize, warnings } }
}
