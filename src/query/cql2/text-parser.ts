import type { Expression, Interval } from '../ast.ts'
import { clip, isPattern, parseInstant, parseIntervalEnd } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { FilterReader } from '../text/filter-reader.ts'
import { isGeometryWord, readBox, readGeometry } from '../text/wkt.ts'
import { CQL2_LEXICON } from './lexicon.ts'
import { predicateOf } from './predicates.ts'

const COMPARISONS = ['=', '<>', '<', '>', '<=', '>=']
/** Words that are no names unless they are quoted. */
const RESERVED = ['and', 'or', 'not', 'like', 'between', 'in', 'is', 'null', 'div']

/** Reads CQL2's text. */
export class TextParser extends FilterReader {
  constructor(text: string) {
    super(text, CQL2_LEXICON)
  }

  protected override predicate(): Expression {
    const operand = this.sum()
    const { position } = this.tokens.next
    const operator = this.tokens.takeSymbol(...COMPARISONS)
    if (operator) return this.comparison(operator.value, operand, this.sum(), position)
    if (this.tokens.takeWord('is')) {
      const isNot = this.tokens.takeWord('not')
      this.tokens.expectWord('null')
      return this.unless(isNot, this.budget.expression({ kind: 'isNull', operand, position }))
    }
    const isNot = this.tokens.takeWord('not')
    if (this.tokens.takeWord('like')) return this.unless(isNot, this.#like(operand, position))
    if (this.tokens.takeWord('between')) return this.unless(isNot, this.between(operand, position))
    if (this.tokens.takeWord('in')) return this.unless(isNot, this.in(operand, position))
    if (isNot) throw this.tokens.unexpected('LIKE, BETWEEN or IN')
    return operand
  }

  #like(operand: Expression, position: number): Expression {
    const pattern = this.sum()
    if (!isPattern(pattern))
      throw new QueryError('what follows LIKE is a text, or CASEI or ACCENTI of one', pattern.position)
    return this.budget.expression({ kind: 'like', operand, pattern, position })
  }

  protected override product(): Expression {
    return this.chain(
      () => this.tokens.takeSymbol('*', '/', '%') ?? this.tokens.takeWord('div'),
      () => this.#power(),
    )
  }

  #power(): Expression {
    const left = this.factor()
    const token = this.tokens.takeSymbol('^')
    if (!token) return left
    const right = this.budget.nested(token.position, () => this.#power())
    return this.arithmetic('^', left, right, token.position)
  }

  protected override operand(): Expression {
    const token = this.tokens.take()
    const { kind, value, position } = token
    switch (kind) {
      case 'number':
        return this.number(value, position)
      case 'text':
        return this.budget.expression({ kind: 'text', value, position })
      case 'name':
        return this.budget.expression({ kind: 'property', name: value, position })
      case 'word':
        return this.#named(value, position)
    }
    if (value === '(') return this.budget.nested(position, () => this.#parenthesised(position))
    if (value === '[') return this.budget.nested(position, () => this.#array(']', position))
    throw this.tokens.unexpected('a property, a literal or a function', token)
  }

  /** An expression in parentheses, or an array, which has the same. */
  #parenthesised(position: number): Expression {
    if (this.tokens.takeSymbol(')')) return this.budget.expression({ kind: 'array', items: [], position })
    const inner = this.disjunction()
    if (!this.tokens.takeSymbol(',')) {
      this.tokens.expectSymbol(')')
      return inner
    }
    const items = [inner, ...this.list(')', () => this.disjunction())]
    return this.budget.expression({ kind: 'array', items, position })
  }

  #array(closer: ')' | ']', position: number): Expression {
    const isEmpty = this.tokens.takeSymbol(closer)
    const items = isEmpty ? [] : this.list(closer, () => this.disjunction())
    return this.budget.expression({ kind: 'array', items, position })
  }

  /** What a word without quotes begins: a literal, a call, or the name of a property. */
  #named(word: string, position: number): Expression {
    const keyword = word.toLowerCase()
    if (keyword === 'true' || keyword === 'false')
      return this.budget.expression({ kind: 'boolean', value: keyword === 'true', position })
    if (isGeometryWord(keyword, this.tokens)) {
      const geometry = readGeometry(keyword, position, this.tokens, this.budget)
      return this.budget.expression({ kind: 'geometry', geometry, position })
    }
    const isCall = this.tokens.takeSymbol('(')
    if (RESERVED.includes(keyword))
      throw new QueryError(
        `${clip(word)} cannot stand here; a property of that name is written in double quotes`,
        position,
      )
    if (!isCall) return this.budget.expression({ kind: 'property', name: word, position })
    return this.budget.nested(position, () => this.#call(word, position))
  }

  #call(word: string, position: number): Expression {
    const keyword = word.toLowerCase()
    switch (keyword) {
      case 'date':
      case 'timestamp': {
        const instant = parseInstant(keyword, ...this.tokens.expectText())
        this.tokens.expectSymbol(')')
        return this.budget.expression({ ...instant, position })
      }
      case 'interval':
        return this.#interval(position)
      case 'bbox':
        return this.budget.expression({ kind: 'box', bounds: readBox(position, this.tokens), position })
      case 'casei':
      case 'accenti': {
        const operand = this.sum()
        this.tokens.expectSymbol(')')
        const fold = keyword === 'casei' ? 'case' : 'accent'
        return this.budget.expression({ kind: 'fold', fold, operand, position })
      }
    }
    const predicate = predicateOf(keyword)
    const isSets = predicate?.kind === 'sets'
    const read = () => (isSets ? this.#set() : this.disjunction())
    const operands = this.tokens.takeSymbol(')') ? [] : this.list(')', read)
    if (!predicate) return this.budget.expression({ kind: 'call', name: word, operands, position })
    const [left, right, ...more] = operands
    if (!left || !right || more.length > 0)
      throw new QueryError(`${word.toUpperCase()} takes two arguments`, position)
    return this.budget.expression({ ...predicate, left, right, position })
  }

  /** An operand of a relation of arrays, in which parentheses hold an array even of one. */
  #set(): Expression {
    const { position } = this.tokens.next
    if (!this.tokens.takeSymbol('(')) return this.sum()
    return this.budget.nested(position, () => this.#array(')', position))
  }

  #interval(position: number): Interval {
    const start = this.#intervalEnd()
    this.tokens.expectSymbol(',')
    const end = this.#intervalEnd()
    this.tokens.expectSymbol(')')
    return this.budget.expression({ kind: 'interval', start, end, position })
  }

  #intervalEnd(): Expression | null {
    const { kind, value, position } = this.tokens.next
    if (kind !== 'text') return this.operand()
    this.tokens.take()
    const instant = parseIntervalEnd(value, position)
    return instant && this.budget.expression(instant)
  }
}
