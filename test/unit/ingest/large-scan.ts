import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { recodeWithGdal } from './images.ts'
import { HAAS_PATH, roomyGdal } from './tools.ts'

const CACHE_DIR = new URL('../../../build/', import.meta.url)
const CACHE_FILE = new URL('haas-12000x2304.jpg', CACHE_DIR)

/**
 * The Haas map enlarged to 12000x2304 as a baseline JPEG; made once, then kept under build/. GDAL's encoder
 * holds all coefficients of the picture, 83 MB here, to find the best Huffman codes.
 */
export async function largeScanBytes(): Promise<Uint8Array> {
  if (!existsSync(CACHE_FILE)) {
    const haas = new Uint8Array(await readFile(HAAS_PATH))
    const args = ['-outsize', '12000', '2304', '-r', 'nearest', '-co', 'QUALITY=85']
    const bytes = recodeWithGdal(await roomyGdal(1024), haas, 'JPEG', 'JPEG', args)
    await mkdir(CACHE_DIR, { recursive: true })
    const partial = new URL(`haas-${process.pid}.partial`, CACHE_DIR)
    await writeFile(partial, bytes)
    await rename(partial, CACHE_FILE)
  }
  return new Uint8Array(await readFile(CACHE_FILE))
}
