import { Base64Decoder } from './base64-stream.ts'
import { FormatError } from './format-error.ts'

/** Longest `data:...,` that is read before the bytes must begin. */
export const DATA_URI_HEADER_MAX_BYTES = 256

const EMPTY = new Uint8Array(0)
const COMMA = 0x2c

/**
 * A `data:<media type>;base64,<text>` URI (RFC 2397) decoded as it arrives, cut anywhere. Throws `FormatError`
 * `bad-data-uri` (no such prefix, not base64) or `bad-base64` with the offset in the URI.
 */
export class DataUriDecoder {
  #header = ''
  #decoder: Base64Decoder | null = null
  #mediaType: string | null = null

  /** True once the comma was read; from then on `mediaType` is known. */
  get started(): boolean {
    return this.#decoder !== null
  }

  /** Lower-case media type without parameters, null when the URI names none. */
  get mediaType(): string | null {
    return this.#mediaType
  }

  /** Takes the next bytes of the URI's text and returns the bytes that they complete. */
  write(text: Uint8Array): Uint8Array {
    if (this.#decoder !== null) return this.#decoder.write(text)
    const comma = text.indexOf(COMMA)
    const header = comma < 0 ? text : text.subarray(0, comma)
    if (this.#header.length + header.length > DATA_URI_HEADER_MAX_BYTES) {
      throw badDataUri(`no comma in its first ${DATA_URI_HEADER_MAX_BYTES} characters`)
    }
    this.#header += String.fromCharCode(...header)
    if (comma < 0) return EMPTY
    this.#mediaType = mediaTypeOf(this.#header)
    this.#decoder = new Base64Decoder(this.#header.length + 1)
    return this.#decoder.write(text.subarray(comma + 1))
  }

  /** The last bytes; throws when the URI ended before its comma or inside a base64 group. */
  end(): Uint8Array {
    if (this.#decoder === null) throw badDataUri('it has no comma')
    return this.#decoder.end()
  }
}

const SCHEME = 'data:'

/** Base64 text, bare or as a data URI, decoded as it arrives; throws what `Base64Decoder` and `DataUriDecoder` do. */
export class Base64TextDecoder {
  #held: Uint8Array = EMPTY
  #decoder: DataUriDecoder | Base64Decoder | null = null

  /** True once it is known which of the two it is, and a data URI's header has been read. */
  get started(): boolean {
    return this.#decoder instanceof DataUriDecoder ? this.#decoder.started : this.#decoder !== null
  }

  /** Of a data URI; null where the text names none. */
  get mediaType(): string | null {
    return this.#decoder instanceof DataUriDecoder ? this.#decoder.mediaType : null
  }

  write(text: Uint8Array): Uint8Array {
    if (this.#decoder !== null) return this.#decoder.write(text)
    const held = new Uint8Array(this.#held.length + text.length)
    held.set(this.#held)
    held.set(text, this.#held.length)
    this.#held = held
    return held.length < SCHEME.length ? EMPTY : this.#begin()
  }

  end(): Uint8Array {
    if (this.#decoder !== null) return this.#decoder.end()
    const first = this.#begin()
    const last = this.#decoder!.end()
    const all = new Uint8Array(first.length + last.length)
    all.set(first)
    all.set(last, first.length)
    return all
  }

  #begin(): Uint8Array {
    const start = String.fromCharCode(...this.#held.subarray(0, SCHEME.length)).toLowerCase()
    const decoder = start === SCHEME ? new DataUriDecoder() : new Base64Decoder()
    this.#decoder = decoder
    return decoder.write(this.#held)
  }
}

function mediaTypeOf(header: string): string | null {
  if (!/^data:/i.test(header)) throw badDataUri('it does not begin with "data:"')
  const [mediaType = '', ...parameters] = header
    .slice('data:'.length)
    .split(';')
    .map((part) => part.trim().toLowerCase())
  if (parameters.at(-1) !== 'base64') throw badDataUri('it is not marked ";base64"')
  if (mediaType === '') return null
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(mediaType)) throw badDataUri('its media type is malformed')
  return mediaType
}

function badDataUri(why: string): FormatError {
  return new FormatError('bad-data-uri', `not a base64 data URI: ${why}`)
}
