import { type Entry, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js'
import { PIECE_MAX_BYTES } from './byte-sink.ts'
import { crc32 } from './crc32.ts'
import { FormatError } from './format-error.ts'
import type { ByteSource } from './probe/byte-source.ts'
import { transformOnDemand } from './transform-on-demand.ts'

/** Size of the list of an archive's entries, which is held in memory. */
export const ZIP_DIRECTORY_MAX_BYTES = 4 * 1024 * 1024
/** Times an entry may be larger than what it is packed in. A white TIFF packs about this well. */
export const ZIP_RATIO_MAX = 200
/** An entry up to this size may be packed however well. */
const ZIP_RATIO_FREE_BYTES = 1024 * 1024
/** How much of an archive one read fetches. */
const WINDOW_BYTES = 1024 * 1024
/** Packed bytes that are unpacked at once; they become a thousand times as many at most. */
const PACKED_PIECE_BYTES = 16 * 1024

const LOCAL_HEADER_SIGNATURE = 0x04034b50
const LOCAL_HEADER_BYTES = 30

const METHODS = { stored: 0, deflated: 8 } as const

/** A file in a zip archive. */
export interface ZipEntry {
  /** As the archive has it, folders included, unsafe. */
  path: string
  /** Bytes unpacked. */
  size: number
  packedSize: number
  /** Where its local header stands. */
  offset: number
  method: (typeof METHODS)[keyof typeof METHODS]
  crc32: number
}

export interface ZipLimits {
  maxEntries: number
  /** Bytes of one entry, unpacked. */
  maxEntryBytes: number
  /** Bytes of all entries, unpacked. */
  maxTotalBytes: number
  /** Hidden files are listed, too, but for the notes of desktops. */
  withHidden?: boolean
}

/** Whether bytes begin as a zip archive does, an empty one among them. */
export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 &&
  head[1] === 0x4b &&
  ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))

/**
 * The files of a zip archive (PKWARE APPNOTE 6.3, zip64 among them), without folders, hidden files and the notes that
 * macOS leaves (`__MACOSX/`). Only the archive's directory is read.
 *
 * Throws `FormatError`: `bad-zip`; `unsupported-zip` (a link, encrypted, or packed by anything but deflate); `zip-bomb` (a
 * limit or `ZIP_RATIO_MAX` is exceeded by what the directory says, which `unzip` holds the entries to).
 */
export async function listZip(source: ByteSource, limits: ZipLimits): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = []
  let total = 0
  for await (const found of directoryOf(source)) {
    if (isIgnored(found, limits)) continue
    const entry = checked(found, limits)
    total += entry.size
    if (entries.length === limits.maxEntries) throw bomb(`it has more than ${limits.maxEntries} files`)
    if (total > limits.maxTotalBytes) throw bomb(`its files have more than ${limits.maxTotalBytes} bytes`)
    entries.push(entry)
  }
  return entries
}

/**
 * The bytes of an entry. Those that have been yielded are good only when the generator has come to its end.
 * @throws FormatError `bad-zip` where they are not as many as the directory says, or others
 */
export async function* unzip(
  source: ByteSource,
  entry: ZipEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  const packed = packedBytes(source, entry)
  const bytes =
    entry.method === METHODS.stored
      ? packed
      : transformOnDemand(new DecompressionStream('deflate-raw'), packed)
  let size = 0
  let sum = 0
  try {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > entry.size) throw badEntry(entry, `is larger than the ${entry.size} bytes it says`)
      sum = crc32(chunk, sum)
      yield chunk
    }
  } catch (error) {
    // What the runtime's decompression throws of corrupt data.
    if (error instanceof TypeError) throw badEntry(entry, 'cannot be unpacked')
    throw error
  }
  if (size < entry.size) throw badEntry(entry, `ends after ${size} of ${entry.size} bytes`)
  if (sum !== entry.crc32) throw badEntry(entry, 'does not match its checksum')
}

async function* directoryOf(source: ByteSource): AsyncGenerator<Entry, void, undefined> {
  let fault: unknown
  const reader = {
    size: source.size,
    async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      try {
        if (length > ZIP_DIRECTORY_MAX_BYTES)
          throw bomb(`its directory has more than ${ZIP_DIRECTORY_MAX_BYTES} bytes`)
        return await source.read(offset, length)
      } catch (error) {
        fault = error
        throw error
      }
    },
  }
  try {
    // The library's own classes are not needed; it takes whatever has a size and reads.
    yield* new ZipReader(reader as unknown as ConstructorParameters<typeof ZipReader>[0]).getEntriesGenerator(
      {
        filenameValidation: 'tolerant',
      },
    )
  } catch (error) {
    if (error === fault || error instanceof FormatError) throw error
    throw new FormatError(
      'bad-zip',
      `not a valid zip archive: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** What macOS leaves beside files: how a folder is shown, and what its file system knows of a file. */
const DESKTOP_NOTE = /^\.(?:DS_Store$|_)/

function isIgnored({ filename, directory }: Entry, { withHidden }: ZipLimits): boolean {
  const segments = filename.split(/[/\\]/)
  const name = segments.at(-1)!
  return (
    directory || segments[0] === '__MACOSX' || (withHidden ? DESKTOP_NOTE.test(name) : name.startsWith('.'))
  )
}

function checked(found: Entry, { maxEntryBytes }: ZipLimits): ZipEntry {
  const { filename: path, uncompressedSize: size, compressedSize: packedSize, offset } = found
  const name = JSON.stringify(path.slice(0, 200))
  if (found.symlink) throw new FormatError('unsupported-zip', `the file ${name} in it is a link`)
  if (found.encrypted) throw new FormatError('unsupported-zip', `the file ${name} in it is encrypted`)
  const method = Object.values(METHODS).find((known) => known === found.compressionMethod)
  if (method === undefined)
    throw new FormatError('unsupported-zip', `the file ${name} in it is packed by a method that is not known`)
  if (size > maxEntryBytes) throw bomb(`the file ${name} in it has more than ${maxEntryBytes} bytes`)
  if (size > ZIP_RATIO_FREE_BYTES && size > packedSize * ZIP_RATIO_MAX)
    throw bomb(`the file ${name} in it is more than ${ZIP_RATIO_MAX} times as large as what it is packed in`)
  return { path, size, packedSize, offset, method, crc32: (found.signature ?? 0) >>> 0 }
}

async function* packedBytes(
  source: ByteSource,
  entry: ZipEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = await source.read(entry.offset, LOCAL_HEADER_BYTES)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== LOCAL_HEADER_SIGNATURE)
    throw badEntry(entry, 'is not where the directory says')
  const start = entry.offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
  const end = start + entry.packedSize
  if (end > source.size) throw badEntry(entry, 'is cut off')
  const pieceBytes = entry.method === METHODS.stored ? PIECE_MAX_BYTES : PACKED_PIECE_BYTES
  for (let at = start; at < end; at += WINDOW_BYTES) {
    const window = await source.read(at, Math.min(WINDOW_BYTES, end - at))
    for (let from = 0; from < window.length; from += pieceBytes)
      yield window.subarray(from, from + pieceBytes)
  }
}

const bomb = (why: string): FormatError => new FormatError('zip-bomb', `the archive is too large: ${why}`)

const badEntry = ({ path }: ZipEntry, why: string): FormatError =>
  new FormatError('bad-zip', `the file ${JSON.stringify(path.slice(0, 200))} of the archive ${why}`)
