import type { Lexicon } from '../text/tokens.ts'

/** Tokens of filter expressions. What stands between quotes is kept with its escapes, which patterns read otherwise. */
export const EXPRESSION_LEXICON: Lexicon = {
  word: /[A-Za-z_\u0080-\uFFFF][\w.\u0080-\uFFFF]*/y,
  symbol: /!=|<>|<=|>=|[=<>();-]/y,
  text: /"(?:[^"\\]|\\.|"")*"/sy,
  unescaped: (text) => text,
  hasQuotedNames: false,
}
