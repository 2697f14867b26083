import type { LiteralGeometry, Position } from '../ast.ts'

/** The geometry in well-known text; its first two axes exchanged where they are the other way round. */
export function geometryText(geometry: LiteralGeometry, isSwapped: boolean): string {
  const dimension = dimensionsOf(geometry) === 3 ? ' Z' : ''
  return `${geometry.type.toUpperCase()}${dimension} ${contentText(geometry, isSwapped)}`
}

function contentText(geometry: LiteralGeometry, isSwapped: boolean): string {
  const position = ([first, second, ...more]: Position) =>
    (isSwapped ? [second, first, ...more] : [first, second, ...more]).join(' ')
  const line = (positions: Position[]) => inParentheses(positions.map(position))
  const lines = (parts: Position[][]) => inParentheses(parts.map(line))
  switch (geometry.type) {
    case 'Point':
      return geometry.coordinates.length === 0 ? 'EMPTY' : `(${position(geometry.coordinates)})`
    case 'LineString':
      return line(geometry.coordinates)
    case 'MultiPoint':
      return inParentheses(geometry.coordinates.map((point) => `(${position(point)})`))
    case 'Polygon':
    case 'MultiLineString':
      return lines(geometry.coordinates)
    case 'MultiPolygon':
      return inParentheses(geometry.coordinates.map(lines))
    case 'GeometryCollection':
      return inParentheses(geometry.geometries.map((member) => geometryText(member, isSwapped)))
  }
}

const inParentheses = (parts: string[]): string => (parts.length === 0 ? 'EMPTY' : `(${parts.join(', ')})`)

const dimensionsOf = (geometry: LiteralGeometry): number => positionsOf(geometry)[0]?.length ?? 2

/** All positions of a geometry. */
export function positionsOf(geometry: LiteralGeometry): Position[] {
  switch (geometry.type) {
    case 'Point':
      return geometry.coordinates.length === 0 ? [] : [geometry.coordinates]
    case 'LineString':
    case 'MultiPoint':
      return geometry.coordinates
    case 'Polygon':
    case 'MultiLineString':
      return geometry.coordinates.flat()
    case 'MultiPolygon':
      return geometry.coordinates.flat(2)
    case 'GeometryCollection':
      return geometry.geometries.flatMap(positionsOf)
  }
}
