import { type SQL, sql } from 'drizzle-orm'
import type { Expression, Fold, Like } from '../ast.ts'
import { QueryError } from '../query-error.ts'
import { anyOf, eachOf, textsOf } from './texts.ts'
import { type Compilation, typed, type Value } from './value.ts'

/** Wildcards of a pattern: each may be tried at every character of a text. */
export const LIKE_WILDCARDS_MAX = 100

/**
 * A text without regard to case: Unicode's full folding, by which `ß` is `SS`, whatever the database's own locale is. Its
 * letters are the capital ones, for a small sigma has two forms.
 */
const foldCase = (text: SQL): SQL =>
  sql`(upper(lower(${text} collate "und-x-icu") collate "und-x-icu") collate "C")`

/** A text in ASCII as far as it goes; letters that are written in two parts are put together before. */
const foldAccents = (text: SQL): SQL => sql`unaccent(normalize(${text}, nfc))`

const apply = (fold: Fold['fold'], text: SQL): SQL => (fold === 'case' ? foldCase(text) : foldAccents(text))

export function compileFold({ fold, operand }: Fold, compilation: Compilation): Value {
  const list = textsOf(compilation, operand)
  if (list) return { sql: eachOf(list, (item) => apply(fold, item)), type: 'texts' }
  return { sql: apply(fold, typed(compilation, operand, 'text').sql), type: 'text' }
}

export function compileLike({ operand, pattern }: Like, compilation: Compilation): SQL {
  const matches = (text: SQL) => sql`(${text} like ${compilePattern(pattern)})`
  const list = textsOf(compilation, operand)
  return list ? anyOf(list, matches) : matches(typed(compilation, operand, 'text').sql)
}

function compilePattern(pattern: Expression, isWithoutAccents = false): SQL {
  if (pattern.kind === 'fold') {
    const inner = compilePattern(pattern.operand, isWithoutAccents || pattern.fold === 'accent')
    return apply(pattern.fold, inner)
  }
  if (pattern.kind !== 'text') throw new QueryError('a pattern is a text', pattern.position)
  const text = isWithoutAccents ? narrowed(pattern.value) : pattern.value
  checkPattern(text, pattern.position)
  return sql`${text}::text`
}

/** What `unaccent` makes wildcards or backslashes of. */
const NARROW: Record<string, string> = { '％': '%', '﹪': '%', '＿': '_', '∖': '\\', '﹨': '\\', '＼': '\\' }

/** The pattern with those characters as what they become, and as nothing but characters. */
const narrowed = (pattern: string): string =>
  pattern.replace(/\\?[\s\S]/g, (part) => {
    const narrow = NARROW[part.at(-1)!]
    return narrow ? `\\${narrow}` : part
  })

function checkPattern(pattern: string, position: number): void {
  const unescaped = pattern.replace(/\\[\s\S]/g, '')
  if (unescaped.includes('\\')) throw new QueryError('the pattern ends with a backslash', position)
  if ((unescaped.match(/[%_]/g)?.length ?? 0) > LIKE_WILDCARDS_MAX)
    throw new QueryError(`the pattern has more than ${LIKE_WILDCARDS_MAX} wildcards`, position)
}
