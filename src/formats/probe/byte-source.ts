/** Random access to bytes that lie somewhere: an object in a bucket, a file, memory. */
export interface ByteSource {
  /** Number of bytes there are. */
  readonly size: number
  /** Reads `length` bytes from `offset`; fewer only where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** A source over bytes in memory; what it hands out are views, not copies. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
}
