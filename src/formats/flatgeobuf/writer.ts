import { Builder } from 'flatbuffers'
import { Column } from 'flatgeobuf/lib/mjs/flat-geobuf/column.js'
import { ColumnType } from 'flatgeobuf/lib/mjs/flat-geobuf/column-type.js'
import { Crs } from 'flatgeobuf/lib/mjs/flat-geobuf/crs.js'
import { Feature } from 'flatgeobuf/lib/mjs/flat-geobuf/feature.js'
import { Geometry } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry.js'
import { Header } from 'flatgeobuf/lib/mjs/flat-geobuf/header.js'
import type { FlatGeometry, GeometryCode } from '../../geo/flat-geometry.ts'

const MAGIC = Uint8Array.of(0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 0)

/** What a column of a FlatGeobuf file holds, of the types that are written here. */
const TYPES = {
  Bool: ColumnType.Bool,
  Int: ColumnType.Int,
  Long: ColumnType.Long,
  Double: ColumnType.Double,
  String: ColumnType.String,
  Json: ColumnType.Json,
  DateTime: ColumnType.DateTime,
  Binary: ColumnType.Binary,
} as const

export interface FlatGeobufColumn {
  name: string
  type: keyof typeof TYPES
}

/**
 * A value as its column's type wants it: booleans; numbers for `Int` and `Double`; bigints for `Long`; text for `String`,
 * `Json` and `DateTime` (ISO 8601); bytes for `Binary`. Null for none.
 */
export type FlatGeobufValue = boolean | number | bigint | string | Uint8Array | null

export interface FlatGeobufSystem {
  /** EPSG code; null for a system that has none. */
  code: number | null
  wkt: string
}

export interface FlatGeobufHeader {
  name: string
  /** Null where types differ: every feature then tells its own. */
  geometryType: GeometryCode | null
  hasZ: boolean
  hasM: boolean
  columns: readonly FlatGeobufColumn[]
  /** 0 where it is not known: readers then read to the end. */
  featureCount: number
  /** Smallest x, y, greatest x, y; null where there is none. */
  envelope: readonly number[] | null
  system: FlatGeobufSystem | null
  /** Nodes below one of the spatial index that follows; 0, as it is unless told, where there is none. */
  indexNodeSize?: number
}

/**
 * The beginning of a FlatGeobuf file (version 3); its spatial index, if it has one, and the features follow.
 * https://github.com/flatgeobuf/flatgeobuf/tree/master/src/fbs
 */
export function encodeFlatGeobufHeader(header: FlatGeobufHeader): Uint8Array {
  const builder = new Builder(1024)
  const columns = Header.createColumnsVector(
    builder,
    header.columns.map((column) => columnOffset(builder, column)),
  )
  const crs = header.system ? systemOffset(builder, header.system) : null
  const envelope = header.envelope ? Header.createEnvelopeVector(builder, [...header.envelope]) : null
  const name = builder.createString(header.name)
  Header.startHeader(builder)
  Header.addName(builder, name)
  if (envelope !== null) Header.addEnvelope(builder, envelope)
  if (header.geometryType) Header.addGeometryType(builder, header.geometryType)
  Header.addHasZ(builder, header.hasZ)
  Header.addHasM(builder, header.hasM)
  Header.addColumns(builder, columns)
  Header.addFeaturesCount(builder, BigInt(header.featureCount))
  Header.addIndexNodeSize(builder, header.indexNodeSize ?? 0)
  if (crs !== null) Header.addCrs(builder, crs)
  Header.finishSizePrefixedHeaderBuffer(builder, Header.endHeader(builder))
  const body = builder.asUint8Array()
  const bytes = new Uint8Array(MAGIC.length + body.length)
  bytes.set(MAGIC)
  bytes.set(body, MAGIC.length)
  return bytes
}

function columnOffset(builder: Builder, { name, type }: FlatGeobufColumn): number {
  const nameOffset = builder.createString(name)
  Column.startColumn(builder)
  Column.addName(builder, nameOffset)
  Column.addType(builder, TYPES[type])
  return Column.endColumn(builder)
}

function systemOffset(builder: Builder, { code, wkt }: FlatGeobufSystem): number {
  const organization = code === null ? null : builder.createString('EPSG')
  const text = builder.createString(wkt)
  Crs.startCrs(builder)
  if (organization !== null && code !== null) {
    Crs.addOrg(builder, organization)
    Crs.addCode(builder, code)
  }
  Crs.addWkt(builder, text)
  return Crs.endCrs(builder)
}

/** Encodes features one after the other; its buffers are used again, so one encoder serves a whole file. */
export class FlatGeobufEncoder {
  readonly #columns: readonly FlatGeobufColumn[]
  readonly #builder = new Builder(4096)
  readonly #properties = new PropertyBuffer()

  constructor(columns: readonly FlatGeobufColumn[]) {
    this.#columns = columns
  }

  /**
   * One feature with its size in front.
   * @param values one for each column, in their order
   * @returns a view that is good until the next call
   */
  encode(geometry: FlatGeometry | null, values: readonly FlatGeobufValue[]): Uint8Array {
    const builder = this.#builder
    builder.clear()
    const properties = this.#properties.encode(this.#columns, values)
    const propertiesOffset = properties.length > 0 ? builder.createByteVector(properties) : null
    const geometryOffset = geometry ? buildGeometry(builder, geometry) : null
    Feature.startFeature(builder)
    if (geometryOffset !== null) Feature.addGeometry(builder, geometryOffset)
    if (propertiesOffset !== null) Feature.addProperties(builder, propertiesOffset)
    Feature.finishSizePrefixedFeatureBuffer(builder, Feature.endFeature(builder))
    return builder.asUint8Array()
  }
}

function buildGeometry(builder: Builder, { type, xy, z, m, ends, parts }: FlatGeometry): number {
  const partsOffset =
    parts && parts.length > 0
      ? Geometry.createPartsVector(
          builder,
          parts.map((part) => buildGeometry(builder, part)),
        )
      : null
  const xyOffset = doubleVector(builder, xy)
  const zOffset = z ? doubleVector(builder, z) : null
  const mOffset = m ? doubleVector(builder, m) : null
  const endsOffset = ends && ends.length > 0 ? Geometry.createEndsVector(builder, Array.from(ends)) : null
  Geometry.startGeometry(builder)
  if (endsOffset !== null) Geometry.addEnds(builder, endsOffset)
  if (xyOffset !== null) Geometry.addXy(builder, xyOffset)
  if (zOffset !== null) Geometry.addZ(builder, zOffset)
  if (mOffset !== null) Geometry.addM(builder, mOffset)
  if (partsOffset !== null) Geometry.addParts(builder, partsOffset)
  Geometry.addType(builder, type as number)
  return Geometry.endGeometry(builder)
}

function doubleVector(builder: Builder, values: ArrayLike<number>): number | null {
  if (values.length === 0) return null
  builder.startVector(8, values.length, 8)
  for (let i = values.length - 1; i >= 0; i--) builder.addFloat64(values[i]!)
  return builder.endVector()
}

/** The properties of one feature: the number of a column and its value, by turns; what is null is left out. */
class PropertyBuffer {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #at = 0
  readonly #text = new TextEncoder()

  encode(columns: readonly FlatGeobufColumn[], values: readonly FlatGeobufValue[]): Uint8Array {
    this.#at = 0
    columns.forEach(({ type }, i) => {
      const value = values[i] ?? null
      if (value === null) return
      this.#reserve(2 + 8)
      this.#view.setUint16(this.#at, i, true)
      this.#at += 2
      this.#value(type, value)
    })
    return this.#bytes.subarray(0, this.#at)
  }

  #value(type: FlatGeobufColumn['type'], value: NonNullable<FlatGeobufValue>): void {
    switch (type) {
      case 'Bool':
        this.#view.setUint8(this.#at, value ? 1 : 0)
        this.#at += 1
        break
      case 'Int':
        this.#view.setInt32(this.#at, Number(value), true)
        this.#at += 4
        break
      case 'Long':
        this.#view.setBigInt64(this.#at, BigInt(value as bigint), true)
        this.#at += 8
        break
      case 'Double':
        this.#view.setFloat64(this.#at, Number(value), true)
        this.#at += 8
        break
      default: {
        const bytes = typeof value === 'string' ? this.#text.encode(value) : (value as Uint8Array)
        this.#reserve(4 + bytes.length)
        this.#view.setUint32(this.#at, bytes.length, true)
        this.#bytes.set(bytes, this.#at + 4)
        this.#at += 4 + bytes.length
      }
    }
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + bytes))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
