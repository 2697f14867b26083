import { compress } from './compress.ts'

/**
 * Directory entries in columns, sorted by tile id. `offsets` count from the start of the section the entries point
 * into, `runLengths` is 0 where an entry points at a leaf directory.
 */
export interface DirectoryColumns {
  count: number
  tileIds: Float64Array
  runLengths: Uint32Array
  lengths: Float64Array
  offsets: Float64Array
}

/** Room for the header and the root directory: a reader fetches this much first. */
const FIRST_FETCH_BYTES = 16384
export const HEADER_BYTES = 127
const ROOT_MAX_BYTES = FIRST_FETCH_BYTES - HEADER_BYTES
/** Above this many entries a single directory is not even tried. */
const ROOT_MAX_ENTRIES = 16384
const VARINT_MAX_BYTES = 8 // enough for 2^53

/**
 * A directory before compression, as the PMTiles v3 specification lays it out: the number of entries, then the
 * columns tile id (as differences), run length, length, offset, every number a varint. An offset is 0 where the entry
 * starts at the end of the one before, else offset + 1.
 */
function serializeDirectory(columns: DirectoryColumns, start = 0, end = columns.count) {
  const bytes = new Uint8Array((1 + 4 * (end - start)) * VARINT_MAX_BYTES)
  let at = writeVarint(bytes, 0, end - start)
  for (let i = start; i < end; i++) {
    at = writeVarint(bytes, at, columns.tileIds[i]! - (i > start ? columns.tileIds[i - 1]! : 0))
  }
  for (let i = start; i < end; i++) at = writeVarint(bytes, at, columns.runLengths[i]!)
  for (let i = start; i < end; i++) at = writeVarint(bytes, at, columns.lengths[i]!)
  for (let i = start; i < end; i++) {
    const offset = columns.offsets[i]!
    const follows = i > start && offset === columns.offsets[i - 1]! + columns.lengths[i - 1]!
    at = writeVarint(bytes, at, follows ? 0 : offset + 1)
  }
  return bytes.subarray(0, at)
}

/**
 * Compressed root directory and leaf section for any number of entries. One directory where it fits beside the header
 * in the first 16,384 bytes; else leaves of `leafEntries` entries, which grow by half until the root fits.
 */
export async function buildDirectories(columns: DirectoryColumns, leafEntries = 4096) {
  if (columns.count <= ROOT_MAX_ENTRIES) {
    const root = await compress('gzip', serializeDirectory(columns))
    if (root.length <= ROOT_MAX_BYTES) return { root, leaves: [] }
  }
  for (let size = leafEntries; ; size = Math.ceil(size * 1.5)) {
    const { root, leaves } = await buildTwoLevels(columns, size)
    if (root.length <= ROOT_MAX_BYTES) return { root, leaves }
  }
}

async function buildTwoLevels(columns: DirectoryColumns, leafEntries: number) {
  const count = Math.ceil(columns.count / leafEntries)
  const pointers = allocateColumns(count)
  const leaves: Uint8Array[] = []
  let offset = 0
  for (let i = 0; i < count; i++) {
    const start = i * leafEntries
    const end = Math.min(start + leafEntries, columns.count)
    const leaf = await compress('gzip', serializeDirectory(columns, start, end))
    leaves.push(leaf)
    pointers.tileIds[i] = columns.tileIds[start]!
    pointers.lengths[i] = leaf.length
    pointers.offsets[i] = offset
    offset += leaf.length
  }
  return { root: await compress('gzip', serializeDirectory(pointers)), leaves }
}

/** Empty columns with room for `count` entries. */
export function allocateColumns(count: number): DirectoryColumns {
  return {
    count,
    tileIds: new Float64Array(count),
    runLengths: new Uint32Array(count),
    lengths: new Float64Array(count),
    offsets: new Float64Array(count),
  }
}

/** Writes an unsigned LEB128 number (up to 2^53) and returns the position after it. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}
