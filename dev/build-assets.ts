/**
 * Fills `build/assets` with what pages load, as it is served: the map library as its package has it, our own styles, each
 * page's scripts as one, and the templates of apps.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TEMPLATES } from '../src/domain/apps/templates.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WEB = `${ROOT}web/`
const OUTPUT = `${ROOT}build/assets/`
const STAMP = `${ROOT}build/assets.sha256`
const LIBRARY = `${dirname(createRequire(import.meta.url).resolve('maplibre-gl/package.json'))}/`

/** The scripts that pages load, each with all that it imports of ours. */
const SCRIPTS = ['ogc/map', 'giscloud/map', 'viewer/viewer'] as const

/** What is served below `build/assets` besides, and the file it is made of. */
const FILES = [
  ['assets/ogc/maplibre-gl.mjs', `${LIBRARY}dist/maplibre-gl.mjs`],
  ['assets/ogc/maplibre-gl-worker.mjs', `${LIBRARY}dist/maplibre-gl-worker.mjs`],
  ['assets/ogc/maplibre-gl.css', `${LIBRARY}dist/maplibre-gl.css`],
  ['assets/ogc/maplibre-gl.LICENSE.txt', `${LIBRARY}LICENSE.txt`],
  ...['ogc/page.css', 'ogc/icon.svg', 'giscloud/page.css', 'viewer/page.css', 'viewer/world.geojson'].map(
    (path) => [`assets/${path}`, WEB + path] as const,
  ),
  // Of apps that have none.
  ['assets/viewer/thumbnail.png', `${WEB}viewer/template/thumbnail.png`],
  ...TEMPLATES.flatMap(({ id, files }) =>
    files.map((name) => [`assets/templates/${id}/${name}`, `${WEB}${id}/template/${name}`] as const),
  ),
] as const

const OUTPUTS = [...SCRIPTS.map((name) => `assets/${name}.js`), ...FILES.map(([path]) => path)]

/** Apps load what they need of it, each of which runs in an origin of its own. */
const HEADERS = `/assets/*
  X-Content-Type-Options: nosniff
  Access-Control-Allow-Origin: *
`

export async function buildAssets(): Promise<void> {
  const digest = await digestOfSources()
  const previous = await readFile(STAMP, 'utf8').catch(() => '')
  if (previous === digest && OUTPUTS.every((path) => existsSync(OUTPUT + path))) return
  for (const [name, text] of await bundled()) await put(`assets/${name}.js`, text)
  for (const [path, source] of FILES) {
    const bytes = await readFile(source)
    await put(path, path.endsWith('.mjs') ? withoutSourceMap(bytes.toString()) : bytes)
  }
  await put('_headers', HEADERS)
  await writeFile(STAMP, digest)
}

async function digestOfSources(): Promise<string> {
  const entries = await readdir(WEB, { recursive: true, withFileTypes: true })
  const own = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const sources = [
    fileURLToPath(import.meta.url),
    ...FILES.map(([, source]) => source).filter((source) => !source.startsWith(WEB)),
    ...own,
  ]
  const digest = createHash('sha256')
  for (const source of sources)
    digest.update(`\n${source.slice(ROOT.length)}\n`).update(await readFile(source))
  return digest.digest('hex')
}

/** Writes a file at once: a process that builds at the same time writes the same. */
async function put(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${ROOT}build/asset.${process.pid}`
  await mkdir(dirname(OUTPUT + path), { recursive: true })
  await writeFile(temporary, content)
  await rename(temporary, OUTPUT + path)
}

/** The scripts by their names. They name the library by a relative address, so that they stand anywhere beside it. */
async function bundled(): Promise<[name: string, text: string][]> {
  // A second's work: not where everything is up to date.
  const { build } = await import('esbuild-wasm')
  const { outputFiles } = await build({
    entryPoints: SCRIPTS.map((name) => `${WEB}${name}.ts`),
    ...{ bundle: true, minify: true, format: 'esm', target: 'es2022', external: ['maplibre-gl'] },
    ...{ outbase: WEB, outdir: WEB, write: false, logLevel: 'warning' },
  })
  return SCRIPTS.map((name) => {
    const { text } = outputFiles.find(({ path }) => path === `${WEB}${name}.js`)!
    return [name, text.replaceAll(/(from|import) ?"maplibre-gl"/g, '$1"../ogc/maplibre-gl.mjs"')]
  })
}

/** The library refers to source maps, which are not served. */
const withoutSourceMap = (text: string): string => text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')

if (import.meta.main) await buildAssets()
