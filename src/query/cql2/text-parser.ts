import type { ArithmeticOperator, ComparisonOperator, Expression, Filter, Interval } from '../ast.ts'
import { FilterBudget } from '../limits.ts'
import { clip, isPattern, parseInstant, parseIntervalEnd, parseNumber } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { predicateOf } from './predicates.ts'
import { TokenStream } from './token-stream.ts'
import { isGeometryWord, readBox, readGeometry } from './wkt.ts'

const COMPARISONS = ['=', '<>', '<', '>', '<=', '>=']
/** Words that are no names unless they are quoted. */
const RESERVED = ['and', 'or', 'not', 'like', 'between', 'in', 'is', 'null', 'div']

/** A recursive descent, one method a rule of the grammar: the lower its place here, the tighter it binds. */
export class TextParser {
  readonly #budget = new FilterBudget()
  readonly #tokens: TokenStream

  constructor(text: string) {
    this.#tokens = new TokenStream(text)
  }

  filter(): Filter {
    const filter = this.#disjunction()
    this.#tokens.expectEnd()
    return filter
  }

  #disjunction(): Expression {
    return this.#junction('or', () => this.#junction('and', () => this.#negation()))
  }

  #junction(kind: 'and' | 'or', read: () => Expression): Expression {
    const { position } = this.#tokens.next
    const operands = [read()]
    while (this.#tokens.takeWord(kind)) operands.push(read())
    return operands.length === 1 ? operands[0]! : this.#budget.expression({ kind, operands, position })
  }

  #negation(): Expression {
    const token = this.#tokens.takeWord('not')
    if (!token) return this.#predicate()
    const { position } = token
    const operand = this.#budget.nested(position, () => this.#negation())
    return this.#budget.expression({ kind: 'not', operand, position })
  }

  #predicate(): Expression {
    const operand = this.#sum()
    const { position } = this.#tokens.next
    const operator = this.#tokens.takeSymbol(...COMPARISONS)
    if (operator) {
      const right = this.#sum()
      const comparison = { operator: operator.value as ComparisonOperator, left: operand, right }
      return this.#budget.expression({ kind: 'comparison', ...comparison, position })
    }
    if (this.#tokens.takeWord('is')) {
      const isNot = this.#tokens.takeWord('not')
      this.#tokens.expectWord('null')
      return this.#unless(isNot, this.#budget.expression({ kind: 'isNull', operand, position }))
    }
    const isNot = this.#tokens.takeWord('not')
    if (this.#tokens.takeWord('like')) return this.#unless(isNot, this.#like(operand, position))
    if (this.#tokens.takeWord('between')) return this.#unless(isNot, this.#between(operand, position))
    if (this.#tokens.takeWord('in')) return this.#unless(isNot, this.#in(operand, position))
    if (isNot) throw this.#tokens.unexpected('LIKE, BETWEEN or IN')
    return operand
  }

  #unless(isNot: { position: number } | null, operand: Expression): Expression {
    return isNot ? this.#budget.expression({ kind: 'not', operand, position: isNot.position }) : operand
  }

  #like(operand: Expression, position: number): Expression {
    const pattern = this.#sum()
    if (!isPattern(pattern))
      throw new QueryError('what follows LIKE is a text, or CASEI or ACCENTI of one', pattern.position)
    return this.#budget.expression({ kind: 'like', operand, pattern, position })
  }

  #between(operand: Expression, position: number): Expression {
    const lower = this.#sum()
    this.#tokens.expectWord('and')
    return this.#budget.expression({ kind: 'between', operand, lower, upper: this.#sum(), position })
  }

  #in(operand: Expression, position: number): Expression {
    this.#tokens.expectSymbol('(')
    const items = this.#list(')', () => this.#sum())
    return this.#budget.expression({ kind: 'in', operand, items, position })
  }

  #sum(): Expression {
    return this.#chain(
      () => this.#tokens.takeSymbol('+', '-'),
      () => this.#product(),
    )
  }

  #product(): Expression {
    return this.#chain(
      () => this.#tokens.takeSymbol('*', '/', '%') ?? this.#tokens.takeWord('div'),
      () => this.#power(),
    )
  }

  #chain(takeOperator: () => { value: string; position: number } | null, read: () => Expression) {
    let left = read()
    for (let token = takeOperator(); token; token = takeOperator())
      left = this.#arithmetic(token.value, left, read(), token.position)
    return left
  }

  #power(): Expression {
    const left = this.#factor()
    const token = this.#tokens.takeSymbol('^')
    if (!token) return left
    const right = this.#budget.nested(token.position, () => this.#power())
    return this.#arithmetic('^', left, right, token.position)
  }

  #arithmetic(operator: string, left: Expression, right: Expression, position: number): Expression {
    const known = operator.toLowerCase() as ArithmeticOperator
    return this.#budget.expression({ kind: 'arithmetic', operator: known, left, right, position })
  }

  #factor(): Expression {
    const sign = this.#tokens.takeSymbol('-', '+')
    if (!sign) return this.#operand()
    const { position } = sign
    const { next } = this.#tokens
    if (next.kind === 'number') return this.#number(this.#tokens.take().value, position, sign.value === '-')
    if (sign.value === '+') throw this.#tokens.unexpected('a number')
    const minusOne = this.#budget.expression({ kind: 'number', value: -1, position })
    return this.#arithmetic('*', minusOne, this.#operand(), position)
  }

  #number(digits: string, position: number, isNegative = false): Expression {
    const value = parseNumber(isNegative ? `-${digits}` : digits, position)
    return this.#budget.expression({ kind: 'number', value, position })
  }

  #operand(): Expression {
    const token = this.#tokens.take()
    const { kind, value, position } = token
    switch (kind) {
      case 'number':
        return this.#number(value, position)
      case 'text':
        return this.#budget.expression({ kind: 'text', value, position })
      case 'name':
        return this.#budget.expression({ kind: 'property', name: value, position })
      case 'word':
        return this.#named(value, position)
    }
    if (value === '(') return this.#budget.nested(position, () => this.#parenthesised(position))
    if (value === '[') return this.#budget.nested(position, () => this.#array(']', position))
    throw this.#tokens.unexpected('a property, a literal or a function', token)
  }

  /** An expression in parentheses, or an array, which has the same. */
  #parenthesised(position: number): Expression {
    if (this.#tokens.takeSymbol(')')) return this.#budget.expression({ kind: 'array', items: [], position })
    const inner = this.#disjunction()
    if (!this.#tokens.takeSymbol(',')) {
      this.#tokens.expectSymbol(')')
      return inner
    }
    const items = [inner, ...this.#list(')', () => this.#disjunction())]
    return this.#budget.expression({ kind: 'array', items, position })
  }

  #array(closer: ')' | ']', position: number): Expression {
    const isEmpty = this.#tokens.takeSymbol(closer)
    const items = isEmpty ? [] : this.#list(closer, () => this.#disjunction())
    return this.#budget.expression({ kind: 'array', items, position })
  }

  #list<T>(closer: ')' | ']', read: () => T): T[] {
    const items = [read()]
    while (this.#tokens.takeSymbol(',')) items.push(read())
    this.#tokens.expectSymbol(closer)
    return items
  }

  /** What a word without quotes begins: a literal, a call, or the name of a property. */
  #named(word: string, position: number): Expression {
    const keyword = word.toLowerCase()
    if (keyword === 'true' || keyword === 'false')
      return this.#budget.expression({ kind: 'boolean', value: keyword === 'true', position })
    if (isGeometryWord(keyword, this.#tokens)) {
      const geometry = readGeometry(keyword, position, this.#tokens, this.#budget)
      return this.#budget.expression({ kind: 'geometry', geometry, position })
    }
    const isCall = this.#tokens.takeSymbol('(')
    if (RESERVED.includes(keyword))
      throw new QueryError(
        `${clip(word)} cannot stand here; a property of that name is written in double quotes`,
        position,
      )
    if (!isCall) return this.#budget.expression({ kind: 'property', name: word, position })
    return this.#budget.nested(position, () => this.#call(word, position))
  }

  #call(word: string, position: number): Expression {
    const keyword = word.toLowerCase()
    switch (keyword) {
      case 'date':
      case 'timestamp': {
        const instant = parseInstant(keyword, ...this.#tokens.expectText())
        this.#tokens.expectSymbol(')')
        return this.#budget.expression({ ...instant, position })
      }
      case 'interval':
        return this.#interval(position)
      case 'bbox':
        return this.#budget.expression({ kind: 'box', bounds: readBox(position, this.#tokens), position })
      case 'casei':
      case 'accenti': {
        const operand = this.#sum()
        this.#tokens.expectSymbol(')')
        const fold = keyword === 'casei' ? 'case' : 'accent'
        return this.#budget.expression({ kind: 'fold', fold, operand, position })
      }
    }
    const predicate = predicateOf(keyword)
    const isSets = predicate?.kind === 'sets'
    const read = () => (isSets ? this.#set() : this.#disjunction())
    const operands = this.#tokens.takeSymbol(')') ? [] : this.#list(')', read)
    if (!predicate) return this.#budget.expression({ kind: 'call', name: word, operands, position })
    const [left, right, ...more] = operands
    if (!left || !right || more.length > 0)
      throw new QueryError(`${word.toUpperCase()} takes two arguments`, position)
    return this.#budget.expression({ ...predicate, left, right, position })
  }

  /** An operand of a relation of arrays, in which parentheses hold an array even of one. */
  #set(): Expression {
    const { position } = this.#tokens.next
    if (!this.#tokens.takeSymbol('(')) return this.#sum()
    return this.#budget.nested(position, () => this.#array(')', position))
  }

  #interval(position: number): Interval {
    const start = this.#intervalEnd()
    this.#tokens.expectSymbol(',')
    const end = this.#intervalEnd()
    this.#tokens.expectSymbol(')')
    return this.#budget.expression({ kind: 'interval', start, end, position })
  }

  #intervalEnd(): Expression | null {
    const { kind, value, position } = this.#tokens.next
    if (kind !== 'text') return this.#operand()
    this.#tokens.take()
    const instant = parseIntervalEnd(value, position)
    return instant && this.#budget.expression(instant)
  }
}
