import type { Filter } from '../ast.ts'
import { checkLength } from '../limits.ts'
import { TextParser } from './text-parser.ts'

/**
 * The filter that a text in CQL2 (OGC 21-065) is.
 * @throws QueryError where it is none, or larger than filters may be
 */
export function parseCql2Text(text: string): Filter {
  checkLength(text)
  return new TextParser(text).filter()
}
