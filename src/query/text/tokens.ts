import { clip, storableText } from '../literals.ts'
import { QueryError } from '../query-error.ts'

export interface Token {
  /** `name` is a quoted identifier, `word` a keyword or an identifier without quotes. */
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end'
  /** The word as it is written, the text and the name without quotes and escapes. */
  value: string
  position: number
}

/** What the tokens of a language look like; patterns are sticky. */
export interface Lexicon {
  word: RegExp
  symbol: RegExp
  /** In single quotes, or in double ones where those stand around no name. */
  text: RegExp
  /** What stands between the quotes, without escapes. */
  unescaped: (text: string) => string
  /** Whether names stand in double quotes; they do unless told. */
  hasQuotedNames?: boolean
}

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SPACE = /[\s\u0085]*/y
const QUOTED = /"(?:[^"]|"")*"/y

/** The tokens of a text. @throws QueryError where none can begin */
export function* tokenize(text: string, lexicon: Lexicon): Generator<Token, void, void> {
  let position = 0
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position
    return pattern.exec(text)?.[0] ?? null
  }
  for (;;) {
    position += match(SPACE)!.length
    if (position === text.length) break
    const token = readToken(match, text, position, lexicon)
    yield token.token
    position += token.length
  }
  yield { kind: 'end', value: '', position }
}

function readToken(
  match: (pattern: RegExp) => string | null,
  text: string,
  position: number,
  lexicon: Lexicon,
) {
  const token = (kind: Token['kind'], raw: string, value: string) => ({
    token: { kind, value: storableText(value, position), position },
    length: raw.length,
  })
  const word = match(lexicon.word)
  if (word) return token('word', word, word)
  const number = match(NUMBER)
  if (number) return token('number', number, number)
  const symbol = match(lexicon.symbol)
  if (symbol) return token('symbol', symbol, symbol)
  const quoted = lexicon.hasQuotedNames === false ? null : match(QUOTED)
  if (quoted) return token('name', quoted, quoted.slice(1, -1).replaceAll('""', '"'))
  const literal = match(lexicon.text)
  if (literal) return token('text', literal, lexicon.unescaped(literal.slice(1, -1)))
  const character = String.fromCodePoint(text.codePointAt(position)!)
  if (character === "'" || character === '"')
    throw new QueryError(`the quote ${clip(text.slice(position))} is not closed`, position)
  throw new QueryError(`${JSON.stringify(character)} has no meaning here`, position)
}
