import { CONFIG_PATH } from '../../src/domain/apps/app-paths.ts'
import type { ScriptAnalysis } from '../../src/domain/apps/optimize/analyse-script.ts'
import {
  type AppAnalysis,
  chunkFolder,
  type PageAnalysis,
  planBundles,
  UNKNOWN_PAGE,
  unreadScripts,
} from '../../src/domain/apps/optimize/bundle-plan.ts'
import { ANALYSED_PAGE_MAX_BYTES } from '../../src/domain/apps/optimize/limits.ts'
import type { AppOptimizer, MadeFile, MadeKeys, Optimized } from '../../src/domain/apps/optimize/optimizer.ts'
import type { PreoptimizeInputs } from '../../src/domain/apps/preoptimize.ts'
import { discardObjects } from '../../src/domain/storage/stored-objects.ts'
import { findAppWithFiles } from '../../src/store/app-files.ts'
import { deletePrefix, objectKeys } from '../../src/store/objects.ts'
import { isServedFrom, switchToOptimized } from '../../src/store/optimized-app-files.ts'
import type { SystemPrincipal } from '../../src/store/principal.ts'
import { PermanentFailure } from '../job-object.ts'
import { type FileNote, PreoptimizeFiles } from './preoptimize-files.ts'
import type { Processor, ProcessRun, StepResult } from './processor.ts'

/** Files of one call of the optimizer: more are come to in the next. */
const CALL_FILES_MAX = 100
/** Pieces that modules share, at most; where there were more, modules stay by themselves. */
const SHARED_PIECES_MAX = 1000
const MODULE_TYPE = 'text/javascript; charset=utf-8'
/** Shares of the whole, per cent. */
const ANALYSED_PERCENT = 20
const BUNDLED_PERCENT = 40

/** How far a pre-optimization is; what has been made is in the job's own table. */
interface PreoptimizeState {
  phase: 'analyse' | 'bundle' | 'make' | 'switch'
  contentVersion: number
  /** Of the app's own files. */
  fileCount: number
}

const system: SystemPrincipal = { kind: 'system', reason: 'pre-optimization of an app' }

/**
 * Makes an app's files small, puts its modules together and compresses them, and switches the app to that unless its files have
 * changed meanwhile. Nothing is seen of it before.
 */
export const preoptimize = (): Processor<PreoptimizeState> => ({
  async begin(run) {
    const { app } = inputsOf(run)
    const found = await findAppWithFiles(run.context.db, run.principal, app)
    if (!found?.app.mayEdit) throw refused()
    // The configuration is made at the moment it is asked for, out of what is stored.
    new PreoptimizeFiles(run.sql).fill(found.files.filter(({ path }) => path !== CONFIG_PATH))
    const { contentVersion } = found.app
    return { phase: 'analyse', contentVersion, fileCount: found.files.length }
  },
  async step(run, state) {
    const files = new PreoptimizeFiles(run.sql)
    switch (state.phase) {
      case 'analyse':
        return { state: await analyse(run, files, state) }
      case 'bundle':
        return { state: await bundle(run, files, state) }
      case 'make':
        return { state: await make(run, files, state) }
      case 'switch':
        return switchApp(run, files, state)
    }
  },
  async discard({ context, job }) {
    const { appId } = job.inputs as unknown as PreoptimizeInputs
    const prefix = objectKeys.appOptimizedPrefix(appId, job.id)
    // The answer of the switch may have been lost.
    if (!(await isServedFrom(context.db, system, appId, prefix))) await deletePrefix(context.bucket, prefix)
  },
})

const inputsOf = ({ job }: ProcessRun) => job.inputs as unknown as PreoptimizeInputs

const refused = () => new PermanentFailure('the app is gone, or not to be edited any more')
const changed = () => new PermanentFailure('the app was changed while it was pre-optimized; ask for it again')

/** What the optimizer has made; null where it is busy. @throws PermanentFailure */
async function asked<Result>(
  { context: { optimizer } }: ProcessRun,
  ask: (optimizer: AppOptimizer) => Promise<Optimized<Result>>,
): Promise<Result | null> {
  if (!optimizer) throw new PermanentFailure('there is no optimizer here')
  const answer = await ask(optimizer)
  if (answer.kind === 'made') return answer.result
  if (answer.kind === 'failed') throw new PermanentFailure(answer.message)
  return null
}

function analysisOf(files: PreoptimizeFiles, notes: readonly FileNote[]): AppAnalysis {
  const sizes = new Map(
    notes.filter(({ form }) => form === 'script').map((note) => [note.path, note.byteSize]),
  )
  const isTooLarge = ({ form, byteSize }: FileNote) => form === 'page' && byteSize > ANALYSED_PAGE_MAX_BYTES
  const unknown = notes.some(isTooLarge) ? [UNKNOWN_PAGE] : []
  return {
    pages: [...files.analyses<PageAnalysis>('page').values(), ...unknown],
    scripts: files.analyses<ScriptAnalysis>('script'),
    sizeOf: (path) => sizes.get(path),
  }
}

/** Looks at pages and what they load, as far as a call comes. */
async function analyse(
  run: ProcessRun,
  files: PreoptimizeFiles,
  state: PreoptimizeState,
): Promise<PreoptimizeState> {
  const notes = files.all()
  const pages = notes.filter(({ form, byteSize }) => form === 'page' && byteSize <= ANALYSED_PAGE_MAX_BYTES)
  const found = await asked(run, (optimizer) =>
    optimizer.analyse({
      paths: notes.map(({ path }) => path),
      pages: pages.map(sourceOf),
      scripts: notes.filter(({ form }) => form === 'script').map(sourceOf),
      known: {
        pages: Object.fromEntries(files.analyses<PageAnalysis>('page')),
        scripts: Object.fromEntries(files.analyses<ScriptAnalysis>('script')),
      },
    }),
  )
  if (found === null) return state
  for (const analyses of [found.pages, found.scripts])
    for (const [path, analysis] of Object.entries(analyses)) files.noteAnalysis(path, analysis)
  const isWhole =
    files.analyses('page').size === pages.length && unreadScripts(analysisOf(files, notes)).length === 0
  await run.report(ANALYSED_PERCENT, 'what its pages load is being looked at')
  return isWhole ? { ...state, phase: 'bundle' } : state
}

const sourceOf = ({ path, objectKey, byteSize }: FileNote) => ({ path, objectKey, byteSize })

async function bundle(
  run: ProcessRun,
  files: PreoptimizeFiles,
  state: PreoptimizeState,
): Promise<PreoptimizeState> {
  const notes = files.all()
  const byPath = new Map(notes.map((note) => [note.path, note]))
  const plan = planBundles(analysisOf(files, notes))
  if (plan.entries.length === 0) return { ...state, phase: 'make' }
  const made = await asked(run, async (optimizer) => {
    const answer = await optimizer.bundle({
      ...plan,
      paths: [...byPath.keys()],
      sources: plan.modules.map((path) => sourceOf(byPath.get(path)!)),
      chunkFolder: chunkFolder([...byPath.keys()]),
      mark: `m${run.job.id.replaceAll('-', '')}`,
      entryKeys: plan.entries.map((path) => keysOf(run, byPath.get(path)!.position)),
      sharedKeys: Array.from({ length: SHARED_PIECES_MAX }, (_, index) =>
        keysOf(run, state.fileCount + index),
      ),
    })
    // Too large for the memory there is: each module by itself then.
    return answer.kind === 'made' ? { ...answer, result: answer.result ?? ([] as MadeFile[]) } : answer
  })
  if (made === null) return state
  for (const file of made) files.noteMade(file, byPath.get(file.path)?.contentType ?? MODULE_TYPE)
  await run.report(BUNDLED_PERCENT, 'its modules are put together')
  return { ...state, phase: 'make' }
}

/** The keys of what is made of the file at a position, and of nothing else. */
function keysOf(run: ProcessRun, position: number): MadeKeys {
  const key = (part: number) => objectKeys.appOptimized(inputsOf(run).appId, run.job.id, 3 * position + part)
  return [key(0), key(1), key(2)]
}

async function make(
  run: ProcessRun,
  files: PreoptimizeFiles,
  state: PreoptimizeState,
): Promise<PreoptimizeState> {
  const notes = files.all()
  const unmade = files.unmade()
  if (unmade.length === 0) return { ...state, phase: 'switch' }
  const byPath = new Map(notes.map((note) => [note.path, note]))
  const entries = new Set([...files.analyses<PageAnalysis>('page').values()].flatMap(({ styles }) => styles))
  const made = await asked(run, (optimizer) =>
    optimizer.make({
      paths: [...byPath.keys()],
      files: unmade.slice(0, CALL_FILES_MAX).map((note) => ({
        ...sourceOf(note),
        form: note.form,
        sha256: note.sha256,
        isEntry: note.form === 'style' && entries.has(note.path),
        keys: keysOf(run, note.position),
      })),
      styles: notes.filter(({ form }) => form === 'style').map(sourceOf),
    }),
  )
  for (const file of made ?? []) files.noteMade(file, byPath.get(file.path)!.contentType)
  const left = (unmade.length - (made?.length ?? 0)) / notes.length
  await run.report(
    BUNDLED_PERCENT + (100 - BUNDLED_PERCENT) * (1 - left),
    `${Math.round(left * notes.length)} files are left`,
  )
  return state
}

/** Serves what has been made, unless the app has been changed meanwhile. */
async function switchApp(
  run: ProcessRun,
  files: PreoptimizeFiles,
  { contentVersion }: PreoptimizeState,
): Promise<StepResult<PreoptimizeState>> {
  const { context, principal, job } = run
  if (principal.kind !== 'user') throw refused()
  const { app, appId } = inputsOf(run)
  const made = files.made()
  const outputs = { files: made.length }
  const result = await switchToOptimized(context.db, principal, app, contentVersion, made)
  if (result.kind === 'refused') throw refused()
  if (result.kind === 'changed') throw changed()
  if (result.kind === 'switched') {
    await discardObjects(context, result.replacedKeys)
    return { outputs }
  }
  // By this job, whose answer was lost, or by another, whose files are as good.
  const prefix = objectKeys.appOptimizedPrefix(appId, job.id)
  if (!(await isServedFrom(context.db, system, appId, prefix))) await deletePrefix(context.bucket, prefix)
  return { outputs }
}
