/** Where decoded bytes go. A write is awaited before the next one: that is the back-pressure. */
export interface ByteSink {
  write(chunk: Uint8Array): Promise<void>
}

/** A chunk larger than this is cut before it is decoded, so that no output buffer outgrows it. */
export const PIECE_MAX_BYTES = 64 * 1024

/** Yields `chunk` in pieces of at most `PIECE_MAX_BYTES` bytes; the pieces share the chunk's memory. */
export function* pieces(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < chunk.length; start += PIECE_MAX_BYTES) {
    yield chunk.subarray(start, start + PIECE_MAX_BYTES)
  }
}
