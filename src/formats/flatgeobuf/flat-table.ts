import { FormatError } from '../format-error.ts'

const utf8 = new TextDecoder()

/**
 * A table of a FlatBuffer. Fields are known by their numbers in the schema. What a reference leads to must lie within
 * the bytes: otherwise reading throws a `RangeError`.
 */
export class FlatTable {
  readonly #view: DataView
  readonly #at: number
  readonly #vtable: number
  readonly #vtableBytes: number

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
    this.#vtable = at - view.getInt32(at, true)
    this.#vtableBytes = view.getUint16(this.#vtable, true)
  }

  /** The outermost table. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return new FlatTable(view, view.getUint32(0, true))
  }

  has(field: number): boolean {
    return this.#offset(field) !== 0
  }

  uint8(field: number, absent = 0): number {
    const at = this.#offset(field)
    return at === 0 ? absent : this.#view.getUint8(at)
  }

  uint16(field: number, absent = 0): number {
    const at = this.#offset(field)
    return at === 0 ? absent : this.#view.getUint16(at, true)
  }

  int32(field: number, absent = 0): number {
    const at = this.#offset(field)
    return at === 0 ? absent : this.#view.getInt32(at, true)
  }

  uint64(field: number): number {
    const at = this.#offset(field)
    return at === 0 ? 0 : Number(this.#view.getBigUint64(at, true))
  }

  text(field: number): string | null {
    return this.has(field) ? utf8.decode(this.bytes(field)) : null
  }

  bytes(field: number): Uint8Array {
    const { start, length } = this.#vector(field, 1)
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length)
  }

  uint32s(field: number): Uint32Array {
    const { start, length } = this.#vector(field, 4)
    const numbers = new Uint32Array(length)
    for (let i = 0; i < length; i++) numbers[i] = this.#view.getUint32(start + 4 * i, true)
    return numbers
  }

  float64s(field: number): Float64Array {
    const { start, length } = this.#vector(field, 8)
    const numbers = new Float64Array(length)
    for (let i = 0; i < length; i++) numbers[i] = this.#view.getFloat64(start + 8 * i, true)
    return numbers
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field, 4)
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true))
    })
  }

  table(field: number): FlatTable | null {
    const at = this.#offset(field)
    return at === 0 ? null : new FlatTable(this.#view, at + this.#view.getUint32(at, true))
  }

  #offset(field: number): number {
    const entry = 4 + 2 * field
    if (entry + 2 > this.#vtableBytes) return 0
    const offset = this.#view.getUint16(this.#vtable + entry, true)
    return offset === 0 ? 0 : this.#at + offset
  }

  #vector(field: number, itemBytes: number): { start: number; length: number } {
    const at = this.#offset(field)
    if (at === 0) return { start: 0, length: 0 }
    const vector = at + this.#view.getUint32(at, true)
    const length = this.#view.getUint32(vector, true)
    if (vector + 4 + length * itemBytes > this.#view.byteLength) throw new RangeError('a vector is cut off')
    return { start: vector + 4, length }
  }
}

/** Runs what reads a FlatBuffer; bytes that lead out of it are a fault of the file. */
export function readingFlat<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('bad-flatgeobuf', `${what} is damaged`)
    throw error
  }
}
