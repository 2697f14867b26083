import type { ByteSource } from '../probe/byte-source.ts'
import type { GifInfo } from '../probe/image-info.ts'
import { readRange } from './read-range.ts'

const TRAILER = 0x3b

/**
 * A GIF with nothing but the first frame of another: its head, that frame, the trailer. The decoder is spared further
 * frames, which it would all hold decoded, and extensions.
 * @throws FormatError `truncated`
 */
export async function readFirstFrame(source: ByteSource, { headBytes, frame }: GifInfo): Promise<Uint8Array> {
  const bytes = new Uint8Array(headBytes + frame.byteSize + 1)
  await readRange(source, 0, bytes.subarray(0, headBytes))
  await readRange(source, frame.offset, bytes.subarray(headBytes, -1))
  bytes[bytes.length - 1] = TRAILER
  return bytes
}
