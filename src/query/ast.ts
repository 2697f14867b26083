/** What every part of a filter has: where its text begins, in UTF-16 units from 0. */
interface Node {
  position: number
}

export type ComparisonOperator = '=' | '<>' | '<' | '>' | '<=' | '>='
/** `quotient` is SQL's division: whole where both operands are. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | 'div' | '^' | 'quotient'

/** Relations of the dimensionally extended nine-intersection model. */
export const SPATIAL_RELATIONS = [
  'intersects',
  'disjoint',
  'equals',
  'touches',
  'crosses',
  'within',
  'contains',
  'overlaps',
] as const
export type SpatialRelation = (typeof SPATIAL_RELATIONS)[number]

/** Relations of times; those after `intersects` are between intervals. */
export const TEMPORAL_RELATIONS = [
  'after',
  'before',
  'disjoint',
  'equals',
  'intersects',
  'contains',
  'during',
  'finishedBy',
  'finishes',
  'meets',
  'metBy',
  'overlappedBy',
  'overlaps',
  'startedBy',
  'starts',
] as const
export type TemporalRelation = (typeof TEMPORAL_RELATIONS)[number]

/** Relations of arrays taken as sets. */
export const ARRAY_RELATIONS = ['equals', 'contains', 'containedBy', 'overlaps'] as const
export type ArrayRelation = (typeof ARRAY_RELATIONS)[number]

/** Two coordinates, or three. */
export type Position = number[]

/** A geometry as GeoJSON has it; without coordinates it is empty. */
export type LiteralGeometry =
  | { type: 'Point'; coordinates: Position }
  | { type: 'LineString' | 'MultiPoint'; coordinates: Position[] }
  | { type: 'Polygon' | 'MultiLineString'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] }
  | { type: 'GeometryCollection'; geometries: LiteralGeometry[] }

export interface TextLiteral extends Node {
  kind: 'text'
  value: string
  /** It is of the type that its place asks for, as SQL's literals are. */
  isUntyped?: true
}

/** SQL's NULL, of the type that its place asks for. */
export interface NullLiteral extends Node {
  kind: 'null'
}

export interface NumberLiteral extends Node {
  kind: 'number'
  /** An integer that a double does not hold is a bigint. */
  value: number | bigint
  /** It is written with decimals, so that SQL does not take it for an integer. */
  isDecimal?: true
}

export interface BooleanLiteral extends Node {
  kind: 'boolean'
  value: boolean
}

export interface InstantLiteral extends Node {
  kind: 'date' | 'timestamp'
  /** `YYYY-MM-DD`, for a timestamp with the time and its zone, as RFC 3339 has it. */
  value: string
}

/** A time from a start to an end, both of them included. */
export interface Interval extends Node {
  kind: 'interval'
  /** Null where it is open. */
  start: Expression | null
  end: Expression | null
}

/** The EPSG code of what a geometry of a filter is in, or the features' own system. */
export type LiteralSystem = number | 'features'

export interface GeometryLiteral extends Node {
  kind: 'geometry'
  geometry: LiteralGeometry
  /** The filter's unless given. */
  srid?: LiteralSystem
}

/** A rectangle, or a box. Its west may be greater than its east: it crosses the antimeridian. */
export interface BoxLiteral extends Node {
  kind: 'box'
  /** First axis, second axis, third axis where there is one; the lower corner, then the upper. */
  bounds: number[]
  /** The filter's unless given. */
  srid?: LiteralSystem
}

export interface ArrayLiteral extends Node {
  kind: 'array'
  items: Expression[]
}

/** A property of the features, by the name their dataset has for it. */
export interface PropertyReference extends Node {
  kind: 'property'
  name: string
  /** In whatever case, where none has the very name; what the platform keeps of each feature has a name, too (`__id`). */
  anyCase?: true
}

/** A text without regard to case, or to accents. */
export interface Fold extends Node {
  kind: 'fold'
  fold: 'case' | 'accent'
  operand: Expression
}

export interface FunctionCall extends Node {
  kind: 'call'
  name: string
  operands: Expression[]
}

/** One of several values of the same type, as SQL's functions of these names choose it. */
export interface Choice extends Node {
  kind: 'choice'
  choice: 'coalesce' | 'nullif' | 'greatest' | 'least'
  operands: Expression[]
}

/** The value behind the first condition that is true. */
export interface Case extends Node {
  kind: 'case'
  branches: { when: Expression; value: Expression }[]
  otherwise: Expression
}

export interface Arithmetic extends Node {
  kind: 'arithmetic'
  operator: ArithmeticOperator
  left: Expression
  right: Expression
}

export interface Conjunction extends Node {
  kind: 'and' | 'or'
  operands: Expression[]
}

export interface Negation extends Node {
  kind: 'not'
  operand: Expression
}

export interface Comparison extends Node {
  kind: 'comparison'
  operator: ComparisonOperator
  left: Expression
  right: Expression
}

/** `%` stands for any characters, `_` for one; a backslash takes the meaning from what follows it. */
export interface Like extends Node {
  kind: 'like'
  operand: Expression
  /** A text, folded or not. */
  pattern: Expression
}

export interface Between extends Node {
  kind: 'between'
  operand: Expression
  lower: Expression
  upper: Expression
}

export interface In extends Node {
  kind: 'in'
  operand: Expression
  items: Expression[]
}

export interface IsNull extends Node {
  kind: 'isNull'
  operand: Expression
}

export interface SpatialPredicate extends Node {
  kind: 'spatial'
  relation: SpatialRelation
  left: Expression
  right: Expression
}

export interface TemporalPredicate extends Node {
  kind: 'temporal'
  relation: TemporalRelation
  left: Expression
  right: Expression
}

export interface ArrayPredicate extends Node {
  kind: 'sets'
  relation: ArrayRelation
  left: Expression
  right: Expression
}

export type Expression =
  | TextLiteral
  | NullLiteral
  | NumberLiteral
  | BooleanLiteral
  | InstantLiteral
  | Interval
  | GeometryLiteral
  | BoxLiteral
  | ArrayLiteral
  | PropertyReference
  | Fold
  | FunctionCall
  | Choice
  | Case
  | Arithmetic
  | Conjunction
  | Negation
  | Comparison
  | Like
  | Between
  | In
  | IsNull
  | SpatialPredicate
  | TemporalPredicate
  | ArrayPredicate

/** An expression that is true of a feature, or false, or null where that cannot be told. */
export type Filter = Expression

/** The expressions that an expression is made of. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'interval':
      return [expression.start, expression.end].filter((end) => end !== null)
    case 'array':
      return expression.items
    case 'fold':
    case 'not':
    case 'isNull':
      return [expression.operand]
    case 'call':
    case 'choice':
    case 'and':
    case 'or':
      return expression.operands
    case 'case':
      return [...expression.branches.flatMap(({ when, value }) => [when, value]), expression.otherwise]
    case 'arithmetic':
    case 'comparison':
    case 'spatial':
    case 'temporal':
    case 'sets':
      return [expression.left, expression.right]
    case 'like':
      return [expression.operand, expression.pattern]
    case 'between':
      return [expression.operand, expression.lower, expression.upper]
    case 'in':
      return [expression.operand, ...expression.items]
    default:
      return []
  }
}
