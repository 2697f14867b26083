import type { Lexicon } from '../text/tokens.ts'

/**
 * The tokens of PostgreSQL's SQL, as far as conditions have them. A backslash is a character like any other,
 * and there are no comments.
 */
export const SQL_LEXICON: Lexicon = {
  word: /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y,
  symbol: /<>|<=|>=|!=|\|\||::|-(?!-)|\/(?!\*)|[=<>+*%^(),]/y,
  text: /'(?:[^']|'')*'/y,
  unescaped: (text) => text.replaceAll("''", "'"),
}
