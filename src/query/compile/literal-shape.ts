import { findContacts } from '../../geo/mask/contacts.ts'
import { MaskError } from '../../geo/mask/mask-error.ts'
import type { BoxLiteral, GeometryLiteral, LiteralGeometry, Position } from '../ast.ts'
import { QueryError } from '../query-error.ts'
import { positionsOf } from './geometry-text.ts'
import type { QueryTarget } from './value.ts'

/** The system of a filter's coordinates where nothing else is told: WGS 84. */
const DEGREES_SRID = 4326
const LONGITUDE_MAX = 360
const LATITUDE_MAX = 90
const ANTIMERIDIAN = 180

type Literal = GeometryLiteral | BoxLiteral

/** What the coordinates of a filter are in, where a literal says nothing else. */
export const filterSridOf = ({ filterSrid }: QueryTarget): number => filterSrid ?? DEGREES_SRID

/** What the features are in. Those without a system are taken to be in the filter's. */
export const featureSridOf = (target: QueryTarget): number => target.geometry?.srid || filterSridOf(target)

/** What the coordinates of a literal are in. */
export function literalSridOf({ srid }: Literal, target: QueryTarget): number {
  if (srid === 'features') return featureSridOf(target)
  return srid ?? filterSridOf(target)
}

/** Whether the second axis comes first. */
export const isSwapped = ({ axisOrder }: QueryTarget): boolean => axisOrder === 'yx'

/**
 * A literal as a geometry, its coordinates as they are written.
 * @throws QueryError where they are out of range, a box ends before it begins, or lines cross themselves so often that
 * there is no working with them
 */
export function shapeOf(literal: Literal, target: QueryTarget): LiteralGeometry {
  const { position } = literal
  const shape = literal.kind === 'geometry' ? literal.geometry : boxShape(literal, target)
  if (literalSridOf(literal, target) === DEGREES_SRID && !isInDegrees(shape, target))
    throw new QueryError(
      `a coordinate is out of range: longitudes go to ±${LONGITUDE_MAX}, latitudes to ±${LATITUDE_MAX}`,
      position,
    )
  const lines = linesOf(shape).filter(({ length }) => length > 1)
  try {
    if (lines.length > 0) findContacts([lines])
  } catch (error) {
    if (error instanceof MaskError)
      throw new QueryError('the lines of the geometry cross too often', position)
    throw error
  }
  return shape
}

/** Whether coordinates can be degrees. */
export function isInDegrees(shape: LiteralGeometry, target: QueryTarget): boolean {
  const [longitude, latitude] = isSwapped(target) ? [1, 0] : [0, 1]
  return positionsOf(shape).every(
    (position) =>
      Math.abs(position[longitude]!) <= LONGITUDE_MAX && Math.abs(position[latitude]!) <= LATITUDE_MAX,
  )
}

/** The greater side of a geometry's extent; 0 where it has none. */
export function sizeOf(shape: LiteralGeometry): number {
  const positions = positionsOf(shape)
  const side = (axis: number) => {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    for (const position of positions) {
      least = Math.min(least, position[axis]!)
      most = Math.max(most, position[axis]!)
    }
    return Math.max(0, most - least)
  }
  return Math.max(side(0), side(1))
}

/** The rectangle, or the two on both sides of the antimeridian; heights play no part. */
function boxShape({ bounds, position }: BoxLiteral, target: QueryTarget): LiteralGeometry {
  const half = bounds.length / 2
  const lower = [bounds[0]!, bounds[1]!]
  const upper = [bounds[half]!, bounds[half + 1]!]
  const [x, y] = isSwapped(target) ? [1, 0] : [0, 1]
  if (lower[y]! > upper[y]!) throw new QueryError('the box ends south of where it begins', position)
  if (lower[x]! <= upper[x]!) return { type: 'Polygon', coordinates: [ring(lower, upper)] }
  if (Math.abs(lower[x]!) > ANTIMERIDIAN || Math.abs(upper[x]!) > ANTIMERIDIAN)
    throw new QueryError('the box ends west of where it begins', position)
  const withX = (corner: Position, value: number) => corner.map((own, axis) => (axis === x ? value : own))
  return {
    type: 'MultiPolygon',
    coordinates: [[ring(lower, withX(upper, ANTIMERIDIAN))], [ring(withX(lower, -ANTIMERIDIAN), upper)]],
  }
}

function ring([left, bottom]: Position, [right, top]: Position): Position[] {
  return [
    [left!, bottom!],
    [right!, bottom!],
    [right!, top!],
    [left!, top!],
    [left!, bottom!],
  ]
}

type Line = [x: number, y: number][]

/** Lines and rings of a geometry. */
function linesOf(shape: LiteralGeometry): Line[] {
  const plane = (positions: Position[]): Line => positions.map(([x, y]) => [x!, y!])
  switch (shape.type) {
    case 'LineString':
      return [plane(shape.coordinates)]
    case 'Polygon':
    case 'MultiLineString':
      return shape.coordinates.map(plane)
    case 'MultiPolygon':
      return shape.coordinates.flat().map(plane)
    case 'GeometryCollection':
      return shape.geometries.flatMap(linesOf)
    default:
      return []
  }
}
