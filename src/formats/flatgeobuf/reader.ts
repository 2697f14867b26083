import { type FlatGeometry, GEOMETRY_CODES, type GeometryCode } from '../../geo/flat-geometry.ts'
import type { FeatureCursor, FeatureField, FeatureRow, FieldType, FieldValue } from '../feature-rows.ts'
import { FormatError } from '../format-error.ts'
import type { SyncByteSource } from '../sync-bytes.ts'
import { WindowReader } from '../window-reader.ts'
import { FlatTable, readingFlat } from './flat-table.ts'

/** "fgb", major version 3, "fgb", any patch version. */
const MAGIC = [0x66, 0x67, 0x62, 0x03, 0x66, 0x67, 0x62]
const MAGIC_BYTES = 8
const HEADER_MAX_BYTES = 10 * 1024 * 1024
/** A feature of a file, in bytes. */
export const FEATURE_MAX_BYTES = 32 * 1024 * 1024
const INDEX_NODE_BYTES = 40
/** Geometries within geometries, at most. */
const DEPTH_MAX = 32

const HEADER = { geometryType: 2, hasZ: 3, hasM: 4, columns: 7, count: 8, indexNodeSize: 9, crs: 10 } as const
const COLUMN = { name: 0, type: 1, title: 2, description: 3 } as const
const CRS = { org: 0, code: 1, wkt: 4 } as const
const FEATURE = { geometry: 0, properties: 1, columns: 2 } as const
const GEOMETRY = { ends: 0, xy: 1, z: 2, m: 3, type: 6, parts: 7 } as const

/** Numbers of the types of columns, with what they are read as. */
const COLUMN_TYPES: readonly FieldType[] = [
  ...(['integer', 'integer', 'boolean', 'integer', 'integer', 'integer', 'bigint', 'bigint'] as const),
  ...(['bigint', 'double', 'double', 'text', 'json', 'timestamp', 'binary'] as const),
]
const T = {
  ...{ Byte: 0, UByte: 1, Bool: 2, Short: 3, UShort: 4, Int: 5, UInt: 6, Long: 7, ULong: 8 },
  ...{ Float: 9, Double: 10, String: 11, Json: 12, DateTime: 13, Binary: 14 },
} as const

/** Types beyond those of Simple Features that are the same with straight sides. */
const ALIKE: Record<number, GeometryCode> = {
  11: GEOMETRY_CODES.MultiLineString,
  12: GEOMETRY_CODES.MultiPolygon,
  15: GEOMETRY_CODES.MultiPolygon,
  16: GEOMETRY_CODES.MultiPolygon,
  17: GEOMETRY_CODES.Polygon,
}

/** What a FlatGeobuf says of itself. */
export interface FlatGeobufHeader {
  /** Type of all geometries; null where each has its own. */
  geometryType: GeometryCode | null
  hasZ: boolean
  hasM: boolean
  fields: FeatureField[]
  /** 0 where it is not known. */
  count: number
  crs: { org: string | null; code: number; wkt: string | null } | null
  /** Where the first feature begins. */
  featuresAt: number
}

export const isFlatGeobuf = (head: Uint8Array): boolean => MAGIC.every((byte, i) => head[i] === byte)

/** @throws FormatError `bad-flatgeobuf` */
export function readFlatGeobufHeader(source: SyncByteSource): FlatGeobufHeader {
  const start = new Uint8Array(MAGIC_BYTES + 4)
  if (source.read(0, start) < start.length || !isFlatGeobuf(start)) throw damaged('its beginning')
  const length = new DataView(start.buffer).getUint32(MAGIC_BYTES, true)
  if (length > HEADER_MAX_BYTES || length < 8) throw damaged('its header')
  const bytes = new Uint8Array(length)
  if (source.read(start.length, bytes) < length) throw damaged('its header')
  return readingFlat('the header', () => {
    const header = FlatTable.root(bytes)
    const type = header.uint8(HEADER.geometryType)
    const count = header.uint64(HEADER.count)
    const indexNodeSize = header.uint16(HEADER.indexNodeSize, 16)
    const indexBytes = indexNodeSize > 0 && count > 0 ? indexSize(count, indexNodeSize) : 0
    const featuresAt = start.length + length + indexBytes
    if (featuresAt > source.size) throw damaged('its index')
    const crs = header.table(HEADER.crs)
    return {
      geometryType: type === 0 ? null : codeOf(type),
      hasZ: header.uint8(HEADER.hasZ) !== 0,
      hasM: header.uint8(HEADER.hasM) !== 0,
      fields: header.tables(HEADER.columns).map(fieldOf),
      count,
      crs: crs && { org: crs.text(CRS.org), code: crs.int32(CRS.code), wkt: crs.text(CRS.wkt) },
      featuresAt,
    }
  })
}

function fieldOf(column: FlatTable): FeatureField {
  const type = COLUMN_TYPES[column.uint8(COLUMN.type)]
  const name = column.text(COLUMN.name)
  if (!type || !name) throw damaged('a column')
  return { name, type, title: column.text(COLUMN.title), description: column.text(COLUMN.description) }
}

/** Bytes of the packed Hilbert R-tree over so many features. */
function indexSize(count: number, nodeSize: number): number {
  const size = Math.max(2, nodeSize)
  let nodes = count
  for (let level = count; level > 1; ) {
    level = Math.ceil(level / size)
    nodes += level
  }
  // A tree of one feature has a root beside its leaf.
  return (count === 1 ? 2 : nodes) * INDEX_NODE_BYTES
}

/** The features of a FlatGeobuf (version 3) in the order of the file. */
export class FlatGeobufCursor implements FeatureCursor {
  readonly #window: WindowReader
  readonly #header: FlatGeobufHeader
  readonly #types: readonly number[]

  /** @param position where a feature begins; the first one unless given */
  constructor(source: SyncByteSource, header: FlatGeobufHeader, position = header.featuresAt) {
    this.#window = new WindowReader(source, position)
    this.#header = header
    this.#types = columnTypes(source)
  }

  get position(): number {
    return this.#window.position
  }

  next(): FeatureRow | null {
    const feature = this.#feature()
    if (!feature) return null
    return readingFlat(`the feature at byte ${this.position}`, () => {
      const geometry = feature.table(FEATURE.geometry)
      return {
        geometry: geometry && this.#geometry(geometry, this.#header.geometryType, 0),
        values: this.#values(feature),
      }
    })
  }

  #feature(): FlatTable | null {
    const at = this.position
    const prefix = this.#window.take(4)
    if (prefix.length === 0) return null
    if (prefix.length < 4) throw cutOff(at)
    const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true)
    if (length > FEATURE_MAX_BYTES)
      throw new FormatError(
        'feature-too-large',
        `the feature at byte ${at} has ${length} bytes, more than ${FEATURE_MAX_BYTES}`,
      )
    const bytes = this.#window.take(length)
    if (bytes.length < length) throw cutOff(at)
    return readingFlat(`the feature at byte ${at}`, () => FlatTable.root(bytes))
  }

  #geometry(table: FlatTable, type: GeometryCode | null, depth: number): FlatGeometry {
    if (depth > DEPTH_MAX) throw damaged('a geometry, nested too deeply,')
    const code = type ?? codeOf(table.uint8(GEOMETRY.type))
    const parts = table.tables(GEOMETRY.parts)
    if (parts.length > 0 && (code === GEOMETRY_CODES.MultiLineString || code === GEOMETRY_CODES.Polygon))
      return joined(
        code,
        parts.map((part) => this.#geometry(part, null, depth + 1)),
      )
    if (code === GEOMETRY_CODES.MultiPolygon || code === GEOMETRY_CODES.GeometryCollection) {
      const partType = code === GEOMETRY_CODES.MultiPolygon ? GEOMETRY_CODES.Polygon : null
      return { type: code, xy: [], parts: parts.map((part) => this.#geometry(part, partType, depth + 1)) }
    }
    const xy = table.float64s(GEOMETRY.xy)
    const points = xy.length >> 1
    const z = table.float64s(GEOMETRY.z)
    const m = table.float64s(GEOMETRY.m)
    const ends = table.uint32s(GEOMETRY.ends)
    if ((z.length > 0 && z.length < points) || (m.length > 0 && m.length < points))
      throw damaged('a geometry')
    for (let i = 0; i < ends.length; i++)
      if (ends[i]! > points || ends[i]! < (ends[i - 1] ?? 0)) throw damaged('a geometry')
    return {
      type: code,
      xy,
      ...(z.length > 0 ? { z } : {}),
      ...(m.length > 0 ? { m } : {}),
      ...(ends.length > 0 ? { ends } : {}),
    }
  }

  #values(feature: FlatTable): FieldValue[] {
    const values: FieldValue[] = new Array(this.#types.length).fill(null)
    if (feature.has(FEATURE.columns))
      throw new FormatError('bad-flatgeobuf', 'features have columns of their own')
    const bytes = feature.bytes(FEATURE.properties)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length; ) {
      const column = view.getUint16(at, true)
      const type = this.#types[column]
      if (type === undefined) throw damaged('a property')
      at += 2
      if (type >= T.String) {
        const length = view.getUint32(at, true)
        at += 4
        if (at + length > bytes.length) throw new RangeError('cut off')
        const value = bytes.subarray(at, at + length)
        values[column] = type === T.Binary ? value.slice() : utf8.decode(value)
        at += length
      } else {
        values[column] = scalar(view, at, type)
        at += SCALAR_BYTES[type]!
      }
    }
    return values
  }
}

const utf8 = new TextDecoder()
const SCALAR_BYTES = [1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8]

function scalar(view: DataView, at: number, type: number): FieldValue {
  switch (type) {
    case T.Byte:
      return view.getInt8(at)
    case T.UByte:
      return view.getUint8(at)
    case T.Bool:
      return view.getUint8(at) !== 0
    case T.Short:
      return view.getInt16(at, true)
    case T.UShort:
      return view.getUint16(at, true)
    case T.Int:
      return view.getInt32(at, true)
    case T.UInt:
      return view.getUint32(at, true)
    case T.Long:
      return narrowed(view.getBigInt64(at, true))
    case T.ULong:
      return narrowed(view.getBigUint64(at, true))
    case T.Float:
      return view.getFloat32(at, true)
    default:
      return view.getFloat64(at, true)
  }
}

const narrowed = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function columnTypes(source: SyncByteSource): number[] {
  const start = new Uint8Array(4)
  source.read(MAGIC_BYTES, start)
  const bytes = new Uint8Array(new DataView(start.buffer).getUint32(0, true))
  source.read(MAGIC_BYTES + 4, bytes)
  return FlatTable.root(bytes)
    .tables(HEADER.columns)
    .map((column) => column.uint8(COLUMN.type))
}

/** Lines, or rings, that are geometries of their own, as one. */
function joined(type: GeometryCode, lines: FlatGeometry[]): FlatGeometry {
  const ends: number[] = []
  const [xy, z, m]: [number[], number[], number[]] = [[], [], []]
  for (const line of lines) {
    for (const [target, numbers] of [
      [xy, line.xy],
      [z, line.z ?? []],
      [m, line.m ?? []],
    ] as const)
      for (let i = 0; i < numbers.length; i++) target.push(numbers[i]!)
    ends.push(xy.length >> 1)
  }
  return { type, xy, ends, ...(z.length > 0 ? { z } : {}), ...(m.length > 0 ? { m } : {}) }
}

function codeOf(type: number): GeometryCode {
  if (type >= GEOMETRY_CODES.Point && type <= GEOMETRY_CODES.GeometryCollection) return type as GeometryCode
  const alike = ALIKE[type]
  if (alike === undefined)
    throw new FormatError('unsupported-geometry', `geometries of type ${type} (curved) are not read`)
  return alike
}

const damaged = (what: string): FormatError => new FormatError('bad-flatgeobuf', `${what} is damaged`)
const cutOff = (at: number): FormatError =>
  new FormatError('truncated', `the file is cut off in the feature at byte ${at}`)
