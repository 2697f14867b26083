import { FormatError } from './format-error.ts'

const WHITESPACE = 64
const PADDING = 65
const INVALID = 66

/** Byte of the text -> its 6 bits, or one of the classes above. Both alphabets of RFC 4648 are known. */
const CLASS_OF_BYTE = classTable()

function classTable(): Uint8Array {
  const table = new Uint8Array(256).fill(INVALID)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value
  table['-'.charCodeAt(0)] = 62
  table['_'.charCodeAt(0)] = 63
  table['='.charCodeAt(0)] = PADDING
  for (const space of ' \t\n\f\r') table[space.charCodeAt(0)] = WHITESPACE
  return table
}

/**
 * Base64 (RFC 4648 sections 4 and 5) decoded as it arrives, cut anywhere. ASCII whitespace is skipped, padding may
 * be left out, the URL-safe alphabet is accepted, anything else is a `FormatError` `bad-base64` that names the
 * offset of the character.
 */
export class Base64Decoder {
  #position: number
  #bits = 0
  #sextets = 0
  #padding = 0

  /** `startPosition`: the offset that the text's first character has in what a person would look at. */
  constructor(startPosition = 0) {
    this.#position = startPosition
  }

  /** Decodes the whole groups of four characters that are complete with `text` (ASCII bytes), in a new array. */
  write(text: Uint8Array): Uint8Array {
    const out = new Uint8Array(((text.length + this.#sextets) >> 2) * 3)
    let length = 0
    let at = 0
    while (at < text.length) {
      if (this.#sextets === 0 && this.#padding === 0) {
        for (; at + 4 <= text.length; at += 4) {
          const a = CLASS_OF_BYTE[text[at]!]!
          const b = CLASS_OF_BYTE[text[at + 1]!]!
          const c = CLASS_OF_BYTE[text[at + 2]!]!
          const d = CLASS_OF_BYTE[text[at + 3]!]!
          if ((a | b | c | d) > 63) break
          const group = (a << 18) | (b << 12) | (c << 6) | d
          out[length++] = group >> 16
          out[length++] = group >> 8
          out[length++] = group
        }
        if (at === text.length) break
      }
      this.#take(CLASS_OF_BYTE[text[at]!]!, this.#position + at)
      at++
      if (this.#sextets === 4) {
        out[length++] = this.#bits >> 16
        out[length++] = this.#bits >> 8
        out[length++] = this.#bits
        this.#bits = 0
        this.#sextets = 0
      }
    }
    this.#position += text.length
    return out.subarray(0, length)
  }

  /** The 0, 1 or 2 bytes of an incomplete last group. */
  end(): Uint8Array {
    const missing = 4 - this.#sextets
    if (this.#sextets === 1) throw this.#error('the text ends after one character of a group of four')
    if (this.#padding > 0 && this.#padding !== missing) throw this.#error('the text ends inside its padding')
    const group = this.#bits << (6 * missing)
    return new Uint8Array([group >> 16, group >> 8]).subarray(0, Math.max(this.#sextets - 1, 0))
  }

  #take(kind: number, position: number): void {
    if (kind === WHITESPACE) return
    if (kind === INVALID) throw badBase64('a character that is not base64', position)
    if (kind === PADDING) {
      this.#padding++
      if (this.#sextets < 2 || this.#sextets + this.#padding > 4)
        throw badBase64('misplaced padding', position)
      return
    }
    if (this.#padding > 0) throw badBase64('text after the padding', position)
    this.#bits = (this.#bits << 6) | kind
    this.#sextets++
  }

  #error(what: string): FormatError {
    return badBase64(what, this.#position)
  }
}

function badBase64(what: string, position: number): FormatError {
  return new FormatError('bad-base64', `${what} at character ${position}`)
}
