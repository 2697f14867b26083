import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { buildGdal, capMemory, GDAL_GLUE_PATH, GDAL_WASM_PATH } from '../../../dev/build-gdal.ts'
import { type CodecModules, loadCodecs, type RasterCodecs } from '../../../src/formats/codecs.ts'
import { type Gdal, openGdal } from '../../../src/formats/gdal/module.ts'

const require = createRequire(import.meta.url)

let gdalParts: Promise<{ glue: unknown; wasmModule: WebAssembly.Module }> | undefined

async function loadGdalParts() {
  await buildGdal()
  const { default: glue } = (await import(GDAL_GLUE_PATH)) as { default: unknown }
  return { glue, wasmModule: await WebAssembly.compile(await readFile(GDAL_WASM_PATH)) }
}

/** A fresh GDAL with the capped memory; the wasm module is compiled once a process. */
export async function freshGdal(): Promise<Gdal> {
  gdalParts ??= loadGdalParts()
  return openGdal(await gdalParts)
}

/** A GDAL that may take as much memory as it is told. */
export async function roomyGdal(memoryMaxMib: number): Promise<Gdal> {
  gdalParts ??= loadGdalParts()
  const { glue } = await gdalParts
  const wasm = capMemory(await readFile(GDAL_WASM_PATH), 8, memoryMaxMib)
  return openGdal({ glue, wasmModule: await WebAssembly.compile(wasm) })
}

const compile = async (file: string) =>
  WebAssembly.compile(await readFile(require.resolve(`@jsquash/${file}`)))

export async function testCodecs(): Promise<RasterCodecs> {
  const modules: CodecModules = {
    jpegDecoder: await compile('jpeg/codec/dec/mozjpeg_dec.wasm'),
    png: await compile('png/codec/pkg/squoosh_png_bg.wasm'),
    webpDecoder: await compile('webp/codec/dec/webp_dec.wasm'),
    webpEncoder: await compile('webp/codec/enc/webp_enc_simd.wasm'),
  }
  return loadCodecs(modules)
}

export const HAAS_PATH = new URL('../../fixtures/haas-1798.jpg', import.meta.url)
