/** Random access to bytes that are had without waiting. */
export interface SyncByteSource {
  readonly size: number
  /** Fills `target` with the bytes from `offset` on. @returns how many there were; fewer only where the source ends */
  read(offset: number, target: Uint8Array): number
}

/** A source that can be written as well, at any place. */
export interface SyncByteFile extends SyncByteSource {
  /** A gap between the end and `offset` is zeros. */
  write(offset: number, bytes: Uint8Array): void
  truncate(size: number): void
}

/** A source over bytes in memory. */
export function memorySyncSource(bytes: Uint8Array): SyncByteSource {
  return {
    size: bytes.length,
    read(offset, target) {
      const part = bytes.subarray(offset, offset + target.length)
      target.set(part)
      return part.length
    },
  }
}
