/** JPEG, PNG and WebP over pixels in memory: the @jsquash codecs, bound to wasm modules that the caller loads. */
import decodeJpeg, { init as initJpegDecoder } from '@jsquash/jpeg/decode.js'
import decodePng, { init as initPngDecoder } from '@jsquash/png/decode.js'
import encodePng, { init as initPngEncoder } from '@jsquash/png/encode.js'
import decodeWebp, { init as initWebpDecoder } from '@jsquash/webp/decode.js'
import encodeWebp, { init as initWebpEncoder } from '@jsquash/webp/encode.js'
import type { PyramidInfo } from './pyramid-info.ts'

/** Pixels row by row, four bytes each: red, green, blue and alpha that is not premultiplied. */
export interface RgbaImage {
  width: number
  height: number
  data: Uint8Array | Uint8ClampedArray
}

/** The compiled wasm files of the @jsquash packages. */
export interface CodecModules {
  /** `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm` */
  jpegDecoder: WebAssembly.Module
  /** `@jsquash/png/codec/pkg/squoosh_png_bg.wasm` */
  png: WebAssembly.Module
  /** `@jsquash/webp/codec/dec/webp_dec.wasm` */
  webpDecoder: WebAssembly.Module
  /** `@jsquash/webp/codec/enc/webp_enc_simd.wasm` */
  webpEncoder: WebAssembly.Module
}

export interface RasterCodecs {
  /** @throws Error when the bytes are not of that format */
  decode(format: PyramidInfo['tileFormat'], bytes: Uint8Array): Promise<RgbaImage>
  encodePng(image: RgbaImage): Promise<Uint8Array<ArrayBuffer>>
  /** Lossy colours, lossless alpha, in the encoder's fastest method. `quality` 0..100, 80 when left out. */
  encodeWebp(image: RgbaImage, quality?: number): Promise<Uint8Array<ArrayBuffer>>
  /** Every visible pixel comes back as it was. */
  encodeLosslessWebp(image: RgbaImage): Promise<Uint8Array<ArrayBuffer>>
}

/** The package's types leave out that `init` takes a compiled module. */
type Init = (module: WebAssembly.Module) => Promise<unknown>

/** The package's types name `ImageData`, which only browsers have; plain objects of its shape do. */
type Encode = (
  image: RgbaImage,
  options?: { quality?: number; method?: number; lossless?: 0 | 1 },
) => Promise<ArrayBuffer>

/** What the codecs expect of a browser and workerd does not have. */
class PlainImageData {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }
}

/** Of 100. */
const LOSSLESS_EFFORT = 20

/** Starts the codecs. They are one to an isolate: a second call replaces the first one's instances. */
export async function loadCodecs(modules: CodecModules): Promise<RasterCodecs> {
  const scope = globalThis as { ImageData?: unknown }
  scope.ImageData ??= PlainImageData
  await Promise.all([
    (initJpegDecoder as Init)(modules.jpegDecoder),
    (initPngDecoder as Init)(modules.png),
    (initPngEncoder as Init)(modules.png),
    (initWebpDecoder as Init)(modules.webpDecoder),
    (initWebpEncoder as Init)(modules.webpEncoder),
  ])
  const decoders = { jpeg: decodeJpeg, png: decodePng, webp: decodeWebp }
  return {
    decode: (format, bytes) => decoders[format](exactBuffer(bytes)),
    async encodePng(image) {
      // The PNG encoder takes the whole buffer behind the pixels.
      const data = new Uint8ClampedArray(exactBuffer(image.data))
      return new Uint8Array(await (encodePng as Encode)({ width: image.width, height: image.height, data }))
    },
    async encodeWebp(image, quality = 80) {
      return new Uint8Array(await (encodeWebp as Encode)(image, { quality, method: 0 }))
    },
    async encodeLosslessWebp(image) {
      return new Uint8Array(
        await (encodeWebp as Encode)(image, { quality: LOSSLESS_EFFORT, method: 0, lossless: 1 }),
      )
    },
  }
}

/** Decodes a whole JPEG. @throws Error when the bytes are none */
export type JpegDecoder = (bytes: Uint8Array) => Promise<RgbaImage>

/**
 * The JPEG decoder alone.
 * @param module `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm`, compiled
 */
export async function loadJpegDecoder(module: WebAssembly.Module): Promise<JpegDecoder> {
  const scope = globalThis as { ImageData?: unknown }
  scope.ImageData ??= PlainImageData
  await (initJpegDecoder as Init)(module)
  return (bytes) => decodeJpeg(exactBuffer(bytes))
}

/** The buffer behind a view, copied where the view is only a part of it. */
function exactBuffer(view: Uint8Array | Uint8ClampedArray): ArrayBuffer {
  const isWhole = view.byteOffset === 0 && view.byteLength === view.buffer.byteLength
  return (isWhole ? view.buffer : view.slice().buffer) as ArrayBuffer
}
