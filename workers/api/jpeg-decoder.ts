import jpegDecoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import { type JpegDecoder, loadJpegDecoder } from '../../src/formats/codecs.ts'

let ready: Promise<JpegDecoder> | null = null

/** Decodes a JPEG; the decoder is made ready by the first. */
export const decodeJpeg: JpegDecoder = async (bytes) => {
  ready ??= loadJpegDecoder(jpegDecoder)
  return (await ready)(bytes)
}
