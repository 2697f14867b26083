import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'
import { base64 } from './base64.ts'
import type { ExportColumn } from './export-format.ts'
import type { ExportValue } from './feature-stage.ts'

const NAMES = [
  '',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
]

const { Point, Polygon, MultiLineString, MultiPolygon, GeometryCollection } = GEOMETRY_CODES

/**
 * Writes GeoJSON (RFC 7946): exterior rings counterclockwise, heights as third numbers, no measures. In another system
 * than WGS 84 it is that of the specification of 2008, which names the system.
 */
export class GeoJsonWriter {
  readonly #names: readonly string[]
  readonly #columns: readonly ExportColumn[]
  #isFirst: boolean

  /** @param isFirst whether no feature has been written before */
  constructor(columns: readonly ExportColumn[], isFirst: boolean) {
    this.#columns = columns
    this.#names = columns.map(({ name }) => JSON.stringify(name))
    this.#isFirst = isFirst
  }

  /** @param srid EPSG code of the coordinates; 0 where nothing is known of them */
  head(name: string, srid: number): string {
    const system =
      srid === 4326 ? '' : `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::${srid}"}},\n`
    return `{"type":"FeatureCollection","name":${JSON.stringify(name)},\n${system}"features":[`
  }

  feature(fid: number, geometry: FlatGeometry | null, values: readonly ExportValue[]): string {
    const properties = values.map((value, i) => `${this.#names[i]}:${json(this.#columns[i]!, value)}`)
    const separator = this.#isFirst ? '\n' : ',\n'
    this.#isFirst = false
    return `${separator}{"type":"Feature","id":${fid},"properties":{${properties.join(',')}},"geometry":${geometry ? geometryText(geometry) : 'null'}}`
  }

  tail(): string {
    return '\n]}\n'
  }
}

function json({ type }: ExportColumn, value: ExportValue): string {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return JSON.stringify(base64(value))
  // Digits, and JSON, stand as they are.
  return type === 'bigint' || type === 'json' ? String(value) : JSON.stringify(value)
}

function geometryText(geometry: FlatGeometry): string {
  const { type, parts } = geometry
  if (type === GeometryCollection)
    return `{"type":"GeometryCollection","geometries":[${(parts ?? []).map(geometryText).join(',')}]}`
  return `{"type":"${NAMES[type]}","coordinates":${coordinates(geometry)}}`
}

function coordinates(geometry: FlatGeometry): string {
  const { type, xy, parts } = geometry
  const points = xy.length / 2
  switch (type) {
    case Point:
      return points === 0 ? '[]' : position(geometry, 0)
    case MultiPolygon:
      return `[${(parts ?? []).map(coordinates).join(',')}]`
    case Polygon:
      return rings(geometry, (i, start, end) => signedArea(xy, start, end) < 0 === (i === 0))
    case MultiLineString:
      return rings(geometry, () => false)
    default:
      return positions(geometry, 0, points, false)
  }
}

function rings(
  geometry: FlatGeometry,
  isReversed: (i: number, start: number, end: number) => boolean,
): string {
  const points = geometry.xy.length / 2
  const ends = geometry.ends && geometry.ends.length > 0 ? geometry.ends : points === 0 ? [] : [points]
  const texts = Array.from(ends, (end, i) => {
    const start = i === 0 ? 0 : ends[i - 1]!
    return positions(geometry, start, end, isReversed(i, start, end))
  })
  return `[${texts.join(',')}]`
}

function positions(geometry: FlatGeometry, start: number, end: number, isReversed: boolean): string {
  const texts: string[] = []
  for (let i = start; i < end; i++) texts.push(position(geometry, isReversed ? start + end - 1 - i : i))
  return `[${texts.join(',')}]`
}

const position = ({ xy, z }: FlatGeometry, i: number): string =>
  `[${xy[2 * i]},${xy[2 * i + 1]}${z ? `,${z[i]}` : ''}]`

/** Twice the area of a ring by the shoelace formula; positive where it runs counterclockwise. */
function signedArea(xy: ArrayLike<number>, start: number, end: number): number {
  let area = 0
  const [x0, y0] = [xy[2 * start]!, xy[2 * start + 1]!]
  for (let i = start; i < end - 1; i++) {
    const [x, y, nextX, nextY] = [xy[2 * i]!, xy[2 * i + 1]!, xy[2 * i + 2]!, xy[2 * i + 3]!]
    area += (x - x0) * (nextY - y0) - (nextX - x0) * (y - y0)
  }
  return area
}
