import { FormatError } from './format-error.ts'

/** Size of one part's header block. */
export const PART_HEADER_MAX_BYTES = 8 * 1024
/** RFC 2046 section 5.1.1. */
const BOUNDARY_MAX_LENGTH = 70

const CRLF = new Uint8Array([0x0d, 0x0a])
const BLANK_LINE = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a])
const DASH = 0x2d

export type MultipartEvent =
  /** A part begins. Header names are lower case. */
  | { kind: 'part'; headers: ReadonlyMap<string, string> }
  /** Bytes of the part, never empty; they share memory with the scanner's buffer of this chunk. */
  | { kind: 'data'; bytes: Uint8Array }
  | { kind: 'end' }

/**
 * A `multipart/*` body (RFC 2046) cut into its parts as it arrives. Unlike parsers that hand over whole parts it
 * holds no more than one chunk, a header block and a boundary. Throws `FormatError` `bad-multipart`.
 *
 *     preamble CRLF --boundary CRLF headers CRLF CRLF data CRLF --boundary ... CRLF --boundary-- epilogue
 *              '------------'                             '------------' the delimiter
 */
export class MultipartScanner {
  readonly #delimiter: Uint8Array
  #state: 'preamble' | 'delimited' | 'headers' | 'data' | 'epilogue' = 'preamble'
  /** Not yet decided bytes. The first boundary may stand at the very start, so a line break is put before it. */
  #pending: Uint8Array = CRLF

  constructor(boundary: string) {
    if (boundary.length === 0 || boundary.length > BOUNDARY_MAX_LENGTH) {
      throw badMultipart(`its boundary must have 1 to ${BOUNDARY_MAX_LENGTH} characters`)
    }
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`)
  }

  /** The events that become certain with `chunk`. The generator must be run to its end. */
  *push(chunk: Uint8Array): Generator<MultipartEvent, void, undefined> {
    const buffer = concat(this.#pending, chunk)
    let at = 0
    while (this.#state !== 'epilogue') {
      const before = this.#state
      if (before === 'delimited') at = this.#afterDelimiter(buffer, at)
      else if (before === 'headers') {
        const end = indexOf(buffer, BLANK_LINE, at)
        if ((end < 0 ? buffer.length : end) - at > PART_HEADER_MAX_BYTES) {
          throw badMultipart(`a part's headers are over ${PART_HEADER_MAX_BYTES} bytes`)
        }
        if (end >= 0) {
          yield { kind: 'part', headers: parseHeaders(buffer.subarray(at, end)) }
          at = end + BLANK_LINE.length
          this.#state = 'data'
        }
      } else {
        const delimiter = indexOf(buffer, this.#delimiter, at)
        const end = delimiter < 0 ? Math.max(at, buffer.length - this.#delimiter.length + 1) : delimiter
        if (before === 'data' && end > at) yield { kind: 'data', bytes: buffer.subarray(at, end) }
        at = end
        if (delimiter >= 0) {
          if (before === 'data') yield { kind: 'end' }
          at += this.#delimiter.length
          this.#state = 'delimited'
        }
      }
      if (this.#state === before) break
    }
    this.#pending = buffer.slice(at)
    if (this.#state === 'epilogue') this.#pending = CRLF
  }

  /** Throws when the body ended before its closing boundary. */
  finish(): void {
    if (this.#state !== 'epilogue') throw badMultipart('it ends before its closing boundary')
  }

  /** Behind a delimiter: `--` closes the body, else spaces and a line break (left to the headers) open a part. */
  #afterDelimiter(buffer: Uint8Array, at: number): number {
    if (buffer.length - at < 2) return at
    if (buffer[at] === DASH && buffer[at + 1] === DASH) {
      this.#state = 'epilogue'
      return buffer.length
    }
    let end = at
    while (buffer[end] === 0x20 || buffer[end] === 0x09) end++
    if (end - at > PART_HEADER_MAX_BYTES) throw badMultipart('a boundary line is too long')
    if (buffer.length - end < 2) return at
    if (buffer[end] !== CRLF[0] || buffer[end + 1] !== CRLF[1]) {
      throw badMultipart('a boundary is not followed by a line break')
    }
    this.#state = 'headers'
    return end
  }
}

function parseHeaders(block: Uint8Array): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of new TextDecoder().decode(block).split('\r\n')) {
    if (line === '') continue
    const colon = line.indexOf(':')
    if (colon <= 0) throw badMultipart('a line of a part is no header')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

function indexOf(buffer: Uint8Array, pattern: Uint8Array, from: number): number {
  const last = buffer.length - pattern.length
  for (
    let at = buffer.indexOf(pattern[0]!, from);
    at >= 0 && at <= last;
    at = buffer.indexOf(pattern[0]!, at + 1)
  ) {
    let matched = 1
    while (matched < pattern.length && buffer[at + matched] === pattern[matched]) matched++
    if (matched === pattern.length) return at
  }
  return -1
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length)
  joined.set(head)
  joined.set(tail, head.length)
  return joined
}

function badMultipart(why: string): FormatError {
  return new FormatError('bad-multipart', `not a valid multipart body: ${why}`)
}
