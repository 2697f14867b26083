/**
 * Makes `build/gdal-glue.mjs` and `build/gdal.wasm` out of the gdal3.js package, so that GDAL runs inside
 * workerd: the Emscripten glue must not take its Node branch, must be an ES module, and the memory section
 * of the wasm module must start small and end at a bound that fits beside everything else in an isolate.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WASM_MEMORY_MAX_MIB, WASM_MEMORY_MIN_MIB } from '../src/formats/gdal/limits.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const buildDir = join(root, 'build')

/** Where the built glue (an ES module whose default export is the Emscripten factory) lies. */
export const GDAL_GLUE_PATH = join(buildDir, 'gdal-glue.mjs')
/** Where the rewritten wasm module lies. */
export const GDAL_WASM_PATH = join(buildDir, 'gdal.wasm')

/** Text to be found exactly once in the package's glue, and what takes its place. */
const GLUE_PATCHES: [found: string, put: string][] = [
  [
    'var ENVIRONMENT_IS_NODE=typeof process=="object"&&typeof process.versions=="object"&&typeof process.versions.node=="string";',
    'var ENVIRONMENT_IS_NODE=false;',
  ],
  [
    "if (typeof exports === 'object' && typeof module === 'object')\n  module.exports = CModule;\nelse if (typeof define === 'function' && define['amd'])\n  define([], () => CModule);",
    'export default CModule;',
  ],
  // The Node branches are dead now, but bundlers still follow their requires.
  ['var fs=require("fs");var nodePath=require("path");', 'var fs,nodePath;'],
  ['require("fs").readFile(', 'fs.readFile('],
  ['require("crypto")', 'undefined'],
]

/**
 * The package's glue as an ES module for workerd and Node alike.
 * @throws Error when a piece of text to be replaced is not there exactly once (another gdal3.js version).
 */
export function patchGlue(source: string): string {
  let text = source
  for (const [found, put] of GLUE_PATCHES) {
    const count = text.split(found).length - 1
    if (count !== 1)
      throw new Error(`gdal3.js glue: expected exactly one ${JSON.stringify(found)}, found ${count}`)
    text = text.replace(found, () => put)
  }
  return text
}

function readVarUint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let shift = 0, next = at; shift < 35; shift += 7) {
    const byte = bytes[next++]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, next }
  }
  throw new Error(`wasm: bad LEB128 number at byte ${at}`)
}

function varUint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return bytes
}

/**
 * A wasm module with the limits of its one memory replaced; sizes in MiB.
 * The format is that of the WebAssembly core specification, section 5.5.8.
 * @throws Error when the bytes are not a wasm module or declare no memory or several.
 */
export function capMemory(wasm: Uint8Array, minMib: number, maxMib: number): Uint8Array {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  if (magic.some((byte, i) => wasm[i] !== byte)) throw new Error('wasm: not a version 1 module')
  const memorySection = 5
  for (let at = magic.length; at < wasm.length; ) {
    const { value: length, next: body } = readVarUint(wasm, at + 1)
    if (wasm[at] !== memorySection) {
      at = body + length
      continue
    }
    if (wasm[body] !== 1) throw new Error(`wasm: expected exactly one memory, found ${wasm[body]}`)
    const hasMaximum = 1
    const limits = [1, hasMaximum, ...varUint(minMib * 16), ...varUint(maxMib * 16)]
    const section = [memorySection, ...varUint(limits.length), ...limits]
    const out = new Uint8Array(at + section.length + wasm.length - (body + length))
    out.set(wasm.subarray(0, at))
    out.set(section, at)
    out.set(wasm.subarray(body + length), at + section.length)
    return out
  }
  throw new Error('wasm: no memory section')
}

/** Writes a file that nobody reads half written. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  await writeFile(partial, content)
  await rename(partial, path)
}

/** Writes the glue and the wasm module into `build/`, unless they were made from the same inputs already. */
export async function buildGdal(): Promise<void> {
  const require = createRequire(import.meta.url)
  const packageDir = dirname(require.resolve('gdal3.js/package.json'))
  const glue = await readFile(join(packageDir, 'build/package/gdal3WebAssembly.js'), 'utf8')
  const wasm = await readFile(join(packageDir, 'dist/package/gdal3WebAssembly.wasm'))
  const recipe = await readFile(fileURLToPath(import.meta.url))
  const hash = createHash('sha256').update(glue).update(wasm).update(recipe)
  const stamp = hash.update(`${WASM_MEMORY_MIN_MIB} ${WASM_MEMORY_MAX_MIB}`).digest('hex')
  const stampPath = join(buildDir, 'gdal.stamp')
  const outputsExist = existsSync(GDAL_GLUE_PATH) && existsSync(GDAL_WASM_PATH) && existsSync(stampPath)
  if (outputsExist && (await readFile(stampPath, 'utf8')) === stamp) return
  await mkdir(buildDir, { recursive: true })
  await writeWhole(GDAL_GLUE_PATH, patchGlue(glue))
  await writeWhole(GDAL_WASM_PATH, capMemory(wasm, WASM_MEMORY_MIN_MIB, WASM_MEMORY_MAX_MIB))
  await writeWhole(stampPath, stamp)
}

if (import.meta.main) await buildGdal()
