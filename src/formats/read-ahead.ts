import type { ByteSource } from './probe/byte-source.ts'

/** How much one read of the source fetches, at least. */
const WINDOW_BYTES = 1024 * 1024

/** A source that is read from beginning to end in small pieces, so that it is asked for larger ones. */
export function readAhead(source: ByteSource): ByteSource {
  const { size } = source
  let start = 0
  let window: Uint8Array = new Uint8Array(0)
  return {
    size,
    async read(offset, length) {
      if (offset < start || offset + length > start + window.length) {
        window = await source.read(offset, Math.min(Math.max(length, WINDOW_BYTES), size - offset))
        start = offset
      }
      return window.subarray(offset - start, offset - start + length)
    },
  }
}
