import { crc32 } from './crc32.ts'
import { FormatError } from './format-error.ts'
import { transformOnDemand } from './transform-on-demand.ts'

/** A file to be put into an archive. */
export interface ZipMember {
  /** Path in the archive. */
  name: string
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

interface WrittenMember {
  name: Uint8Array
  crc32: number
  packedSize: number
  size: number
  offset: number
}

const VERSION = 20
/** Sizes follow the data; names are UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
/** The first day that the format can tell: nothing is known of the members' own times. */
const DATE = (1 << 5) | 1
const MAX_BYTES = 0xffffffff

/**
 * A zip archive (PKWARE APPNOTE 6.3) as it is made, its members deflated one after the other.
 * @throws FormatError `too-large` for one of 4 GiB and more
 */
export async function* zipArchive(
  members: Iterable<ZipMember> | AsyncIterable<ZipMember>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const written: WrittenMember[] = []
  let at = 0
  const counted = (bytes: Uint8Array): Uint8Array => {
    at += bytes.length
    if (at > MAX_BYTES) throw new FormatError('too-large', 'the archive has 4 GiB or more')
    return bytes
  }
  for await (const { name, chunks } of members) {
    const member = { name: new TextEncoder().encode(name), crc32: 0, packedSize: 0, size: 0, offset: at }
    yield counted(localHeader(member))
    const start = at
    for await (const packed of transformOnDemand(
      new CompressionStream('deflate-raw'),
      summed(chunks, member),
    ))
      yield counted(packed)
    if (member.size > MAX_BYTES) throw new FormatError('too-large', `the file ${name} has 4 GiB or more`)
    member.packedSize = at - start
    yield counted(dataDescriptor(member))
    written.push(member)
  }
  const directory = written.map(directoryEntry)
  const directoryAt = at
  for (const entry of directory) yield counted(entry)
  yield endOfDirectory(written.length, at - directoryAt, directoryAt)
}

async function* summed(
  chunks: ZipMember['chunks'],
  member: WrittenMember,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    member.crc32 = crc32(chunk, member.crc32)
    member.size += chunk.length
    yield chunk
  }
}

/** Numbers of two or four bytes, little endian, by turns with their sizes, and a name behind them. */
function record(fields: readonly (readonly [bytes: 2 | 4, value: number])[], name?: Uint8Array): Uint8Array {
  const length = fields.reduce((sum, [bytes]) => sum + bytes, 0)
  const bytes = new Uint8Array(length + (name?.length ?? 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  if (name) bytes.set(name, at)
  return bytes
}

const localHeader = ({ name }: WrittenMember): Uint8Array =>
  record(
    [
      [4, 0x04034b50],
      [2, VERSION],
      [2, FLAGS],
      [2, DEFLATED],
      [2, 0],
      [2, DATE],
      [4, 0],
      [4, 0],
      [4, 0],
      [2, name.length],
      [2, 0],
    ],
    name,
  )

const dataDescriptor = (member: WrittenMember): Uint8Array =>
  record([
    [4, 0x08074b50],
    [4, member.crc32],
    [4, member.packedSize],
    [4, member.size],
  ])

const directoryEntry = (member: WrittenMember): Uint8Array =>
  record(
    [
      [4, 0x02014b50],
      [2, VERSION],
      [2, VERSION],
      [2, FLAGS],
      [2, DEFLATED],
      [2, 0],
      [2, DATE],
      [4, member.crc32],
      [4, member.packedSize],
      [4, member.size],
      [2, member.name.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, member.offset],
    ],
    member.name,
  )

const endOfDirectory = (count: number, size: number, offset: number): Uint8Array =>
  record([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, offset],
    [2, 0],
  ])
