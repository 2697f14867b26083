import type { Case, Expression } from '../ast.ts'
import { clip, parseNumber } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { FilterReader } from '../text/filter-reader.ts'
import type { Token } from '../text/tokens.ts'
import { type Reader, readCall, readInstant, readType } from './calls.ts'
import { asText } from './functions.ts'
import { SQL_LEXICON } from './lexicon.ts'
import { withEscape } from './like-pattern.ts'

const COMPARISONS = ['=', '<>', '!=', '<', '>', '<=', '>=']
/** Words that are no names unless they are quoted. */
const RESERVED = [
  ...['and', 'or', 'not', 'like', 'ilike', 'between', 'in', 'is', 'null', 'case', 'when', 'then', 'else'],
  ...['end', 'from', 'select', 'where', 'escape', 'cast', 'as'],
]

/** Reads the conditions of SQL, in PostgreSQL's order of precedence. */
export class WhereParser extends FilterReader {
  constructor(text: string) {
    super(text, SQL_LEXICON)
  }

  readonly #reader: Reader = {
    tokens: this.tokens,
    budget: this.budget,
    condition: () => this.disjunction(),
    value: () => this.#concatenation(),
  }

  protected override predicate(): Expression {
    let expression = this.#comparison()
    for (let token = this.tokens.takeWord('is'); token; token = this.tokens.takeWord('is'))
      expression = this.#is(expression, token.position)
    return expression
  }

  /** What follows IS: NULL, or a truth that is never unknown. */
  #is(operand: Expression, position: number): Expression {
    const isNot = this.tokens.takeWord('not')
    const truth = this.tokens.takeWord('true') ?? this.tokens.takeWord('false')
    if (!truth) {
      if (!this.tokens.takeWord('unknown') && !this.tokens.takeWord('null'))
        throw this.tokens.unexpected('NULL, TRUE, FALSE or UNKNOWN')
      return this.unless(isNot, this.budget.expression({ kind: 'isNull', operand, position }))
    }
    const isFalse = truth.value.toLowerCase() === 'false'
    const wanted = this.unless(isFalse ? { position } : null, operand)
    const no = this.budget.expression({ kind: 'boolean', value: false, position })
    const operands = [wanted, no]
    return this.unless(
      isNot,
      this.budget.expression({ kind: 'choice', choice: 'coalesce', operands, position }),
    )
  }

  #comparison(): Expression {
    const operand = this.#concatenation()
    const { position } = this.tokens.next
    const operator = this.tokens.takeSymbol(...COMPARISONS)
    if (operator) {
      const name = operator.value === '!=' ? '<>' : operator.value
      return this.comparison(name, operand, this.#concatenation(), position)
    }
    const isNot = this.tokens.isWord('not') ? this.tokens.take() : null
    for (const word of ['like', 'ilike'])
      if (this.tokens.takeWord(word))
        return this.unless(isNot, this.#like(operand, position, word === 'ilike'))
    if (this.tokens.takeWord('between')) return this.unless(isNot, this.between(operand, position))
    if (this.tokens.takeWord('in')) return this.unless(isNot, this.in(operand, position))
    if (isNot) throw this.tokens.unexpected('LIKE, ILIKE, BETWEEN or IN')
    return operand
  }

  #like(operand: Expression, position: number, anyCase: boolean): Expression {
    const pattern = this.#pattern(this.#concatenation())
    if (!anyCase) return this.budget.expression({ kind: 'like', operand, pattern, position })
    const fold = (folded: Expression) =>
      this.budget.expression({ kind: 'fold', fold: 'case', operand: folded, position: folded.position })
    return this.budget.expression({ kind: 'like', operand: fold(operand), pattern: fold(pattern), position })
  }

  #pattern(pattern: Expression): Expression {
    if (pattern.kind !== 'text')
      throw new QueryError('what follows LIKE is a text in single quotes', pattern.position)
    if (!this.tokens.takeWord('escape')) return pattern
    const [character, position] = this.tokens.expectText()
    return { ...pattern, value: withEscape(pattern.value, character, position) }
  }

  /** Texts one after the other, as `||` joins them. */
  #concatenation(): Expression {
    let left = this.sum()
    for (let token = this.tokens.takeSymbol('||'); token; token = this.tokens.takeSymbol('||')) {
      const operands = [asText(left, this.budget), asText(this.sum(), this.budget)]
      left = this.budget.expression({ kind: 'call', name: 'concat', operands, position: token.position })
    }
    return left
  }

  protected override product(): Expression {
    return this.chain(
      () => this.#division() ?? this.tokens.takeSymbol('*', '%'),
      () =>
        this.chain(
          () => this.tokens.takeSymbol('^'),
          () => this.factor(),
        ),
    )
  }

  #division(): Token | null {
    const token = this.tokens.takeSymbol('/')
    return token && { ...token, value: 'quotient' }
  }

  protected override number(digits: string, position: number, isNegative = false): Expression {
    const value = parseNumber(isNegative ? `-${digits}` : digits, position)
    const decimal = /^\d+$/.test(digits) ? {} : { isDecimal: true as const }
    return this.budget.expression({ kind: 'number', value, position, ...decimal })
  }

  protected override operand(): Expression {
    let operand = this.#primary()
    for (let token = this.tokens.takeSymbol('::'); token; token = this.tokens.takeSymbol('::'))
      operand = readType(operand, token.position, this.#reader)
    return operand
  }

  #primary(): Expression {
    const token = this.tokens.take()
    const { kind, value, position } = token
    switch (kind) {
      case 'number':
        return this.number(value, position)
      case 'text':
        return this.#text(value, position)
      case 'name':
        return this.#property(value, position)
      case 'word':
        return this.#named(value, position)
    }
    if (value !== '(') throw this.tokens.unexpected('a column, a literal or a function', token)
    return this.budget.nested(position, () => this.#parenthesised())
  }

  #parenthesised(): Expression {
    const inner = this.disjunction()
    this.tokens.expectSymbol(')')
    return inner
  }

  #text(value: string, position: number): Expression {
    return this.budget.expression({ kind: 'text', value, isUntyped: true, position })
  }

  #property(name: string, position: number): Expression {
    return this.budget.expression({ kind: 'property', name, anyCase: true, position })
  }

  /** What a word without quotes begins: a literal, a call, or the name of a column. */
  #named(word: string, position: number): Expression {
    const keyword = word.toLowerCase()
    if (keyword === 'true' || keyword === 'false')
      return this.budget.expression({ kind: 'boolean', value: keyword === 'true', position })
    if (keyword === 'null') return this.budget.expression({ kind: 'null', position })
    if (keyword === 'case') return this.budget.nested(position, () => this.#case(position))
    if (keyword === 'current_date' || keyword === 'current_timestamp')
      return this.#now(keyword === 'current_date', position)
    const instant = readInstant(word, this.#reader)
    if (instant) return instant
    if (this.tokens.takeSymbol('('))
      return this.budget.nested(position, () => readCall(word, position, this.#reader))
    if (!RESERVED.includes(keyword)) return this.#property(word, position)
    throw new QueryError(
      `${clip(word)} cannot stand here; a column of that name is written in double quotes`,
      position,
    )
  }

  #now(isDay: boolean, position: number): Expression {
    const now = this.budget.expression({ kind: 'call', name: 'now', operands: [], position })
    return isDay ? this.budget.expression({ kind: 'call', name: 'to_date', operands: [now], position }) : now
  }

  /** What follows CASE. With an operand behind it, that is what each WHEN is equal to. */
  #case(position: number): Expression {
    const operand = this.tokens.isWord('when') ? null : this.#concatenation()
    const branches: Case['branches'] = []
    while (this.tokens.takeWord('when')) {
      const test = this.disjunction()
      this.tokens.expectWord('then')
      const when = operand ? this.comparison('=', operand, test, test.position) : test
      branches.push({ when, value: this.disjunction() })
    }
    if (branches.length === 0) throw this.tokens.unexpected('WHEN')
    const otherwise = this.tokens.takeWord('else')
      ? this.disjunction()
      : this.budget.expression({ kind: 'null', position })
    this.tokens.expectWord('end')
    return this.budget.expression({ kind: 'case', branches, otherwise, position })
  }
}
