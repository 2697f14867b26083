import { InvalidParameterError } from './errors.ts'

const FIELDS_MAX_CHARACTERS = 8_192
const LAYER_ID_MAX = 2 ** 31 - 1

/** What is to be searched of one layer. */
export interface SearchField {
  layerId: number
  /** Names of columns; none for all that can be searched. */
  columns: string[]
  sort: { name: string; descending: boolean }[]
}

/** `position` counts characters of `fields` from 0. */
class SearchFieldsError extends InvalidParameterError {
  readonly position: number

  constructor(message: string, position: number) {
    super('fields', `${message} at character ${position}`)
    this.position = position
  }
}

/**
 * Reads `fields` of a search: `{layer_id}~{f1},{f2}~[{f1:DESC},{f2}]`, several of them between semicolons. The second and the
 * third part may be empty or left out; brackets and braces of the third as well. A name in double quotes may have any
 * character, a quote in it doubled.
 * @throws InvalidParameterError with the position
 */
export function parseSearchFields(text: string): SearchField[] {
  if (text.length > FIELDS_MAX_CHARACTERS)
    throw new InvalidParameterError('fields', `is longer than ${FIELDS_MAX_CHARACTERS} characters`)
  return new FieldsParser(text).whole()
}

class FieldsParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): SearchField[] {
    const fields: SearchField[] = []
    do {
      this.#skipBlanks()
      // A semicolon may stand behind the last.
      if (this.#isAtEnd() && fields.length > 0) break
      fields.push(this.#layer())
    } while (this.#take(';'))
    if (!this.#isAtEnd()) throw this.#fault('";" or the end is to come')
    return fields
  }

  #layer(): SearchField {
    const layerId = this.#layerId()
    const columns = this.#take('~') ? this.#columns() : []
    const sort = this.#take('~') ? this.#sort() : []
    return { layerId, columns, sort }
  }

  #layerId(): number {
    const start = this.#at
    const digits = /\d*/y
    digits.lastIndex = start
    const text = digits.exec(this.#text)![0]
    const id = Number(text)
    if (id < 1 || id > LAYER_ID_MAX) throw this.#fault('the number of a layer is to come')
    this.#at += text.length
    return id
  }

  #columns(): string[] {
    this.#skipBlanks()
    if (this.#isAtEnd() || this.#isNext('~') || this.#isNext(';')) return []
    const names = [this.#name('~,;"')]
    while (this.#take(',')) names.push(this.#name('~,;"'))
    return names
  }

  #sort(): SearchField['sort'] {
    const isBracketed = this.#take('[')
    const terms: SearchField['sort'] = []
    this.#skipBlanks()
    if (!this.#isAtEnd() && !this.#isNext(';') && !this.#isNext(']'))
      do {
        if (!this.#take('{')) terms.push(this.#term())
        else {
          do terms.push(this.#term())
          while (this.#take(','))
          this.#expect('}')
        }
      } while (this.#take(','))
    if (isBracketed) this.#expect(']')
    return terms
  }

  #term(): SearchField['sort'][number] {
    const name = this.#name('~,;:{}[]"')
    if (!this.#take(':')) return { name, descending: false }
    const start = this.#at
    const direction = this.#name('~,;:{}[]"').toLowerCase()
    if (direction === 'asc' || direction === 'desc') return { name, descending: direction === 'desc' }
    throw this.#fault('ASC or DESC is to come', start)
  }

  /** A name in quotes, or all up to one of the marks. */
  #name(marks: string): string {
    this.#skipBlanks()
    const start = this.#at
    if (this.#isNext('"')) return this.#quoted()
    while (!this.#isAtEnd() && !marks.includes(this.#text[this.#at]!)) this.#at++
    const name = this.#text.slice(start, this.#at).trim()
    if (name === '') throw this.#fault('a name is to come', start)
    return name
  }

  #quoted(): string {
    const start = this.#at
    const quoted = /"((?:[^"]|"")*)"/y
    quoted.lastIndex = start
    const found = quoted.exec(this.#text)
    if (!found) throw this.#fault('a name has no end', start)
    if (found[1] === '') throw this.#fault('a name is to come', start)
    this.#at = quoted.lastIndex
    return found[1]!.replaceAll('""', '"')
  }

  #skipBlanks(): void {
    while (this.#isNext(' ')) this.#at++
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #isNext(mark: string): boolean {
    return this.#text[this.#at] === mark
  }

  #take(mark: string): boolean {
    this.#skipBlanks()
    if (!this.#isNext(mark)) return false
    this.#at++
    return true
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#fault(`"${mark}" is to come`)
  }

  #fault(message: string, position = this.#at): SearchFieldsError {
    return new SearchFieldsError(message, position)
  }
}
