import { FormatError } from '../format-error.ts'
import type { SyncByteSource } from '../sync-bytes.ts'

const WINDOW_BYTES = 1024 * 1024
/** A feature, or another value of the outermost levels, in bytes. */
export const VALUE_MAX_BYTES = 32 * 1024 * 1024
/** Objects and arrays within others. */
const DEPTH_MAX = 128

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]
/** Begins a text of a JSON text sequence (RFC 8142). */
const RECORD_SEPARATOR = 0x1e

/** 1 for what opens, 2 for what closes, 3 for a quote. */
const KINDS = new Uint8Array(256)
KINDS[OPEN_BRACE] = KINDS[OPEN_BRACKET] = 1
KINDS[CLOSE_BRACE] = KINDS[CLOSE_BRACKET] = 2
KINDS[QUOTE] = 3

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Finds where the values of a JSON text end without parsing them, so that a text may be of any length. */
export class ValueScanner {
  /** Offset in the source of the next byte to be looked at. */
  position: number
  readonly #source: SyncByteSource
  #bytes = new Uint8Array(0)
  #from = 0

  constructor(source: SyncByteSource, position: number) {
    this.#source = source
    this.position = position
  }

  /** The next byte that is no white space; -1 at the end. It is not taken. */
  peek(): number {
    for (;;) {
      const byte = this.#byte(this.position)
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09 && byte !== RECORD_SEPARATOR)
        return byte
      this.position++
    }
  }

  /** Takes the next byte that is no white space. @throws FormatError where it is not the one that must come */
  expect(byte: number, what: string): void {
    if (this.peek() !== byte) throw this.unexpected(what)
    this.position++
  }

  /** Passes over the next value; its text, where it is wanted, comes from `text`. @returns where it begins */
  skipValue(): number {
    const first = this.peek()
    const start = this.position
    if (first === -1) throw this.unexpected('a value')
    const end =
      KINDS[first] === 1
        ? this.#nestedEnd(start)
        : first === QUOTE
          ? this.#stringEnd(start)
          : this.#wordEnd(start)
    if (end === start) throw this.unexpected('a value')
    this.position = end
    return start
  }

  /** The text between two offsets that were passed over last. */
  text(start: number, end: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(start - this.#from, end - this.#from))
    } catch {
      throw new FormatError('bad-json', `the text at byte ${start} is not UTF-8`)
    }
  }

  unexpected(what: string): FormatError {
    const byte = this.peek()
    if (byte === -1)
      return new FormatError('truncated', `the file ends at byte ${this.position} where ${what} is to come`)
    const shown = byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`
    return new FormatError('bad-json', `${shown} at byte ${this.position}, where ${what} is to come`)
  }

  #byte(at: number): number {
    if (at < this.#from || at >= this.#from + this.#bytes.length) this.#load(at, at)
    return this.#bytes[at - this.#from] ?? -1
  }

  /** Has the bytes from `start` on at hand, and more than before. @returns whether there are more */
  #load(start: number, needed: number): boolean {
    const held = Math.max(0, this.#from + this.#bytes.length - start)
    const wanted = Math.max(WINDOW_BYTES, 2 * held, needed - start + 1)
    if (held > VALUE_MAX_BYTES)
      throw new FormatError(
        'feature-too-large',
        `the value at byte ${start} has more than ${VALUE_MAX_BYTES} bytes`,
      )
    const bytes = new Uint8Array(Math.max(0, Math.min(wanted, this.#source.size - start)))
    this.#source.read(start, bytes)
    this.#from = start
    this.#bytes = bytes
    return bytes.length > held
  }

  #nestedEnd(start: number): number {
    let depth = 0
    let i = start - this.#from
    for (;;) {
      const bytes = this.#bytes
      const length = bytes.length
      while (i < length) {
        const kind = KINDS[bytes[i]!]!
        if (kind !== 0) {
          if (kind === 3) {
            const end = closingQuote(bytes, i + 1)
            if (end === -1) break
            i = end
          } else if (kind === 1) {
            if (++depth > DEPTH_MAX)
              throw new FormatError(
                'too-deep',
                `more than ${DEPTH_MAX} values lie in one another at byte ${this.#from + i}`,
              )
          } else if (--depth === 0) return this.#from + i + 1
        }
        i++
      }
      // The window moves so that the value begins it; a string that was cut off is looked at again.
      const at = this.#from + i
      if (!this.#load(start, start)) throw cutOff(start)
      i = at - this.#from
    }
  }

  #stringEnd(start: number): number {
    for (;;) {
      const end = closingQuote(this.#bytes, start - this.#from + 1)
      if (end !== -1) return this.#from + end + 1
      if (!this.#load(start, start)) throw cutOff(start)
    }
  }

  #wordEnd(start: number): number {
    for (let at = start; ; at++) {
      const byte = this.#byte(at)
      if (byte === -1 || byte <= 0x20 || byte === COMMA || byte === COLON || KINDS[byte] !== 0) return at
      if (at - start > 400) throw new FormatError('bad-json', `no value at byte ${start}`)
    }
  }
}

/** Offset of the quote that ends a string; -1 where it is not among the bytes. */
function closingQuote(bytes: Uint8Array, from: number): number {
  for (let end = bytes.indexOf(QUOTE, from); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let slashes = 0
    while (end - slashes > from && bytes[end - slashes - 1] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
  }
  return -1
}

const cutOff = (start: number): FormatError =>
  new FormatError('truncated', `the file ends within the value that begins at byte ${start}`)

export const MARKS = { COMMA, COLON, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, QUOTE } as const
