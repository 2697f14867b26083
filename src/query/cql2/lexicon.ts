import type { Lexicon } from '../text/tokens.ts'

const START =
  ':_A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u167F\\u1681-\\u1FFE' +
  '\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'

/** Characters that a backslash makes of letters; before any other but itself and a quote it stands for itself. */
const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  "'": "'",
  '\\': '\\',
}

/** The tokens of CQL2's text (OGC 21-065). */
export const CQL2_LEXICON: Lexicon = {
  word: new RegExp(`[${START}][${START}.0-9\\u0300-\\u036F\\u203F-\\u2040]*`, 'uy'),
  symbol: /<>|<=|>=|[=<>+\-*/%^(),[\]]/y,
  text: /'(?:[^'\\]|''|\\.)*'/sy,
  unescaped: (text) =>
    text.replace(/''|\\([abtnvfr'\\])/g, (_all, escaped: string | undefined) => ESCAPES[escaped ?? "'"]!),
}
