import { childrenOf, type Expression } from './ast.ts'
import { QueryError } from './query-error.ts'

/** Of a filter's text, CQL2's or JSON. */
export const FILTER_LENGTH_MAX_CHARACTERS = 128 * 1024
/** Expressions within expressions; a chain of one operator, such as `a + b + c`, counts as deep as it is long. */
export const FILTER_DEPTH_MAX = 100
/** Literals, names, operators of a filter. */
export const FILTER_NODES_MAX = 10_000
/** Positions of all geometries of a filter. */
export const FILTER_VERTICES_MAX = 10_000

/** Counts what a filter is made of while it is read, so that no filter is larger than those who work on it can bear. */
export class FilterBudget {
  readonly #depths = new WeakMap<Expression, number>()
  #nodes = 0
  #vertices = 0
  #nesting = 0

  /** Takes part in the count; every expression comes through here, the inner ones first. */
  expression<T extends Expression>(expression: T): T {
    let depth = 0
    for (const child of childrenOf(expression)) depth = Math.max(depth, this.#depths.get(child) ?? 0)
    this.#depths.set(expression, depth + 1)
    if (depth >= FILTER_DEPTH_MAX) throw tooDeep(expression.position)
    if (++this.#nodes > FILTER_NODES_MAX)
      throw new QueryError(`the filter has more than ${FILTER_NODES_MAX} parts`, expression.position)
    return expression
  }

  /** Reads something that is nested in what is being read. */
  nested<T>(position: number, read: () => T): T {
    if (++this.#nesting > FILTER_DEPTH_MAX) throw tooDeep(position)
    const result = read()
    this.#nesting--
    return result
  }

  vertex(position: number): void {
    if (++this.#vertices > FILTER_VERTICES_MAX)
      throw new QueryError(
        `the filter's geometries have more than ${FILTER_VERTICES_MAX} positions`,
        position,
      )
  }
}

/** Refuses a text that is too long to be read. */
export function checkLength(text: string): void {
  if (text.length > FILTER_LENGTH_MAX_CHARACTERS)
    throw new QueryError(
      `the filter is longer than ${FILTER_LENGTH_MAX_CHARACTERS} characters`,
      FILTER_LENGTH_MAX_CHARACTERS,
    )
}

const tooDeep = (position: number) =>
  new QueryError(`the filter is nested more than ${FILTER_DEPTH_MAX} levels deep`, position)
