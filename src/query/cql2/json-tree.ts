import { clip, parseNumber, storableText } from '../literals.ts'
import { QueryError } from '../query-error.ts'

/** A value of a JSON text (RFC 8259), which knows where it stands there. */
export type JsonNode = { position: number } & (
  | { kind: 'string'; value: string }
  | { kind: 'number'; value: number | bigint }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'array'; items: JsonNode[] }
  | { kind: 'object'; members: Map<string, JsonNode> }
)

/** Arrays and objects in one another: twice as many as expressions, for they come in arrays, and those of a geometry. */
const DEPTH_MAX = 256

const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y

/** @throws QueryError where the text is not JSON */
export function readJsonTree(text: string): JsonNode {
  const reader = new Reader(text)
  const node = reader.value(0)
  reader.end()
  return node
}

class Reader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonNode {
    this.#match(SPACE)
    const position = this.#position
    if (depth > DEPTH_MAX)
      throw new QueryError(`the filter is nested more than ${DEPTH_MAX} levels deep`, position)
    if (this.#take('{')) return { kind: 'object', members: this.#members(depth), position }
    if (this.#take('[')) return { kind: 'array', items: this.#items(depth), position }
    if (this.#text[position] === '"') return { kind: 'string', value: this.#string(), position }
    const number = this.#match(NUMBER)
    if (number) return { kind: 'number', value: parseNumber(number, position), position }
    const word = this.#match(WORD)
    if (word === 'null') return { kind: 'null', position }
    if (word) return { kind: 'boolean', value: word === 'true', position }
    throw this.#unexpected('a value')
  }

  end(): void {
    this.#match(SPACE)
    if (this.#position < this.#text.length) throw this.#unexpected('the end')
  }

  #members(depth: number): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>()
    if (this.#take('}')) return members
    do {
      this.#match(SPACE)
      const name = this.#string()
      if (!this.#take(':')) throw this.#unexpected('“:”')
      members.set(name, this.value(depth + 1))
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#unexpected('“,” or “}”')
    return members
  }

  #items(depth: number): JsonNode[] {
    if (this.#take(']')) return []
    const items = []
    do items.push(this.value(depth + 1))
    while (this.#take(','))
    if (!this.#take(']')) throw this.#unexpected('“,” or “]”')
    return items
  }

  #string(): string {
    const position = this.#position
    const raw = this.#match(STRING)
    if (!raw) throw this.#unexpected('a string')
    return storableText(JSON.parse(raw) as string, position)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#text)?.[0] ?? null
    this.#position += found?.length ?? 0
    return found
  }

  #take(symbol: string): boolean {
    this.#match(SPACE)
    if (this.#text[this.#position] !== symbol) return false
    this.#position++
    return true
  }

  #unexpected(expected: string): QueryError {
    const rest = this.#text.slice(this.#position)
    const found = rest === '' ? 'the JSON ends' : `there is “${clip(rest)}”`
    return new QueryError(`${found} where ${expected} is expected`, this.#position)
  }
}
