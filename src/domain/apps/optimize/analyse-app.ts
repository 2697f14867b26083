import type { R2Bucket } from '@cloudflare/workers-types'
import type { Esbuild } from '../../../formats/esbuild/esbuild.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { analyseScript, type ScriptAnalysis } from './analyse-script.ts'
import { type AppAnalysis, type PageAnalysis, UNKNOWN_PAGE, unreadScripts } from './bundle-plan.ts'
import { CALL_MAX_MS } from './limits.ts'
import type { AnalysisRequest, AnalysisResult } from './optimizer.ts'
import { pageReferences } from './page-references.ts'
import { sourceBytes, utf8Text } from './source-text.ts'
import { type Starter, withinMemory } from './within-memory.ts'

/** A script of which nothing is known: it stays as it is, and so does what is said of it. */
const UNKNOWN: ScriptAnalysis = { imports: [], usesAddress: false, isComputed: false, isCommonJs: true }

/**
 * Looks at pages of an app that are not known, and at the scripts they load, for as long as a call may take.
 * @returns what is known now, and was not before
 * @throws FormatError `bad-source` that says what is wrong and where
 */
export async function analyseApp(
  bucket: R2Bucket,
  start: Starter,
  { paths, pages, scripts, known }: AnalysisRequest,
): Promise<AnalysisResult> {
  const found: AnalysisResult = { pages: {}, scripts: {} }
  const all = new Set(paths)
  const sources = new Map([...pages, ...scripts].map((file) => [file.path, file]))
  const end = Date.now() + CALL_MAX_MS
  const look = async <Analysis>(
    path: string,
    analyse: (esbuild: Esbuild, text: string) => Promise<Analysis>,
  ): Promise<Analysis | null> => {
    const text = utf8Text(await sourceBytes(bucket, sources.get(path)!))
    return text === null ? null : withinMemory(start, (esbuild) => analyse(esbuild, text))
  }
  const hasFile = (path: string) => all.has(path)
  for (const { path } of pages) {
    if (known.pages[path]) continue
    if (Date.now() > end) return found
    found.pages[path] =
      (await look(path, (esbuild, text) => analysePage(esbuild, path, text, hasFile))) ?? UNKNOWN_PAGE
  }
  const app: AppAnalysis = {
    pages: Object.values({ ...known.pages, ...found.pages }),
    scripts: new Map(Object.entries(known.scripts)),
    sizeOf: (path) => sources.get(path)?.byteSize,
  }
  for (let unread = unreadScripts(app); unread.length > 0; unread = unreadScripts(app))
    for (const { path, isModule } of unread) {
      if (Date.now() > end) return found
      const source = { path, base: path, isModule }
      const analysis =
        (await look(path, (esbuild, text) => analyseScript(esbuild, { ...source, text }, hasFile))) ?? UNKNOWN
      found.scripts[path] = analysis
      app.scripts.set(path, analysis)
    }
  return found
}

async function analysePage(
  esbuild: Esbuild,
  path: string,
  page: string,
  hasFile: (path: string) => boolean,
): Promise<PageAnalysis> {
  const { modules, scripts, styles, inline, hasMappedAddresses, base } = pageReferences(path, page)
  const analyses: ScriptAnalysis[] = []
  for (const script of inline) {
    const source = { path, base: base ?? path, ...script }
    const analysis = await analyseScript(esbuild, source, hasFile).catch(unlessBadSource)
    if (analysis) analyses.push(analysis)
  }
  return {
    modules: [...new Set([...modules, ...analyses.flatMap(({ imports }) => imports)])].filter(hasFile),
    scripts: scripts.filter(hasFile),
    styles: styles.filter(hasFile),
    isComputed: hasMappedAddresses || analyses.some(({ isComputed }) => isComputed),
  }
}

/** A script in a page is not touched; a wrong one loads nothing. */
function unlessBadSource(error: unknown): null {
  if (error instanceof FormatError) return null
  throw error
}
