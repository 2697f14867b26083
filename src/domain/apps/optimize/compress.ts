import { Readable } from 'node:stream'
import { brotliCompressSync, constants, createBrotliCompress, createGzip, gzipSync } from 'node:zlib'
import { BEST_COMPRESSION_MAX_BYTES, COMPRESSED_MIN_BYTES, COMPRESSION_GAIN_MIN } from './limits.ts'

/** How files are compressed, by the names of content codings. */
export const CODINGS = ['gzip', 'br'] as const
export type Coding = (typeof CODINGS)[number]

const GZIP_LEVEL = 9
const BROTLI_BEST = 11
const BROTLI_QUICK = 9
/** Memory of the compressor grows with it: 2^20 bytes and some times as much. */
const BROTLI_WINDOW_BITS = 20

const brotliOptions = (byteSize: number) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: byteSize <= BEST_COMPRESSION_MAX_BYTES ? BROTLI_BEST : BROTLI_QUICK,
    [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: byteSize,
  },
})

/** Whether it is worth to keep a compressed file. */
export const isGain = (byteSize: number, compressedSize: number): boolean =>
  compressedSize <= byteSize * (1 - COMPRESSION_GAIN_MIN)

/** Bytes compressed; null where that gains nothing. */
export function compressed(bytes: Uint8Array, coding: Coding): Uint8Array | null {
  if (bytes.length < COMPRESSED_MIN_BYTES) return null
  const made =
    coding === 'br'
      ? brotliCompressSync(bytes, brotliOptions(bytes.length))
      : gzipSync(bytes, { level: GZIP_LEVEL })
  return isGain(bytes.length, made.length) ? made : null
}

/** Bytes compressed as they come, the next taken when those before have been. */
export function compressedStream(
  chunks: AsyncIterable<Uint8Array>,
  byteSize: number,
  coding: Coding,
): AsyncIterable<Uint8Array> {
  const source = Readable.from(chunks)
  const encoder =
    coding === 'br' ? createBrotliCompress(brotliOptions(byteSize)) : createGzip({ level: GZIP_LEVEL })
  source.on('error', (error) => encoder.destroy(error))
  return source.pipe(encoder)
}
