import { clip, storableText } from '../literals.ts'
import { QueryError } from '../query-error.ts'

export interface Token {
  /** `name` is a quoted identifier, `word` a keyword or an identifier without quotes. */
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end'
  /** The word as it is written, the text and the name without quotes and escapes. */
  value: string
  position: number
}

const START =
  ':_A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u167F\\u1681-\\u1FFE' +
  '\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const WORD = new RegExp(`[${START}][${START}.0-9\\u0300-\\u036F\\u203F-\\u2040]*`, 'uy')
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOL = /<>|<=|>=|[=<>+\-*/%^(),[\]]/y
const SPACE = /[\s\u0085]*/y
const QUOTED = /"(?:[^"]|"")*"/y
const TEXT = /'(?:[^'\\]|''|\\.)*'/sy

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

/** The tokens of a text in CQL2. @throws QueryError where none can begin */
export function* tokenize(text: string): Generator<Token, void, void> {
  let position = 0
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position
    return pattern.exec(text)?.[0] ?? null
  }
  for (;;) {
    position += match(SPACE)!.length
    if (position === text.length) break
    const token = readToken(match, text, position)
    yield token.token
    position += token.length
  }
  yield { kind: 'end', value: '', position }
}

function readToken(match: (pattern: RegExp) => string | null, text: string, position: number) {
  const token = (kind: Token['kind'], raw: string, value: string) => ({
    token: { kind, value: storableText(value, position), position },
    length: raw.length,
  })
  const word = match(WORD)
  if (word) return token('word', word, word)
  const number = match(NUMBER)
  if (number) return token('number', number, number)
  const symbol = match(SYMBOL)
  if (symbol) return token('symbol', symbol, symbol)
  const quoted = match(QUOTED)
  if (quoted) return token('name', quoted, quoted.slice(1, -1).replaceAll('""', '"'))
  const literal = match(TEXT)
  if (literal) return token('text', literal, unescaped(literal.slice(1, -1)))
  const character = String.fromCodePoint(text.codePointAt(position)!)
  if (character === "'" || character === '"')
    throw new QueryError(`the quote ${clip(text.slice(position))} is not closed`, position)
  throw new QueryError(`${JSON.stringify(character)} has no meaning here`, position)
}

const unescaped = (text: string): string =>
  text.replace(/''|\\([abtnvfr'\\])/g, (_all, escaped: string | undefined) => ESCAPES[escaped ?? "'"]!)
