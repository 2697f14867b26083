import { deflateRawSync } from 'node:zlib'
import { crc32 } from '../../src/formats/crc32.ts'

export interface ZippedFile {
  path: string
  bytes: Uint8Array
  /** 8 (deflated) unless given; any other method's bytes are put in as they are. */
  method?: number
  /** General purpose flags, as APPNOTE 4.4.4 numbers them. */
  flags?: number
  /** As Unix has it, with the kind of file. */
  mode?: number
  /** What the headers say, in the place of what is so. */
  claims?: { size?: number; packedSize?: number; crc32?: number }
}

const UTF8_NAMES = 1 << 11
const MADE_ON_UNIX = (3 << 8) | 20

/** A zip archive of these files, written by the book (APPNOTE 6.3), but for what the files claim. */
export function zipFile(files: readonly ZippedFile[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { path, bytes, method = 8, flags = 0, mode = 0, claims = {} } of files) {
    const name = new TextEncoder().encode(path)
    const packed = method === 8 ? deflateRawSync(bytes) : bytes
    const common = [
      [2, 20],
      [2, flags | UTF8_NAMES],
      [2, method],
      [4, 0],
      [4, claims.crc32 ?? crc32(bytes)],
      [4, claims.packedSize ?? packed.length],
      [4, claims.size ?? bytes.length],
      [2, name.length],
      [2, 0],
    ] as const
    const local = [record(0x04034b50, common), name, packed]
    directory.push(
      record(0x02014b50, [
        [2, mode === 0 ? 20 : MADE_ON_UNIX],
        ...common,
        [2, 0],
        [2, 0],
        [2, 0],
        [4, (mode << 16) >>> 0],
        [4, offset],
      ]),
      name,
    )
    parts.push(...local)
    offset += sizeOf(local)
  }
  const end = record(0x06054b50, [
    [4, 0],
    [2, files.length],
    [2, files.length],
    [4, sizeOf(directory)],
    [4, offset],
    [2, 0],
  ])
  return joined([...parts, ...directory, end])
}

/** A signature and little-endian numbers of the given sizes in bytes. */
function record(signature: number, fields: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, signature, true)
  let at = 4
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOf(parts))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
