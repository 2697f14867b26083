import { FormatError } from '../format-error.ts'
import type { SyncByteSource } from '../sync-bytes.ts'

const CHUNK_BYTES = 256 * 1024
/** A record of a table, in bytes. */
export const RECORD_MAX_BYTES = 32 * 1024 * 1024
const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d]

/** A record with the place in the file it begins at. */
export interface CsvRecord {
  cells: string[]
  at: number
}

/**
 * The records of delimited text (RFC 4180, any delimiter of one character, lines ended by LF, CR LF or CR) of any length:
 * whole records are decoded some hundred kB at a time. Quotes inside a cell that does not begin with one stand for
 * themselves. Empty lines are no records.
 */
export class RecordSplitter {
  readonly #source: SyncByteSource
  readonly #delimiter: string
  readonly #decoder: InstanceType<typeof TextDecoder>
  /** Where the records that are at hand begin, and where the next ones do. */
  #next: number
  #records: CsvRecord[] = []
  #taken = 0

  /**
   * @param encoding a label of the Encoding Standard whose line breaks and quotes are those of ASCII
   * @param position where a record begins
   */
  constructor(source: SyncByteSource, delimiter: string, encoding: string, position: number) {
    this.#source = source
    this.#delimiter = delimiter
    this.#decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8', ignoreBOM: true })
    this.#next = position
  }

  /** Where the next record begins. */
  get position(): number {
    return this.#records[this.#taken]?.at ?? this.#next
  }

  /** @throws FormatError `bad-csv`, `truncated`, `not-encoded` */
  next(): CsvRecord | null {
    if (this.#taken === this.#records.length && !this.#load()) return null
    return this.#records[this.#taken++]!
  }

  #load(): boolean {
    while (this.#next < this.#source.size) {
      const start = this.#next
      const { bytes, ends } = this.#wholeRecords(start)
      this.#next = start + ends.at(-1)!
      this.#records = []
      this.#taken = 0
      for (let i = 0, from = 0; i < ends.length; from = ends[i++]!) {
        const text = this.#decode(bytes.subarray(from, ends[i]!), start + from).replace(/[\r\n]+$/, '')
        if (text !== '') this.#records.push({ cells: splitCells(text, this.#delimiter), at: start + from })
      }
      if (this.#records.length > 0) return true
    }
    return false
  }

  #decode(bytes: Uint8Array, at: number): string {
    try {
      return this.#decoder.decode(bytes)
    } catch {
      throw new FormatError('not-encoded', `the text at byte ${at} is not ${this.#decoder.encoding}`)
    }
  }

  /** As many whole records as a chunk has, at least one, with the offset where each ends. */
  #wholeRecords(start: number): { bytes: Uint8Array; ends: number[] } {
    for (let length = CHUNK_BYTES; ; length *= 4) {
      const bytes = new Uint8Array(Math.min(length, this.#source.size - start))
      this.#source.read(start, bytes)
      const isLast = start + bytes.length === this.#source.size
      const ends = recordEnds(bytes, this.#delimiter.charCodeAt(0), isLast)
      if (ends === null)
        throw new FormatError('truncated', `a quote opened in the record at byte ${start} is not closed`)
      if (ends.length > 0) return { bytes, ends }
      if (length > RECORD_MAX_BYTES)
        throw new FormatError(
          'bad-csv',
          `the record at byte ${start} has more than ${RECORD_MAX_BYTES} bytes`,
        )
    }
  }
}

/** Where records end, their line breaks among them; null where the last one never does. */
function recordEnds(bytes: Uint8Array, delimiter: number, isLast: boolean): number[] | null {
  const ends: number[] = []
  let isQuoted = false
  let isCellStart = true
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (isQuoted) {
      i = bytes.indexOf(QUOTE, i)
      if (i === -1) break
      // A quote that ends a cell, or the first of two that stand for one: either way what follows tells.
      if (bytes[i + 1] === QUOTE) i++
      else isQuoted = false
      continue
    }
    if (byte === QUOTE && isCellStart) isQuoted = true
    else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (byte === CARRIAGE_RETURN && i + 1 === bytes.length && !isLast) break
      if (byte === CARRIAGE_RETURN && bytes[i + 1] === LINE_FEED) i++
      ends.push(i + 1)
      isCellStart = true
      continue
    }
    isCellStart = byte === delimiter
  }
  if (!isLast) return ends
  if (isQuoted) return ends.length > 0 ? ends : null
  if (bytes.length > 0 && ends.at(-1) !== bytes.length) ends.push(bytes.length)
  return ends
}

/** The cells of one record. */
export function splitCells(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter)
  const cells: string[] = []
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      let cell = ''
      let from = at + 1
      for (;;) {
        const quote = text.indexOf('"', from)
        if (quote === -1) {
          cell += text.slice(from)
          at = text.length
          break
        }
        cell += text.slice(from, quote)
        if (text[quote + 1] !== '"') {
          // Whatever stands between the closing quote and the delimiter belongs to the cell.
          const end = text.indexOf(delimiter, quote)
          cell += text.slice(quote + 1, end === -1 ? undefined : end)
          at = end === -1 ? text.length : end
          break
        }
        cell += '"'
        from = quote + 2
      }
      cells.push(cell)
    } else {
      const end = text.indexOf(delimiter, at)
      cells.push(text.slice(at, end === -1 ? undefined : end))
      at = end === -1 ? text.length : end
    }
    if (at >= text.length) return cells
    at++
    if (at === text.length) return [...cells, '']
  }
}

const DELIMITERS = [',', ';', '\t', '|']
const SNIFFED_RECORDS = 20

/** The delimiter that cuts the first lines into as many cells each; a comma where none does. */
export function sniffDelimiter(source: SyncByteSource, start: number): string {
  const head = new Uint8Array(Math.min(64 * 1024, source.size - start))
  source.read(start, head)
  const lines = new TextDecoder('latin1').decode(head).split(/\r\n?|\n/)
  if (head.length < source.size - start) lines.pop()
  const sample = lines.filter((line) => line !== '').slice(0, SNIFFED_RECORDS)
  const scored = DELIMITERS.map((delimiter) => {
    const counts = sample.map((line) => splitCells(line, delimiter).length)
    const columns = counts[0] ?? 1
    const alike = counts.filter((count) => count === columns).length / counts.length
    return { delimiter, score: columns > 1 ? alike * 100 + Math.min(columns, 50) : 0 }
  })
  scored.sort((a, b) => b.score - a.score)
  return scored[0]!.score > 0 ? scored[0]!.delimiter : ','
}
