import type { ByteWindow } from './byte-window.ts'

/** Bytes a value, by the field types of TIFF 6.0 and BigTIFF. */
const TYPE_BYTES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}
const BYTE = 1
const ASCII = 2
const SHORT = 3
const LONG = 4
const FLOAT = 11
const DOUBLE = 12
const LONG8 = 16
/** The most that is read of a tag of text, or of numbers with fractions. */
const SMALL_MAX_BYTES = 64 * 1024
const PIECE_BYTES = 256 * 1024

interface Entry {
  type: number
  count: number
  /** Where the values lie in the file. */
  at: number
}

/** The tags of one TIFF image file directory. */
export class TiffDirectory {
  readonly littleEndian: boolean
  readonly #window: ByteWindow
  readonly #entries: Map<number, Entry>

  private constructor(window: ByteWindow, littleEndian: boolean, entries: Map<number, Entry>) {
    this.#window = window
    this.littleEndian = littleEndian
    this.#entries = entries
  }

  /**
   * Reads the first directory of a classic or big TIFF; the values of every tag must lie inside the file.
   * @throws FormatError `truncated`, `corrupt`
   */
  static async readFirst(window: ByteWindow): Promise<TiffDirectory> {
    const header = await window.view(0, 8, 'the header')
    const littleEndian = header.getUint8(0) === 0x49
    const isBig = header.getUint16(2, littleEndian) === 43
    let start = header.getUint32(4, littleEndian)
    if (isBig) {
      if (start !== (littleEndian ? 8 : 0x80000)) throw window.corrupt('an unknown size of offsets')
      start = Number((await window.view(8, 8, 'the header')).getBigUint64(0, littleEndian))
    }
    const what = `the directory at byte ${start}`
    const countBytes = isBig ? 8 : 2
    const entryBytes = isBig ? 20 : 12
    const inlineBytes = isBig ? 8 : 4
    const head = await window.view(start, countBytes, what)
    const count = isBig ? Number(head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian)
    if (count === 0 || count > 0xffff) throw window.corrupt(`${what} has ${count} entries`)
    const body = await window.view(start + countBytes, count * entryBytes + inlineBytes, what)
    const entries = new Map<number, Entry>()
    for (let i = 0; i < count; i++) {
      const tag = body.getUint16(i * entryBytes, littleEndian)
      const type = body.getUint16(i * entryBytes + 2, littleEndian)
      const valuesAt = i * entryBytes + 4 + inlineBytes
      const valueCount = isBig
        ? Number(body.getBigUint64(i * entryBytes + 4, littleEndian))
        : body.getUint32(i * entryBytes + 4, littleEndian)
      const length = valueCount * (TYPE_BYTES[type] ?? 0)
      const pointer = isBig
        ? Number(body.getBigUint64(valuesAt, littleEndian))
        : body.getUint32(valuesAt, littleEndian)
      const at = length <= inlineBytes ? start + countBytes + valuesAt : pointer
      if (at + length > window.size) throw window.truncated(`the values of tag ${tag}`)
      if (!entries.has(tag)) entries.set(tag, { type, count: valueCount, at })
    }
    return new TiffDirectory(window, littleEndian, entries)
  }

  has(tag: number): boolean {
    return this.#entries.has(tag)
  }

  /** Number of values of a tag, 0 when it is absent. */
  count(tag: number): number {
    return this.#entries.get(tag)?.count ?? 0
  }

  /** The whole numbers of a tag; an empty list when it is absent. @throws FormatError `corrupt` on another type. */
  async numbers(tag: number): Promise<number[]> {
    const entry = this.#entries.get(tag)
    if (!entry) return []
    const { type, count, at } = entry
    if (type !== BYTE && type !== SHORT && type !== LONG && type !== LONG8) {
      throw this.#window.corrupt(`tag ${tag} has type ${type}`)
    }
    const size = TYPE_BYTES[type]!
    const values: number[] = []
    while (values.length < count) {
      const length = Math.min(PIECE_BYTES, (count - values.length) * size)
      const view = await this.#window.view(at + values.length * size, length, `the values of tag ${tag}`)
      for (let i = 0; i < length; i += size) {
        if (type === BYTE) values.push(view.getUint8(i))
        else if (type === SHORT) values.push(view.getUint16(i, this.littleEndian))
        else if (type === LONG) values.push(view.getUint32(i, this.littleEndian))
        else values.push(Number(view.getBigUint64(i, this.littleEndian)))
      }
    }
    return values
  }

  /** A tag's one number, or what stands for it when the tag is absent. */
  async number(tag: number, absent: number): Promise<number> {
    return (await this.numbers(tag))[0] ?? absent
  }

  /** The numbers of a tag that may have fractions; an empty list when it is absent. @throws FormatError `corrupt` */
  async doubles(tag: number): Promise<number[]> {
    const entry = this.#entries.get(tag)
    if (!entry) return []
    const { type, count } = entry
    const view = await this.#small(tag, entry)
    if (type !== DOUBLE && type !== FLOAT) return this.numbers(tag)
    return Array.from({ length: count }, (_, i) =>
      type === DOUBLE ? view.getFloat64(i * 8, this.littleEndian) : view.getFloat32(i * 4, this.littleEndian),
    )
  }

  /** A tag's text without the NUL at its end, byte by byte (ISO 8859-1); null when it is absent. @throws FormatError `corrupt` */
  async text(tag: number): Promise<string | null> {
    const entry = this.#entries.get(tag)
    if (!entry) return null
    if (entry.type !== ASCII) throw this.#window.corrupt(`tag ${tag} has type ${entry.type}`)
    const view = await this.#small(tag, entry)
    let text = ''
    for (let i = 0; i < entry.count; i++) text += String.fromCharCode(view.getUint8(i))
    return text.replace(/\0+$/, '')
  }

  async #small(tag: number, { type, count, at }: Entry): Promise<DataView> {
    const length = count * (TYPE_BYTES[type] ?? 0)
    if (length > SMALL_MAX_BYTES) throw this.#window.corrupt(`tag ${tag} has ${length} bytes`)
    return this.#window.view(at, length, `the values of tag ${tag}`)
  }
}
