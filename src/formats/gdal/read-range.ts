import { FormatError } from '../format-error.ts'
import type { ByteSource } from '../probe/byte-source.ts'

const READ_BYTES = 2 ** 20

/**
 * Fills `target` with the source's bytes from `offset` on, a piece at a time.
 * @throws FormatError `truncated` when the source ends before
 */
export async function readRange(source: ByteSource, offset: number, target: Uint8Array): Promise<void> {
  for (let at = 0; at < target.length; ) {
    const part = await source.read(offset + at, Math.min(READ_BYTES, target.length - at))
    if (part.length === 0)
      throw new FormatError('truncated', `the source ends at byte ${offset + at} of ${source.size}`)
    target.set(part, at)
    at += part.length
  }
}
