import type { Filter } from '../ast.ts'
import { checkLength } from '../limits.ts'
import { ExpressionParser } from './parser.ts'

/**
 * The filter that an expression is: `title="My App"`, `(and title="My App";createdBy="admin")`, `(not title like "A*")`.
 * Comparisons are `=`, `!=`, `<`, `<=`, `>`, `>=` and `like`, whose `*` is any characters and whose `?` is one, in whatever
 * case. `and`, `or` and `not` stand behind a parenthesis, before expressions between semicolons; `not` says that none of them
 * holds. Values are of the type that their property has.
 * @throws QueryError where it is none, with the position of what is not understood, or larger than filters may be
 */
export function parseFilterExpression(text: string): Filter {
  checkLength(text)
  return new ExpressionParser(text).filter()
}
