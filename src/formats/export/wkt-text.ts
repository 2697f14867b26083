import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'
import { isEmptyGeometry } from './staged-shapes.ts'

const NAMES = [
  '',
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
]

const { Polygon, MultiPoint, MultiLineString, MultiPolygon } = GEOMETRY_CODES

/** A geometry as well-known text (ISO 19125, with Z and M as SQL/MM has them). */
export function wktText(geometry: FlatGeometry): string {
  const sample = firstPart(geometry)
  const dimensions = `${sample.z ? 'Z' : ''}${sample.m ? 'M' : ''}`
  return `${NAMES[geometry.type]}${dimensions && ` ${dimensions}`} ${body(geometry)}`
}

const firstPart = (geometry: FlatGeometry): FlatGeometry =>
  geometry.parts?.[0] ? firstPart(geometry.parts[0]) : geometry

function body(geometry: FlatGeometry): string {
  if (isEmptyGeometry(geometry)) return 'EMPTY'
  const { type, xy, parts } = geometry
  const points = xy.length / 2
  switch (type) {
    case MultiPoint:
      return list(points, (i) => `(${position(geometry, i)})`)
    case Polygon:
    case MultiLineString: {
      const ends = geometry.ends && geometry.ends.length > 0 ? geometry.ends : [points]
      return list(ends.length, (i) => {
        const start = i === 0 ? 0 : ends[i - 1]!
        return list(ends[i]! - start, (n) => position(geometry, start + n))
      })
    }
    default:
      if (!parts) return list(points, (i) => position(geometry, i))
      return list(parts.length, (i) => (type === MultiPolygon ? body(parts[i]!) : wktText(parts[i]!)))
  }
}

const list = (length: number, item: (i: number) => string): string =>
  `(${Array.from({ length }, (_, i) => item(i)).join(',')})`

const position = ({ xy, z, m }: FlatGeometry, i: number): string =>
  `${xy[2 * i]} ${xy[2 * i + 1]}${z ? ` ${z[i]}` : ''}${m ? ` ${m[i]}` : ''}`
