/**
 * Makes `build/esbuild-glue.mjs` and `build/esbuild.wasm` out of the esbuild-wasm package, so that esbuild runs inside
 * workerd: without a Worker made of a Blob, any number of times a process, within a bounded memory, and so that whoever
 * waits for it hears when it has come to its end.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  ESBUILD_HEAP_TARGET_MIB,
  ESBUILD_MEMORY_MAX_MIB,
  ESBUILD_MEMORY_MIN_MIB,
} from '../src/formats/esbuild/limits.ts'
import { capMemory, writeWhole } from './build-gdal.ts'

const buildDir = fileURLToPath(new URL('../build', import.meta.url))
const GLUE_PATH = join(buildDir, 'esbuild-glue.mjs')
const WASM_PATH = join(buildDir, 'esbuild.wasm')

const ENVIRONMENT = JSON.stringify({ GOMEMLIMIT: `${ESBUILD_HEAP_TARGET_MIB}MiB` })

/** Text to be found exactly once in the package's glue, and what takes its place. */
const GLUE_PATCHES: [found: string, put: string][] = [
  [
    'worker = new Worker(URL.createObjectURL(blob));',
    'throw new Error("a thread of its own cannot be had here");',
  ],
  ['go.argv = ["", `--service=', `go.env = ${ENVIRONMENT};\n        go.argv = ["", \`--service=`],
  // The first line that it writes on its way out says why.
  [
    'if (parts.length > 1) console.log(parts.slice(0, -1).join("\\n"));',
    'if (stderr) go.failure ??= parts[0];',
  ],
  [
    'go = onmessage({ data });',
    `const isNew = !go;
          go = onmessage({ data });
          if (isNew) go.exit = () => {
            for (const timeout of go._scheduledTimeouts.values()) clearTimeout(timeout);
            rejectAllWith(new Error(go.failure ?? "esbuild has ended"));
          };`,
  ],
  ['throw new Error("Go program has already exited");', 'return;'],
  [
    'this._inst.exports.resume();',
    `try {
              this._inst.exports.resume();
            } catch (error) {
              this.exited = true;
              this.failure ??= String(error);
              this.exit();
            }`,
  ],
  // One service a call, and nothing that all of them share.
  ['longLivedService = {\n    build:', 'return {\n    stop: () => worker.terminate(),\n    build:'],
  ['var browser_default = browser_exports;', ''],
  ['  browser_default as default,\n', '  startRunningService,\n'],
]

/**
 * The package's glue as it is wanted.
 * @throws Error when a piece of text to be replaced is not there exactly once (another esbuild-wasm version)
 */
export function patchGlue(source: string): string {
  // A copy of the whole glue as a string, for the Worker that is not made.
  let text = source.replace(/\n *let blob = new Blob\(.*/, '')
  for (const [found, put] of GLUE_PATCHES) {
    const count = text.split(found).length - 1
    if (count !== 1)
      throw new Error(`esbuild-wasm glue: expected exactly one ${JSON.stringify(found)}, found ${count}`)
    text = text.replace(found, () => put)
  }
  // Node has no such name.
  return `const self = globalThis;\n${text}`
}

/** Writes the glue and the wasm module into `build/`, unless they were made from the same inputs already. */
export async function buildEsbuild(): Promise<void> {
  const packageDir = dirname(createRequire(import.meta.url).resolve('esbuild-wasm/package.json'))
  const glue = await readFile(join(packageDir, 'esm/browser.js'), 'utf8')
  const wasm = await readFile(join(packageDir, 'esbuild.wasm'))
  const recipe = await readFile(fileURLToPath(import.meta.url))
  const memory = `${ESBUILD_MEMORY_MIN_MIB} ${ESBUILD_MEMORY_MAX_MIB} ${ENVIRONMENT}`
  const stamp = createHash('sha256').update(glue).update(wasm).update(recipe).update(memory).digest('hex')
  const stampPath = join(buildDir, 'esbuild.stamp')
  const outputsExist = existsSync(GLUE_PATH) && existsSync(WASM_PATH) && existsSync(stampPath)
  if (outputsExist && (await readFile(stampPath, 'utf8')) === stamp) return
  await mkdir(buildDir, { recursive: true })
  await writeWhole(GLUE_PATH, patchGlue(glue))
  await writeWhole(WASM_PATH, capMemory(wasm, ESBUILD_MEMORY_MIN_MIB, ESBUILD_MEMORY_MAX_MIB))
  await writeWhole(stampPath, stamp)
}

if (import.meta.main) await buildEsbuild()
