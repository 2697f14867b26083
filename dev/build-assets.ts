/**
 * Fills `build/assets` with what pages load, as it is served: the map library as its package has it, our own styles, and
 * our own scripts with their types taken out.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUTPUT = `${ROOT}build/assets/`
const STAMP = `${ROOT}build/assets.sha256`
const LIBRARY = `${dirname(createRequire(import.meta.url).resolve('maplibre-gl/package.json'))}/`

/** Scripts of the pages of maps, which import one another. */
const GISCLOUD_SCRIPTS = [
  'focus',
  'layer-list',
  'map',
  'measure',
  'pictures',
  'popup',
  'requests',
  'toolbar',
  'view',
] as const

/** What is served below `build/assets`, and the file it is made of. */
const FILES = [
  ['assets/ogc/maplibre-gl.mjs', `${LIBRARY}dist/maplibre-gl.mjs`],
  ['assets/ogc/maplibre-gl-worker.mjs', `${LIBRARY}dist/maplibre-gl-worker.mjs`],
  ['assets/ogc/maplibre-gl.css', `${LIBRARY}dist/maplibre-gl.css`],
  ['assets/ogc/maplibre-gl.LICENSE.txt', `${LIBRARY}LICENSE.txt`],
  ['assets/ogc/map.js', `${ROOT}web/ogc/map.ts`],
  ['assets/ogc/page.css', `${ROOT}web/ogc/page.css`],
  ['assets/ogc/icon.svg', `${ROOT}web/ogc/icon.svg`],
  ...GISCLOUD_SCRIPTS.map(
    (name) => [`assets/giscloud/${name}.js`, `${ROOT}web/giscloud/${name}.ts`] as const,
  ),
  ['assets/giscloud/page.css', `${ROOT}web/giscloud/page.css`],
] as const

export async function buildAssets(): Promise<void> {
  const sources = await Promise.all(FILES.map(([, source]) => readFile(source, 'utf8')))
  const stamp = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)))
  for (const text of sources) stamp.update(text)
  const digest = stamp.digest('hex')
  const previous = await readFile(STAMP, 'utf8').catch(() => '')
  if (previous === digest && FILES.every(([path]) => existsSync(OUTPUT + path))) return
  for (const [i, [path]] of FILES.entries()) {
    await mkdir(dirname(OUTPUT + path), { recursive: true })
    await put(path, path.endsWith('.js') ? await script(sources[i]!) : withoutSourceMap(sources[i]!))
  }
  await put('_headers', '/assets/*\n  X-Content-Type-Options: nosniff\n')
  await writeFile(STAMP, digest)
}

/** Writes a file at once: a process that builds at the same time writes the same. */
async function put(path: string, text: string): Promise<void> {
  const temporary = `${ROOT}build/asset.${process.pid}`
  await writeFile(temporary, text)
  await rename(temporary, OUTPUT + path)
}

/** A script as browsers run it. */
async function script(source: string): Promise<string> {
  // Half a second's work to load: not where everything is up to date.
  const { default: typescript } = await import('typescript')
  const { ModuleKind, ScriptTarget, transpile } = typescript
  const options = {
    ...{ module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true },
    rewriteRelativeImportExtensions: true,
  }
  return transpile(source, options).replace("from 'maplibre-gl'", "from '/assets/ogc/maplibre-gl.mjs'")
}

/** The library refers to source maps, which are not served. */
const withoutSourceMap = (text: string): string => text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')

if (import.meta.main) await buildAssets()
