import { type ByteSink, pieces } from './byte-sink.ts'
import { Base64TextDecoder, DataUriDecoder } from './data-uri-stream.ts'
import { FormatError } from './format-error.ts'
import { describeJsonFault } from './json-fault.ts'
import { JsonStringUnescaper } from './json-string-unescaper.ts'

/** Size of the document without the uploaded value. */
export const JSON_REST_MAX_BYTES = 1024 * 1024
/** Nesting of the document's objects and arrays. */
export const JSON_MAX_DEPTH = 64
/** Stands in the document where the uploaded value was. */
export const UPLOAD_MARKER = 'diverted'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

export interface JsonUpload {
  /** The parsed document, `UPLOAD_MARKER` in the place of the uploaded value. */
  document: unknown
  /** Null when the document holds no value, or an empty string, at the path. */
  upload: { mediaType: string | null } | null
}

export interface JsonUploadOptions {
  /** Keys that lead to the value, from the root. */
  path?: readonly string[]
  restMaxBytes?: number
  /** The value may be base64 without a data URI's header. */
  isBareAllowed?: boolean
}

interface Container {
  isObject: boolean
  /** Every key that leads here is the path's. */
  onPath: boolean
}

/**
 * Reads a JSON document (UTF-8) as it arrives and diverts one string of it, a base64 data URI of any length, to a
 * sink; only the rest is held in memory. Line breaks inside the diverted string are tolerated, escaped or raw (as
 * `base64` prints them); the rest is strict JSON.
 *
 * `open` is called once, when the URI's media type is known. The bytes are trustworthy only when this function has
 * returned: a document may turn out to be malformed after its upload.
 *
 * Throws `FormatError`: `bad-json`, `json-too-large` (rest over its limit), `bad-data-uri`, `bad-base64`.
 */
export async function readJsonUpload(
  body: AsyncIterable<Uint8Array>,
  open: (mediaType: string | null) => ByteSink | Promise<ByteSink>,
  options: JsonUploadOptions = {},
): Promise<JsonUpload> {
  const scanner = new JsonUploadScanner(
    open,
    options.path ?? ['data', 'attributes', 'upload'],
    options.restMaxBytes ?? JSON_REST_MAX_BYTES,
    options.isBareAllowed ?? false,
  )
  for await (const chunk of body) {
    for (const piece of pieces(chunk)) await scanner.write(piece)
  }
  return scanner.finish()
}

/**
 * Follows no more of JSON's grammar than is needed to know which key a string belongs to: whatever it lets pass is
 * judged by `JSON.parse` at the end.
 */
class JsonUploadScanner {
  readonly #open: (mediaType: string | null) => ByteSink | Promise<ByteSink>
  readonly #path: readonly string[]
  readonly #rest: RestBuffer
  readonly #isBareAllowed: boolean
  readonly #containers: Container[] = []
  #state: 'structure' | 'string' | 'upload' = 'structure'
  #escaped = false
  #expectsKey = false
  /** Where the key being read begins in the rest; -1 outside a key. */
  #keyStart = -1
  /** The key last read is the path's next one. */
  #keyMatches = false
  #upload: DivertedString | null = null

  constructor(
    open: (mediaType: string | null) => ByteSink | Promise<ByteSink>,
    path: readonly string[],
    restMaxBytes: number,
    isBareAllowed: boolean,
  ) {
    this.#open = open
    this.#path = path
    this.#rest = new RestBuffer(restMaxBytes)
    this.#isBareAllowed = isBareAllowed
  }

  async write(piece: Uint8Array): Promise<void> {
    let at = 0
    while (at < piece.length) {
      if (this.#state !== 'upload') {
        this.#copy(piece[at++]!)
        continue
      }
      const end = await this.#upload!.write(piece.subarray(at))
      if (end < 0) return
      at += end
      await this.#endUpload()
    }
  }

  finish(): JsonUpload {
    if (this.#state === 'upload') throw badJson(`the document ends inside "${this.#path.join('.')}"`)
    const text = decodeUtf8(this.#rest.bytes())
    const mediaType = this.#upload?.mediaType ?? null
    return { document: parseJson(text), upload: this.#upload?.isEmpty === false ? { mediaType } : null }
  }

  #copy(byte: number): void {
    if (this.#state === 'structure') this.#structure(byte)
    else this.#string(byte)
  }

  #string(byte: number): void {
    this.#rest.push(byte)
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) {
      this.#state = 'structure'
      if (this.#keyStart >= 0) this.#endKey()
    }
  }

  #endKey(): void {
    const parent = this.#containers.at(-1)
    const wanted = this.#path[this.#containers.length - 1]
    this.#keyMatches = parent?.onPath === true && wanted !== undefined && this.#key() === wanted
    this.#keyStart = -1
    this.#expectsKey = false
  }

  #key(): unknown {
    try {
      return JSON.parse(decodeUtf8(this.#rest.bytes(this.#keyStart)))
    } catch {
      return parseJson(decodeUtf8(this.#rest.bytes()))
    }
  }

  #structure(byte: number): void {
    if (byte === QUOTE && this.#isUploadValue()) {
      if (this.#upload !== null) throw badJson(`"${this.#path.join('.')}" is given twice`)
      this.#upload = new DivertedString(
        this.#open,
        this.#isBareAllowed ? new Base64TextDecoder() : new DataUriDecoder(),
      )
      this.#state = 'upload'
      return
    }
    if (byte === QUOTE) {
      this.#state = 'string'
      if (this.#expectsKey) this.#keyStart = this.#rest.length
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#enter(byte === OPEN_OBJECT)
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.#containers.pop()
      this.#expectsKey = false
      this.#keyMatches = false
    } else if (byte === COMMA) {
      this.#expectsKey = this.#containers.at(-1)?.isObject === true
      this.#keyMatches = false
    } else if (byte === COLON) {
      this.#expectsKey = false
    }
    this.#rest.push(byte)
  }

  #enter(isObject: boolean): void {
    if (this.#containers.length === JSON_MAX_DEPTH)
      throw badJson(`nested deeper than ${JSON_MAX_DEPTH} levels`)
    const onPath = isObject && (this.#containers.length === 0 || this.#keyMatches)
    this.#containers.push({ isObject, onPath })
    this.#expectsKey = isObject
    this.#keyMatches = false
  }

  #isUploadValue(): boolean {
    return this.#keyMatches && !this.#expectsKey && this.#containers.length === this.#path.length
  }

  async #endUpload(): Promise<void> {
    await this.#upload!.end()
    for (const byte of new TextEncoder().encode(this.#upload!.isEmpty ? '""' : `"${UPLOAD_MARKER}"`)) {
      this.#rest.push(byte)
    }
    this.#state = 'structure'
    this.#keyMatches = false
  }
}

/** The one string that is not kept: unescaped, decoded and handed on. */
class DivertedString {
  readonly #open: (mediaType: string | null) => ByteSink | Promise<ByteSink>
  readonly #unescaper = new JsonStringUnescaper()
  readonly #text: DataUriDecoder | Base64TextDecoder
  #sink: ByteSink | null = null
  isEmpty = true

  constructor(
    open: (mediaType: string | null) => ByteSink | Promise<ByteSink>,
    text: DataUriDecoder | Base64TextDecoder,
  ) {
    this.#open = open
    this.#text = text
  }

  get mediaType(): string | null {
    return this.#text.mediaType
  }

  /** Takes bytes up to the closing quote; returns the offset behind it, or -1 when it is not in `piece`. */
  async write(piece: Uint8Array): Promise<number> {
    const { text, end } = this.#unescaper.write(piece)
    if (text.length > 0) {
      this.isEmpty = false
      await this.#forward(this.#text.write(text))
    }
    return end
  }

  async end(): Promise<void> {
    if (!this.isEmpty) await this.#forward(this.#text.end())
  }

  async #forward(bytes: Uint8Array): Promise<void> {
    if (this.#sink === null && this.#text.started) this.#sink = await this.#open(this.#text.mediaType)
    if (bytes.length > 0) await this.#sink!.write(bytes)
  }
}

class RestBuffer {
  readonly #maxBytes: number
  #buffer = new Uint8Array(4096)
  length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(byte: number): void {
    if (this.length === this.#maxBytes) {
      throw new FormatError(
        'json-too-large',
        `the document without its upload is over ${this.#maxBytes} bytes`,
      )
    }
    if (this.length === this.#buffer.length) {
      const grown = new Uint8Array(this.#buffer.length * 2)
      grown.set(this.#buffer)
      this.#buffer = grown
    }
    this.#buffer[this.length++] = byte
  }

  bytes(start = 0): Uint8Array {
    return this.#buffer.subarray(start, this.length)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw badJson('it is not UTF-8')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const note = text.includes(UPLOAD_MARKER) ? ` (the upload counted as "${UPLOAD_MARKER}")` : ''
    throw badJson(describeJsonFault(text) + note)
  }
}

function badJson(why: string): FormatError {
  return new FormatError('bad-json', `not valid JSON: ${why}`)
}
