import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { Expression } from '../ast.ts'
import { QueryError } from '../query-error.ts'
import { TYPE_NAMES, type Value, type ValueType } from './types.ts'
import { isUntyped, untypedAs } from './untyped.ts'

export { TYPE_NAMES, type Value, type ValueType } from './types.ts'

/** What a filter is asked of. */
export interface QueryTarget {
  columns: readonly DatasetColumn[]
  /** What has a name beside them, or in the place of one. */
  properties?: ReadonlyMap<string, Value>
  /** Null where the features have none. */
  geometry: { srid: number } | null
  /** The system of the filter's coordinates; CRS84 (degrees, longitude first) unless told. */
  filterSrid?: number
  /** The order of the filter's coordinates; `yx` where the system has its northing, or latitude, first. */
  axisOrder?: 'xy' | 'yx'
}

/** What the parts of the compiler have of one another. */
export interface Compilation {
  readonly target: QueryTarget
  value(expression: Expression): Value
}

/** The expression's SQL. @throws QueryError where it is of another type */
export function typed(compilation: Compilation, expression: Expression, ...types: ValueType[]): Value {
  if (isUntyped(expression)) return untypedAs(expression, types)
  const value = compilation.value(expression)
  if (!types.includes(value.type))
    throw new QueryError(
      `${types.map((type) => TYPE_NAMES[type]).join(' or ')} is expected, this is ${TYPE_NAMES[value.type]}`,
      expression.position,
    )
  return value
}
