import type { Filter } from '../ast.ts'
import { checkLength } from '../limits.ts'
import { WhereParser } from './parser.ts'

/**
 * The filter that a condition of SQL is, as it stands behind WHERE: comparisons, LIKE and ILIKE, IN, BETWEEN, IS NULL, AND,
 * OR and NOT, arithmetic, `||`, CASE, casts, and the functions of `functions.ts` and `calls.ts`. Names are those of
 * properties in whatever case; geometries without a system of their own are in that of the features.
 * @throws QueryError where it is none, with the position of what is not understood, or larger than filters may be
 */
export function parseWhere(text: string): Filter {
  checkLength(text)
  return new WhereParser(text).filter()
}
