import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild-wasm'
import { CODINGS, compressed } from '../src/domain/apps/optimize/compress.ts'
import { zipFile } from '../test/support/zip-file.ts'
import { startLocalServer } from './local-server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 7
const MODULES = 40
const ID = 'bench'

/**
 * Pre-optimizing an app with MapLibre in it (1.7 MB of scripts, a style sheet, 40 small modules of its own), from the request to
 * its answer; the peer is esbuild's WebAssembly in Node doing the same to the same files in one process, and compressing them with
 * the same settings. Medians of rounds in turn.
 */
export async function benchPreoptimize(): Promise<BenchRow[]> {
  const files = await appFiles()
  const server = await startLocalServer()
  try {
    const { email, password } = server.administrator
    const call = async (path: string, body?: FormData): Promise<void> => {
      const response = await fetch(`${server.url}/resources/apps/${ID}${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${email}:${password}`)}` },
        ...(body ? { body } : {}),
      })
      const text = await response.text()
      if (!response.ok || text.includes('"error"'))
        throw new Error(`${path} answers ${response.status}: ${text}`)
    }
    const form = new FormData()
    form.set('file', new File([zipFile(files)], `${ID}.zip`))
    await call('', form)
    const times = { whole: [] as number[], peer: [] as number[] }
    for (let round = -1; round < roundsOr(ROUNDS); round++) {
      const whole = await milliseconds(() => call('/preoptimizedState?preoptimized=true'))
      await call('/preoptimizedState?preoptimized=false')
      const peer = await milliseconds(() => optimizeInNode(files))
      if (round < 0) continue
      times.whole.push(whole)
      times.peer.push(peer)
    }
    const [value, peer] = [median(times.whole), median(times.peer)]
    return [
      {
        name: 'pre-optimizing an app with MapLibre in it',
        ...{ value, peer, unit: 'ms', ratio: peer / value },
        peerName: 'esbuild-wasm and node:zlib in Node',
      },
    ]
  } finally {
    await server.stop()
  }
}

interface BenchFile {
  path: string
  bytes: Uint8Array
}

async function appFiles(): Promise<BenchFile[]> {
  const maplibre = dirname(fileURLToPath(import.meta.resolve('maplibre-gl')))
  const names = ['maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl.css']
  const taken = names.map(async (name) => ({
    path: `lib/${name}`,
    bytes: await readFile(join(maplibre, name)),
  }))
  const texts: Record<string, string> = {
    'app.json': '{}',
    'index.html':
      '<!doctype html><link rel="stylesheet" href="lib/maplibre-gl.css"><script type="module" src="main.js"></script>',
    'main.js': `import { Map } from './lib/maplibre-gl.mjs'\n${moduleNames.map((name) => `import './${name}'\n`).join('')}new Map({ container: 'map' })\n`,
    ...Object.fromEntries(moduleNames.map((name, index) => [name, moduleText(index)])),
  }
  const own = Object.entries(texts).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))
  return [...own, ...(await Promise.all(taken))]
}

const moduleNames = Array.from({ length: MODULES }, (_, index) => `tools/tool-${index}.js`)

const moduleText = (index: number): string =>
  Array.from(
    { length: 50 },
    (_, line) =>
      `export function step${line}(argument) { return globalThis.tool${index}?.(argument, ${line}) }\n`,
  ).join('')

/** MapLibre asks for its own address, so that it stays a file of its own there, too. */
async function optimizeInNode(files: readonly BenchFile[]): Promise<void> {
  const text = (path: string) => new TextDecoder().decode(files.find((file) => file.path === path)!.bytes)
  const { outputFiles } = await build({
    entryPoints: files.map(({ path }) => path).filter((path) => /^(?!tools).*\.(?:m?js|css)$/.test(path)),
    ...{ bundle: true, minify: true, write: false, format: 'esm', outdir: '/', logLevel: 'silent' },
    plugins: [
      {
        name: 'files',
        setup(builder) {
          builder.onResolve({ filter: /.*/ }, ({ path, kind }) =>
            kind !== 'entry-point' && !path.startsWith('./tools/')
              ? { path, external: true }
              : { path: path.replace(/^\.\//, ''), namespace: 'app' },
          )
          builder.onLoad({ filter: /.*/, namespace: 'app' }, ({ path }) => ({
            contents: text(path),
            loader: path.endsWith('.css') ? 'css' : 'js',
          }))
        },
      },
    ],
  })
  for (const { contents } of outputFiles) for (const coding of CODINGS) compressed(contents, coding)
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
