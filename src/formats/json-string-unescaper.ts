import { FormatError } from './format-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LOWER_U = 0x75
const NOT_ASCII = 0xff

/** The byte behind a backslash -> the byte it stands for (RFC 8259 section 7). */
const ESCAPES = new Map(
  [...'"\\/bfnrt'].map((name, index) => [name.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(index)]),
)

/**
 * The inside of a JSON string that should hold ASCII only, unescaped as it arrives, cut anywhere. A `\uXXXX` beyond
 * ASCII becomes the byte 0xff, for the reader of the text to refuse; raw bytes, control characters too, pass as they
 * are; a malformed escape is a `FormatError` `bad-json`.
 */
export class JsonStringUnescaper {
  /** An escape that is not complete yet, with its backslash. */
  #escape = ''

  /**
   * Takes bytes up to the closing quote. `text` is what they stand for and shares `piece`'s memory where nothing was
   * escaped; `end` is the offset behind the closing quote, -1 when it is not in `piece`.
   */
  write(piece: Uint8Array): { text: Uint8Array; end: number } {
    if (this.#escape === '') {
      const quote = piece.indexOf(QUOTE)
      const plain = quote < 0 ? piece : piece.subarray(0, quote)
      if (plain.indexOf(BACKSLASH) < 0) return { text: plain, end: quote < 0 ? -1 : quote + 1 }
    }
    const out = new Uint8Array(piece.length)
    let length = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!
      if (this.#escape !== '') {
        const unescaped = this.#continueEscape(byte)
        if (unescaped !== null) out[length++] = unescaped
      } else if (byte === BACKSLASH) this.#escape = '\\'
      else if (byte === QUOTE) return { text: out.subarray(0, length), end: at + 1 }
      else out[length++] = byte
    }
    return { text: out.subarray(0, length), end: -1 }
  }

  #continueEscape(byte: number): number | null {
    this.#escape += String.fromCharCode(byte)
    if (this.#escape.length === 2) {
      if (byte === LOWER_U) return null
      const unescaped = ESCAPES.get(byte)
      if (unescaped === undefined) throw this.#badEscape()
      this.#escape = ''
      return unescaped
    }
    if (this.#escape.length < 6) return null
    const digits = this.#escape.slice(2)
    const code = Number.parseInt(digits, 16)
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw this.#badEscape()
    this.#escape = ''
    return code > 0x7f ? NOT_ASCII : code
  }

  #badEscape(): FormatError {
    return new FormatError('bad-json', `not valid JSON: ${JSON.stringify(this.#escape)} is no escape`)
  }
}
