import { crc32 } from './crc32.ts'
import { FormatError } from './format-error.ts'
import { transformOnDemand } from './transform-on-demand.ts'

/** A file to be put into an archive. */
export interface ZipMember {
  /** Path in the archive. */
  name: string
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** What is known of its bytes before they are read; it is put in as it is then, not deflated. */
  known?: { size: number; crc32: number }
  /** Without one, the first day that the format can tell. */
  modifiedAt?: Date
}

interface WrittenMember {
  name: Uint8Array
  flags: number
  method: number
  /** Time and date of MS-DOS. */
  time: number
  date: number
  crc32: number
  packedSize: number
  size: number
  offset: number
}

const VERSION = 20
const UTF8_NAMES = 0x0800
const SIZES_FOLLOW = 0x0008
const STORED = 0
const DEFLATED = 8
const FIRST_YEAR = 1980
const LAST_YEAR = 2107
const MAX_BYTES = 0xffffffff
const LOCAL_HEADER_BYTES = 30
const DIRECTORY_ENTRY_BYTES = 46
const END_OF_DIRECTORY_BYTES = 22

/** Bytes of the archive that `zipArchive` makes of members that are known. */
export const knownArchiveBytes = (members: readonly { name: string; known: { size: number } }[]): number =>
  members.reduce(
    (sum, { name, known }) =>
      sum +
      LOCAL_HEADER_BYTES +
      DIRECTORY_ENTRY_BYTES +
      2 * new TextEncoder().encode(name).length +
      known.size,
    END_OF_DIRECTORY_BYTES,
  )

/**
 * A zip archive (PKWARE APPNOTE 6.3) as it is made, its members one after the other: deflated, or as they are where they are
 * known.
 * @throws FormatError `too-large` for one of 4 GiB and more; `bad-member` where the bytes of a known member are others
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
  for await (const { name, chunks, known, modifiedAt } of members) {
    const member: WrittenMember = {
      name: new TextEncoder().encode(name),
      flags: known ? UTF8_NAMES : UTF8_NAMES | SIZES_FOLLOW,
      method: known ? STORED : DEFLATED,
      ...momentOf(modifiedAt),
      ...{ crc32: 0, packedSize: 0, size: 0, offset: at },
    }
    yield counted(localHeader({ ...member, ...known, packedSize: known?.size ?? 0 }))
    const start = at
    const bytes = summed(chunks, member)
    const packed = known ? bytes : transformOnDemand(new CompressionStream('deflate-raw'), bytes)
    for await (const piece of packed) yield counted(piece)
    if (member.size > MAX_BYTES) throw new FormatError('too-large', `the file ${name} has 4 GiB or more`)
    member.packedSize = at - start
    if (known && (member.size !== known.size || member.crc32 !== known.crc32))
      throw new FormatError('bad-member', `the bytes of the file ${name} are not those it was said to have`)
    if (!known) yield counted(dataDescriptor(member))
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

/** When a member was changed last, as MS-DOS has it, in UTC: two seconds are one, and years end in 2107. */
function momentOf(modifiedAt: Date | undefined): Pick<WrittenMember, 'time' | 'date'> {
  const year = modifiedAt?.getUTCFullYear() ?? 0
  if (!modifiedAt || !(year >= FIRST_YEAR)) return { time: 0, date: (1 << 5) | 1 }
  const time =
    (modifiedAt.getUTCHours() << 11) | (modifiedAt.getUTCMinutes() << 5) | (modifiedAt.getUTCSeconds() >> 1)
  const day = ((modifiedAt.getUTCMonth() + 1) << 5) | modifiedAt.getUTCDate()
  return { time, date: ((Math.min(year, LAST_YEAR) - FIRST_YEAR) << 9) | day }
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

const localHeader = (member: WrittenMember): Uint8Array =>
  record(
    [
      [4, 0x04034b50],
      [2, VERSION],
      [2, member.flags],
      [2, member.method],
      [2, member.time],
      [2, member.date],
      [4, member.crc32],
      [4, member.packedSize],
      [4, member.size],
      [2, member.name.length],
      [2, 0],
    ],
    member.name,
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
      [2, member.flags],
      [2, member.method],
      [2, member.time],
      [2, member.date],
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
