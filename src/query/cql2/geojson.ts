import type { LiteralGeometry, Position } from '../ast.ts'
import type { FilterBudget } from '../limits.ts'
import { checkGeometry, clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import type { JsonNode } from './json-tree.ts'

/**
 * A geometry as GeoJSON (RFC 7946) has it.
 * @throws QueryError where it is none, or one that cannot be compared with
 */
export function readGeoJson(node: JsonNode, budget: FilterBudget): LiteralGeometry {
  const geometry = read(node, budget)
  checkGeometry(geometry, node.position)
  return geometry
}

function read(node: JsonNode, budget: FilterBudget): LiteralGeometry {
  if (node.kind !== 'object') throw new QueryError('a geometry is expected', node.position)
  const type = node.members.get('type')
  const name = type?.kind === 'string' ? type.value : ''
  const member = (key: string): readonly JsonNode[] => {
    const value = node.members.get(key)
    if (!value) throw new QueryError(`the geometry has no ${key}`, node.position)
    return list(value)
  }
  const position = (value: JsonNode): Position => readPosition(value, budget)
  const line = (value: JsonNode) => list(value).map(position)
  const lines = (value: JsonNode) => list(value).map(line)
  switch (name) {
    case 'Point': {
      const coordinates = member('coordinates')
      return {
        type: name,
        coordinates: coordinates.length === 0 ? [] : position(node.members.get('coordinates')!),
      }
    }
    case 'LineString':
    case 'MultiPoint':
      return { type: name, coordinates: member('coordinates').map(position) }
    case 'Polygon':
    case 'MultiLineString':
      return { type: name, coordinates: member('coordinates').map(line) }
    case 'MultiPolygon':
      return { type: name, coordinates: member('coordinates').map(lines) }
    case 'GeometryCollection': {
      const readMember = (value: JsonNode) => budget.nested(value.position, () => read(value, budget))
      return { type: name, geometries: member('geometries').map(readMember) }
    }
  }
  throw new QueryError(`“${clip(name)}” is no type of a geometry`, type?.position ?? node.position)
}

function list(node: JsonNode): readonly JsonNode[] {
  if (node.kind !== 'array') throw new QueryError('an array is expected', node.position)
  return node.items
}

function readPosition(node: JsonNode, budget: FilterBudget): Position {
  budget.vertex(node.position)
  return list(node).map((coordinate) => {
    if (coordinate.kind !== 'number') throw new QueryError('a number is expected', coordinate.position)
    return Number(coordinate.value)
  })
}
