import { type SQL, sql } from 'drizzle-orm'
import { madeValid } from '../../store/feature-geometry.ts'
import type {
  BoxLiteral,
  Expression,
  GeometryLiteral,
  LiteralGeometry,
  SpatialPredicate,
  SpatialRelation,
} from '../ast.ts'
import { geometryText } from './geometry-text.ts'
import { featureSridOf, isInDegrees, isSwapped, literalSridOf, shapeOf, sizeOf } from './literal-shape.ts'
import { type Compilation, type QueryTarget, typed } from './value.ts'

/** Greater geometries in degrees do not keep their shape in other systems, or have none there. */
const TRANSFORMED_MAX_DEGREES = 30
/** Parts that the greater side of a geometry is cut into, at the least, before it is transformed: lines become curves. */
const TRANSFORMED_PARTS = 64

const TESTS: Record<Exclude<SpatialRelation, 'disjoint'>, string> = {
  intersects: 'ST_Intersects',
  equals: 'ST_Equals',
  touches: 'ST_Touches',
  crosses: 'ST_Crosses',
  within: 'ST_Within',
  contains: 'ST_Contains',
  overlaps: 'ST_Overlaps',
}

type Literal = GeometryLiteral | BoxLiteral

const isLiteral = (expression: Expression): expression is Literal =>
  expression.kind === 'geometry' || expression.kind === 'box'

/** A literal is put into the system of the features, so that their index serves, unless it would lose its shape. */
export function compileSpatial(predicate: SpatialPredicate, compilation: Compilation): SQL {
  const { relation, left, right } = predicate
  const { target } = compilation
  const kept = [left, right].filter(isLiteral).find((literal) => keepsItsSystem(literal, target))
  const srid = kept ? literalSridOf(kept, target) : featureSridOf(target)
  const a = inSystem(left, srid, compilation)
  const b = inSystem(right, srid, compilation)
  if (relation === 'disjoint') return sql`(not ST_Intersects(${a}, ${b}))`
  return sql`${sql.raw(TESTS[relation])}(${a}, ${b})`
}

function keepsItsSystem(literal: Literal, target: QueryTarget): boolean {
  if (featureSridOf(target) === literalSridOf(literal, target)) return false
  const shape = shapeOf(literal, target)
  return isInDegrees(shape, target) && sizeOf(shape) > TRANSFORMED_MAX_DEGREES
}

function inSystem(expression: Expression, srid: number, compilation: Compilation): SQL {
  const { target } = compilation
  if (isLiteral(expression)) return literalIn(expression, srid, target)
  const { sql: value } = typed(compilation, expression, 'geometry')
  return srid === featureSridOf(target) ? value : sql`ST_Transform(${value}, ${srid}::integer)`
}

/** A geometry in the system of the features. */
export const literalGeometry = (literal: Literal, target: QueryTarget): SQL =>
  literalIn(literal, featureSridOf(target), target)

function literalIn(literal: Literal, srid: number, target: QueryTarget): SQL {
  const shape = shapeOf(literal, target)
  const text = geometryText(shape, isSwapped(target))
  const own = literalSridOf(literal, target)
  // What is compared with features without a system must have none either.
  const written = sql`ST_GeomFromText(${text}::text, ${target.geometry?.srid === 0 ? 0 : own}::integer)`
  const geometry = valid(written, shape)
  if (srid === own) return geometry
  const part = sizeOf(shape) / TRANSFORMED_PARTS
  const dense = part > 0 ? sql`ST_Segmentize(${geometry}, ${part}::double precision)` : geometry
  return valid(sql`ST_Transform(${dense}, ${srid}::integer)`, shape)
}

/** Areas whose rings cross become areas whose rings do not; what has no area becomes a line, or a point. */
const valid = (geometry: SQL, { type }: LiteralGeometry): SQL =>
  type.endsWith('Polygon') || type === 'GeometryCollection' ? madeValid(geometry) : geometry
