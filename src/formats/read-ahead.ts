import type { ByteSource } from './probe/byte-source.ts'

/** How much one read of the source fetches, at least; it is held. */
export const READ_AHEAD_BYTES = 8 * 1024 * 1024

/** A source that is read from beginning to end in small pieces, so that it is asked for larger ones. */
export function readAhead(source: ByteSource): ByteSource {
  const { size } = source
  let start = 0
  let window: Uint8Array = new Uint8Array(0)
  return {
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size)
      if (end <= offset) return new Uint8Array(0)
      if (offset < start || end > start + window.length) {
        window = await source.read(offset, Math.min(Math.max(length, READ_AHEAD_BYTES), size - offset))
        start = offset
      }
      return window.subarray(offset - start, end - start)
    },
  }
}
