import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { type Lexicon, type Token, tokenize } from './tokens.ts'

/** The tokens of a text, with a look at the next one. */
export class TokenStream {
  readonly #tokens: Generator<Token, void, void>
  #next: Token
  #afterNext: Token | null = null

  constructor(text: string, lexicon: Lexicon) {
    this.#tokens = tokenize(text, lexicon)
    this.#next = this.#read()
  }

  get next(): Token {
    return this.#next
  }

  /** The token behind the next one. */
  get afterNext(): Token {
    this.#afterNext ??= this.#read()
    return this.#afterNext
  }

  take(): Token {
    const token = this.#next
    if (token.kind !== 'end') {
      this.#next = this.#afterNext ?? this.#read()
      this.#afterNext = null
    }
    return token
  }

  /** The next token if it is one of these. */
  takeSymbol(...symbols: readonly string[]): Token | null {
    const { kind, value } = this.#next
    return kind === 'symbol' && symbols.includes(value) ? this.take() : null
  }

  /** The next token if it is that word, in whatever case. */
  takeWord(word: string): Token | null {
    return this.isWord(word) ? this.take() : null
  }

  isWord(word: string, token: Token = this.#next): boolean {
    return token.kind === 'word' && token.value.toLowerCase() === word
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`“${symbol}”`)
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected(word.toUpperCase())
  }

  /** The next token, a text, and where it is. */
  expectText(): [string, number] {
    if (this.#next.kind !== 'text') throw this.unexpected('a text in single quotes')
    const { value, position } = this.take()
    return [value, position]
  }

  expectEnd(): void {
    if (this.#next.kind !== 'end') throw this.unexpected('AND, OR or the end of the filter')
  }

  unexpected(expected: string, { kind, value, position }: Token = this.#next): QueryError {
    const found = kind === 'end' ? 'the filter ends' : `there is “${clip(value)}”`
    return new QueryError(`${found} where ${expected} is expected`, position)
  }

  #read(): Token {
    return this.#tokens.next().value ?? { kind: 'end', value: '', position: this.#next.position }
  }
}
