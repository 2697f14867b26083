/**
 * The value types of TIFF 6.0 (and LONG8 of BigTIFF) that the writer uses. `offset` is LONG in a classic file and
 * LONG8 in BigTIFF.
 */
export type TiffValue =
  | { type: 'short' | 'long' | 'double' | 'offset'; values: ArrayLike<number> }
  | { type: 'ascii'; text: string }

/** One image file directory: tag to value. `deferred` tags have their arrays behind all directories. */
export interface TiffDirectory {
  tags: Map<number, TiffValue>
  deferred: ReadonlySet<number>
}

const TYPE_CODES = { ascii: 2, short: 3, long: 4, double: 12, long8: 16 } as const
const TYPE_BYTES = { ascii: 1, short: 2, long: 4, double: 8, long8: 8 } as const

interface Variant {
  headerBytes: number
  entryBytes: number
  countBytes: number
  /** Size of a file position, and of a value that fits in the entry itself. */
  offsetBytes: 4 | 8
}
const CLASSIC: Variant = { headerBytes: 8, entryBytes: 12, countBytes: 2, offsetBytes: 4 }
const BIG: Variant = { headerBytes: 16, entryBytes: 20, countBytes: 8, offsetBytes: 8 }

/**
 * Lays out everything of a little-endian TIFF but its image data: header, `preamble` (bytes right after the header),
 * the directories in order with their values, then the deferred arrays. The size depends on the tags and the lengths
 * of their values alone, not on the values: a first call with zeros tells where the image data starts.
 */
export function layoutTiff(directories: TiffDirectory[], preamble: Uint8Array, big: boolean): Uint8Array {
  const variant = big ? BIG : CLASSIC
  const { placed, end, positions } = place(directories, variant, variant.headerBytes + preamble.length)
  const bytes = new Uint8Array(end)
  const view = new DataView(bytes.buffer)
  const offset = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true)

  view.setUint16(0, 0x4949, true)
  view.setUint16(2, big ? 43 : 42, true)
  if (big) view.setUint16(4, variant.offsetBytes, true)
  offset(variant.headerBytes - variant.offsetBytes, positions[0]!)
  bytes.set(preamble, variant.headerBytes)

  for (const [i, { tags }] of directories.entries()) {
    let at = positions[i]!
    if (big) view.setBigUint64(at, BigInt(tags.size), true)
    else view.setUint16(at, tags.size, true)
    at += variant.countBytes
    for (const { tag, value, valueAt } of placed[i]!) {
      const type = storedType(value, variant)
      view.setUint16(at, tag, true)
      view.setUint16(at + 2, TYPE_CODES[type], true)
      offset(at + 4, countOf(value))
      const inlineAt = at + 4 + variant.offsetBytes
      if (valueAt !== undefined) offset(inlineAt, valueAt)
      writeValue(view, valueAt ?? inlineAt, value, type)
      at += variant.entryBytes
    }
    offset(at, positions[i + 1] ?? 0)
  }
  return bytes
}

interface PlacedTag {
  tag: number
  value: TiffValue
  /** Position in the file; undefined where the value lies in the entry. */
  valueAt: number | undefined
}

function place(directories: TiffDirectory[], variant: Variant, start: number) {
  let end = start
  const take = (size: number) => {
    const at = Math.ceil(end / 8) * 8
    end = at + size
    return at
  }
  const fits = (value: TiffValue) => bytesOf(value, variant) <= variant.offsetBytes

  const positions: number[] = []
  const placed: PlacedTag[][] = []
  for (const { tags, deferred } of directories) {
    positions.push(take(variant.countBytes + tags.size * variant.entryBytes + variant.offsetBytes))
    const sorted = [...tags].sort(([a], [b]) => a - b)
    placed.push(
      sorted.map(([tag, value]) => ({
        tag,
        value,
        valueAt: fits(value) || deferred.has(tag) ? undefined : take(bytesOf(value, variant)),
      })),
    )
  }
  for (const [i, { deferred }] of directories.entries()) {
    for (const entry of placed[i]!) {
      if (deferred.has(entry.tag) && !fits(entry.value)) entry.valueAt = take(bytesOf(entry.value, variant))
    }
  }
  return { placed, positions, end }
}

function storedType(value: TiffValue, variant: Variant): keyof typeof TYPE_CODES {
  if (value.type !== 'offset') return value.type
  return variant.offsetBytes === 8 ? 'long8' : 'long'
}

/** Number of values; a text counts the NUL at its end. */
function countOf(value: TiffValue): number {
  return value.type === 'ascii' ? value.text.length + 1 : value.values.length
}

function bytesOf(value: TiffValue, variant: Variant): number {
  return countOf(value) * TYPE_BYTES[storedType(value, variant)]
}

function writeValue(view: DataView, at: number, value: TiffValue, type: keyof typeof TYPE_CODES) {
  if (value.type === 'ascii') {
    for (let i = 0; i < value.text.length; i++) view.setUint8(at + i, value.text.charCodeAt(i))
    return
  }
  for (let i = 0; i < value.values.length; i++) {
    const number = value.values[i]!
    const to = at + i * TYPE_BYTES[type]
    if (type === 'short') view.setUint16(to, number, true)
    else if (type === 'long') view.setUint32(to, number, true)
    else if (type === 'double') view.setFloat64(to, number, true)
    else view.setBigUint64(to, BigInt(number), true)
  }
}
