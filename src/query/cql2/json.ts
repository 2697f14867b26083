import type { Filter } from '../ast.ts'
import { checkLength } from '../limits.ts'
import { QueryError } from '../query-error.ts'
import { JsonParser } from './json-parser.ts'
import { readJsonTree } from './json-tree.ts'

/**
 * The filter that a document in CQL2 JSON (OGC 21-065) is.
 * @param json its text, so that errors tell the place in it; or its value, whose text is then the shortest one
 * @throws QueryError where it is none, or larger than filters may be
 */
export function parseCql2Json(json: unknown): Filter {
  const text = typeof json === 'string' ? json : serialize(json)
  checkLength(text)
  return new JsonParser().expression(readJsonTree(text))
}

function serialize(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch (error) {
    throw new QueryError(`the filter is not JSON: ${error instanceof Error ? error.message : error}`, 0)
  }
}
