import { type FlatGeometry, GEOMETRY_CODES, type GeometryCode } from '../geo/flat-geometry.ts'
import { FormatError } from './format-error.ts'

/** PostGIS' flags in the type of an extended well-known binary (EWKB). */
const HAS_Z = 0x80000000
const HAS_M = 0x40000000
const HAS_SRID = 0x20000000

const { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection } =
  GEOMETRY_CODES

/** Collections within collections, at most. */
const DEPTH_MAX = 32

/**
 * A geometry as PostGIS' extended well-known binary, little endian. An empty point has NaN coordinates.
 * @param srid written into the outermost header; none for 0
 */
export function encodeEwkb(geometry: FlatGeometry, srid = 0): Uint8Array<ArrayBuffer> {
  const writer = new WkbWriter(sizeOf(geometry) + (srid === 0 ? 0 : 4))
  writer.geometry(geometry, srid)
  return writer.bytes
}

const strideOf = ({ z, m }: FlatGeometry): number => 2 + (z ? 1 : 0) + (m ? 1 : 0)
const pointsOf = ({ xy }: FlatGeometry): number => xy.length >> 1
/** Parts take their dimensions from the whole, should they have none of their own. */
const partsOf = ({ parts }: FlatGeometry): readonly FlatGeometry[] => parts ?? []

function sizeOf(geometry: FlatGeometry): number {
  const header = 5
  const coordinates = pointsOf(geometry) * strideOf(geometry) * 8
  switch (geometry.type) {
    case Point:
      return header + strideOf(geometry) * 8
    case LineString:
      return header + 4 + coordinates
    case MultiPoint:
      return header + 4 + pointsOf(geometry) * header + coordinates
    case Polygon:
      return header + 4 + 4 * endsOf(geometry).length + coordinates
    case MultiLineString:
      return header + 4 + (header + 4) * endsOf(geometry).length + coordinates
    default:
      return header + 4 + partsOf(geometry).reduce((sum, part) => sum + sizeOf(part), 0)
  }
}

/** Where rings or lines end; one that is not told of takes all there is. */
function endsOf(geometry: FlatGeometry): ArrayLike<number> {
  if (geometry.ends && geometry.ends.length > 0) return geometry.ends
  return geometry.xy.length > 0 ? [pointsOf(geometry)] : []
}

class WkbWriter {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  #at = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.#view = new DataView(this.bytes.buffer)
  }

  geometry(geometry: FlatGeometry, srid: number): void {
    const { type } = geometry
    this.#header(type, geometry, srid)
    if (type === Point) {
      if (geometry.xy.length === 0) for (let i = strideOf(geometry); i > 0; i--) this.#double(Number.NaN)
      else this.#points(geometry, 0, 1)
    } else if (type === LineString) {
      this.#count(pointsOf(geometry))
      this.#points(geometry, 0, pointsOf(geometry))
    } else if (type === MultiPoint) {
      this.#count(pointsOf(geometry))
      for (let i = 0; i < pointsOf(geometry); i++) {
        this.#header(Point, geometry, 0)
        this.#points(geometry, i, i + 1)
      }
    } else if (type === Polygon || type === MultiLineString) {
      const ends = endsOf(geometry)
      this.#count(ends.length)
      for (let i = 0, start = 0; i < ends.length; i++) {
        const end = ends[i]!
        if (type === MultiLineString) this.#header(LineString, geometry, 0)
        this.#count(end - start)
        this.#points(geometry, start, end)
        start = end
      }
    } else {
      const parts = partsOf(geometry)
      this.#count(parts.length)
      for (const part of parts) this.geometry(part, 0)
    }
  }

  #header(type: GeometryCode, { z, m, parts }: FlatGeometry, srid: number): void {
    const first = parts?.[0]
    const flags = ((z ?? first?.z) ? HAS_Z : 0) + ((m ?? first?.m) ? HAS_M : 0) + (srid === 0 ? 0 : HAS_SRID)
    this.#view.setUint8(this.#at, 1)
    this.#view.setUint32(this.#at + 1, type + flags, true)
    this.#at += 5
    if (srid !== 0) this.#count(srid)
  }

  #points({ xy, z, m }: FlatGeometry, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.#double(xy[2 * i]!)
      this.#double(xy[2 * i + 1]!)
      if (z) this.#double(z[i]!)
      if (m) this.#double(m[i]!)
    }
  }

  #count(value: number): void {
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }
}

/**
 * A geometry of its well-known binary: OGC's, ISO's or PostGIS' (whose SRID is left out), either byte order.
 * @throws FormatError `bad-wkb` where it is cut off, or of another type than the seven
 */
export function decodeWkb(bytes: Uint8Array): FlatGeometry {
  try {
    return new WkbReader(bytes).geometry(0)
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('bad-wkb', 'the geometry is cut off')
    throw error
  }
}

interface Layout {
  type: GeometryCode
  hasZ: boolean
  hasM: boolean
}

class WkbReader {
  readonly #view: DataView
  #at = 0
  #littleEndian = true

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  geometry(depth: number): FlatGeometry {
    if (depth > DEPTH_MAX) throw new FormatError('bad-wkb', 'the geometry is nested too deeply')
    const layout = this.#layout()
    const { type } = layout
    switch (type) {
      case Point: {
        const sink = new CoordinateSink(layout, 1)
        this.#points(sink, 1)
        return Number.isNaN(sink.xy[0]) ? new CoordinateSink(layout, 0).geometry() : sink.geometry()
      }
      case LineString: {
        const count = this.#count()
        const sink = new CoordinateSink(layout, this.#plausible(count, layout))
        this.#points(sink, count)
        return sink.geometry()
      }
      case Polygon:
        return this.#lines(layout, () => {})
      case MultiLineString:
        return this.#lines(layout, () => this.#layout())
      case MultiPoint: {
        const count = this.#count()
        const sink = new CoordinateSink(layout, this.#plausible(count, layout))
        for (let i = 0; i < count; i++) {
          this.#layout()
          this.#points(sink, 1)
        }
        return sink.geometry()
      }
      case MultiPolygon:
      case GeometryCollection: {
        const count = this.#count()
        const parts: FlatGeometry[] = []
        for (let i = 0; i < count; i++) parts.push(this.geometry(depth + 1))
        return { type, xy: [], parts }
      }
    }
  }

  #lines(layout: Layout, enter: () => void): FlatGeometry {
    const count = this.#count()
    const ends: number[] = []
    const sinks: CoordinateSink[] = []
    let points = 0
    for (let i = 0; i < count; i++) {
      enter()
      const length = this.#count()
      const sink = new CoordinateSink(layout, this.#plausible(length, layout))
      this.#points(sink, length)
      points += length
      sinks.push(sink)
      ends.push(points)
    }
    const whole = new CoordinateSink(layout, points)
    for (const sink of sinks) whole.append(sink)
    return { ...whole.geometry(), ends }
  }

  #layout(): Layout {
    this.#littleEndian = this.#view.getUint8(this.#at) === 1
    const word = this.#view.getUint32(this.#at + 1, this.#littleEndian)
    this.#at += 5
    if (word & HAS_SRID) this.#at += 4
    const plain = word & 0x1fffffff
    const isoDimensions = Math.floor(plain / 1000)
    const type = plain % 1000
    if (type < Point || type > GeometryCollection || isoDimensions > 3)
      throw new FormatError('bad-wkb', `the geometry type ${plain} is not known`)
    return {
      type: type as GeometryCode,
      hasZ: (word & HAS_Z) !== 0 || isoDimensions === 1 || isoDimensions === 3,
      hasM: (word & HAS_M) !== 0 || isoDimensions === 2 || isoDimensions === 3,
    }
  }

  /** A count, refused where the bytes left cannot hold so many points. */
  #plausible(count: number, { hasZ, hasM }: Layout): number {
    const stride = 8 * (2 + (hasZ ? 1 : 0) + (hasM ? 1 : 0))
    if (count * stride > this.#view.byteLength - this.#at) throw new RangeError('cut off')
    return count
  }

  #points(sink: CoordinateSink, count: number): void {
    for (let i = 0; i < count; i++)
      sink.push(
        this.#double(),
        this.#double(),
        sink.z ? this.#double() : Number.NaN,
        sink.m ? this.#double() : Number.NaN,
      )
  }

  #count(): number {
    const value = this.#view.getUint32(this.#at, this.#littleEndian)
    this.#at += 4
    return value
  }

  #double(): number {
    const value = this.#view.getFloat64(this.#at, this.#littleEndian)
    this.#at += 8
    return value
  }
}

class CoordinateSink {
  readonly xy: Float64Array
  readonly z: Float64Array | null
  readonly m: Float64Array | null
  readonly #type: GeometryCode
  #length = 0

  constructor({ type, hasZ, hasM }: Layout, points: number) {
    this.#type = type
    this.xy = new Float64Array(2 * points)
    this.z = hasZ ? new Float64Array(points) : null
    this.m = hasM ? new Float64Array(points) : null
  }

  push(x: number, y: number, z: number, m: number): void {
    const i = this.#length++
    this.xy[2 * i] = x
    this.xy[2 * i + 1] = y
    if (this.z) this.z[i] = z
    if (this.m) this.m[i] = m
  }

  append({ xy, z, m }: CoordinateSink): void {
    this.xy.set(xy, 2 * this.#length)
    if (z) this.z?.set(z, this.#length)
    if (m) this.m?.set(m, this.#length)
    this.#length += xy.length >> 1
  }

  geometry(): FlatGeometry {
    return {
      type: this.#type,
      xy: this.xy,
      ...(this.z ? { z: this.z } : {}),
      ...(this.m ? { m: this.m } : {}),
    }
  }
}
