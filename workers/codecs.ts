import jpegDecoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import * as pngFile from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm'
import webpDecoder from '@jsquash/webp/codec/dec/webp_dec.wasm'
import webpEncoder from '@jsquash/webp/codec/enc/webp_enc_simd.wasm'
import { loadCodecs, type RasterCodecs } from '../src/formats/codecs.ts'

/** The package's types describe the exports of an instance; what a Worker imports is the compiled module. */
const png = (pngFile as unknown as { default: WebAssembly.Module }).default

let ready: Promise<RasterCodecs> | null = null

/** The image codecs of this isolate, made ready once. */
export function rasterCodecs(): Promise<RasterCodecs> {
  ready ??= loadCodecs({ jpegDecoder, png, webpDecoder, webpEncoder })
  return ready
}
