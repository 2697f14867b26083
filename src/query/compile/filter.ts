import type { SQL } from 'drizzle-orm'
import type { Filter } from '../ast.ts'
import { compileExpression } from './expression.ts'
import { type QueryTarget, typed } from './value.ts'

/**
 * The condition on a row of the dataset's table that a filter is: null where the filter's truth cannot be told. Columns
 * are those of the target only, everything else of the filter is bound.
 * @throws QueryError where a property or a function is not there, or types do not go together
 */
export function compileFilter(filter: Filter, target: QueryTarget): SQL<boolean> {
  const compilation = { target, value: (expression: Filter) => compileExpression(expression, compilation) }
  return typed(compilation, filter, 'boolean').sql as SQL<boolean>
}
