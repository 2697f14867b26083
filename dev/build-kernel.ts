import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = 'assembly/kernel.ts'
const OUTPUT = `${ROOT}build/kernel.wasm`
const STAMP = `${OUTPUT}.sha256`
/** Pages of 64 KiB; must hold the layout of src/geo/warp/wasm-kernel.ts. */
const MEMORY_PAGES = 256

const OPTIONS = [
  '-O3',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--initialMemory',
  String(MEMORY_PAGES),
  '--maximumMemory',
  String(MEMORY_PAGES),
]

/**
 * Compiles the SIMD part of the warp kernel to `build/kernel.wasm`, unless the file there was made from the same
 * source, options and compiler.
 *
 * @throws Error with the compiler's messages
 */
export async function buildKernel(): Promise<void> {
  const compiler = dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json'))
  const stamp = createHash('sha256')
    .update(JSON.stringify(OPTIONS))
    .update(await readFile(join(compiler, 'package.json')))
    .update(await readFile(ROOT + SOURCE))
    .digest('hex')
  const previous = await readFile(STAMP, 'utf8').catch(() => '')
  if (previous === stamp && existsSync(OUTPUT)) return
  await mkdir(`${ROOT}build`, { recursive: true })
  // A process that builds at the same time writes the same bytes; the rename keeps readers from half a file.
  const temporary = `build/kernel.${process.pid}.wasm`
  const asc = join(compiler, 'bin', 'asc.js')
  await promisify(execFile)(process.execPath, [asc, SOURCE, '--outFile', temporary, ...OPTIONS], {
    cwd: ROOT,
  }).catch((error) => {
    throw new Error(`${SOURCE} does not compile:\n${error.stderr}`)
  })
  await rename(ROOT + temporary, OUTPUT)
  await writeFile(STAMP, stamp)
}

if (import.meta.main) await buildKernel()
