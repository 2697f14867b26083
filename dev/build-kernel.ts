import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

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
  const stamp = createHash('sha256')
    .update(JSON.stringify([OPTIONS, asc.version]))
    .update(await readFile(ROOT + SOURCE))
    .digest('hex')
  const [previous, built] = await Promise.all([
    readFile(STAMP, 'utf8').catch(() => ''),
    readFile(OUTPUT).catch(() => null),
  ])
  if (built && previous === stamp) return
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main([SOURCE, '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name) => readFile(ROOT + name, 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') binary = contents as Uint8Array
    },
    listFiles: () => [],
  })
  if (error || !binary) throw new Error(`${SOURCE} does not compile:\n${stderr.toString()}`)
  await mkdir(`${ROOT}build`, { recursive: true })
  // A process that builds at the same time writes the same bytes; the rename keeps readers from half a file.
  const temporary = `${OUTPUT}.${process.pid}`
  await writeFile(temporary, binary)
  await rename(temporary, OUTPUT)
  await writeFile(STAMP, stamp)
}

if (import.meta.main) await buildKernel()
