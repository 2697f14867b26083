import { FormatError } from '../format-error.ts'
import { describeJsonFault } from '../json-fault.ts'
import type { SyncByteSource } from '../sync-bytes.ts'
import { MARKS, ValueScanner } from './value-scanner.ts'

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
/** A member beside the features is looked at up to this length. */
const MEMBER_MAX_BYTES = 64 * 1024

/** A feature as it was parsed. Integers that a number cannot hold are bigints. */
export interface GeoJsonFeature {
  geometry: unknown
  properties: Record<string, unknown>
  id: string | number | bigint | null
  /** Where in the file it begins. */
  at: number
}

/** What stands beside the features of a collection. */
interface Envelope {
  /** Features stand in the list of a collection, or one after the other on the outermost level. */
  kind: 'collection' | 'sequence'
  firstAt: number
}

/**
 * The features of a GeoJSON text of any length: a FeatureCollection, one feature, one geometry, or a sequence of them
 * (GeoJSONSeq, newline-delimited or RFC 8142). Only one feature is in memory at a time.
 *
 * Its methods throw `FormatError` with the byte where the fault lies: `bad-json`, `truncated`, `too-deep`,
 * `feature-too-large`, `not-geojson`.
 */
export class GeoJsonFeatures {
  readonly #scanner: ValueScanner
  readonly #envelope: Envelope
  /** The `crs` member of GeoJSON 2008, as far as it has been passed by. */
  crs: unknown = null
  #hasEnded = false

  /** @param position where a feature begins, or what `position` was; the beginning unless given */
  constructor(source: SyncByteSource, position?: number) {
    this.#scanner = new ValueScanner(source, startOf(source))
    this.#envelope = this.#readEnvelope()
    this.#scanner.position = position ?? this.#envelope.firstAt
  }

  /** Where reading goes on. */
  get position(): number {
    return this.#scanner.position
  }

  next(): GeoJsonFeature | null {
    if (this.#hasEnded) return null
    return this.#envelope.kind === 'collection' ? this.#nextOfCollection() : this.#nextOfSequence()
  }

  #nextOfCollection(): GeoJsonFeature | null {
    const scanner = this.#scanner
    if (scanner.peek() === MARKS.CLOSE_BRACKET) {
      scanner.position++
      this.#readTail()
      return null
    }
    const feature = this.#parse(scanner.skipValue())
    // What separates it from the next one is passed over, so that a position is always where a feature begins.
    const mark = scanner.peek()
    if (mark === MARKS.COMMA) {
      scanner.position++
      if (scanner.peek() === MARKS.CLOSE_BRACKET) throw scanner.unexpected('a feature')
    } else if (mark !== MARKS.CLOSE_BRACKET) throw scanner.unexpected('"," or "]"')
    return feature
  }

  #nextOfSequence(): GeoJsonFeature | null {
    if (this.#scanner.peek() === -1) {
      this.#hasEnded = true
      return null
    }
    return this.#parse(this.#scanner.skipValue())
  }

  #parse(at: number): GeoJsonFeature {
    const text = this.#scanner.text(at, this.#scanner.position)
    const value = parsed(text, at) as Record<string, unknown> | null
    const type = typeof value === 'object' && value !== null ? value.type : undefined
    if (type !== 'Feature') {
      if (this.#envelope.kind === 'sequence' && typeof type === 'string' && GEOMETRY_NAMES.test(type))
        return { geometry: value, properties: {}, id: null, at }
      throw notGeoJson(`what begins at byte ${at} is not a feature`)
    }
    const { geometry, properties, id } = value as Record<string, unknown>
    return {
      geometry: geometry ?? null,
      properties: typeof properties === 'object' && properties !== null ? { ...properties } : {},
      id: typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : null,
      at,
    }
  }

  #readEnvelope(): Envelope {
    const scanner = this.#scanner
    const first = scanner.peek()
    const start = scanner.position
    if (first !== MARKS.OPEN_BRACE) throw notGeoJson('it does not begin with an object')
    scanner.position++
    while (scanner.peek() !== MARKS.CLOSE_BRACE) {
      const name = this.#readName()
      if (name === 'features' && scanner.peek() === MARKS.OPEN_BRACKET)
        return { kind: 'collection', firstAt: scanner.position + 1 }
      this.#readMember(name)
      if (scanner.peek() === MARKS.COMMA) scanner.position++
      else if (scanner.peek() !== MARKS.CLOSE_BRACE) throw scanner.unexpected('"," or "}"')
    }
    return { kind: 'sequence', firstAt: start }
  }

  /** What stands behind the features. */
  #readTail(): void {
    const scanner = this.#scanner
    while (scanner.peek() === MARKS.COMMA) {
      scanner.position++
      this.#readMember(this.#readName())
    }
    scanner.expect(MARKS.CLOSE_BRACE, '"," or "}"')
    if (scanner.peek() !== -1) throw scanner.unexpected('the end')
    this.#hasEnded = true
  }

  #readName(): string {
    const scanner = this.#scanner
    if (scanner.peek() !== MARKS.QUOTE) throw scanner.unexpected('a name')
    const at = scanner.skipValue()
    const name = parsed(scanner.text(at, scanner.position), at) as string
    scanner.expect(MARKS.COLON, '":"')
    return name
  }

  #readMember(name: string): void {
    const scanner = this.#scanner
    const at = scanner.skipValue()
    if (!['type', 'crs', 'geometryType', 'spatialReference'].includes(name)) return
    if (scanner.position - at > MEMBER_MAX_BYTES) return
    const value = parsed(scanner.text(at, scanner.position), at)
    if (name === 'crs') this.crs = value
    else if (name === 'type' && value === 'Topology') throw notGeoJson('it is TopoJSON')
    else if (name !== 'type' && typeof value !== 'undefined') throw notGeoJson('it looks like Esri JSON')
  }
}

const GEOMETRY_NAMES = /^(?:Multi)?(?:Point|LineString|Polygon)$|^GeometryCollection$/

function startOf(source: SyncByteSource): number {
  const head = new Uint8Array(3)
  source.read(0, head)
  return BYTE_ORDER_MARK.every((byte, i) => head[i] === byte) ? 3 : 0
}

/** Integers of so many digits may be more than a number can hold. */
const LONG_INTEGER = /[:[,]\s*-?\d{16,}\s*[,}\]]/

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

function parsed(text: string, at: number): unknown {
  try {
    if (!LONG_INTEGER.test(text)) return JSON.parse(text)
    return JSON.parse(text, exactInteger as (key: string, value: unknown) => unknown)
  } catch {
    throw new FormatError('bad-json', `the value at byte ${at} is not JSON: ${describeJsonFault(text)}`)
  }
}

/** Beyond 64 bits nothing holds an integer exactly. */
const INT_64 = 2 ** 63

const exactInteger: Reviver = (_key, value, { source }) =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  Math.abs(value) <= INT_64 &&
  source &&
  /^-?\d+$/.test(source)
    ? BigInt(source)
    : value

const notGeoJson = (why: string): FormatError =>
  new FormatError('not-geojson', `the file is not GeoJSON: ${why}`)
