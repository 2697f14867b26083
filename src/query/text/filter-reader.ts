import type { ArithmeticOperator, ComparisonOperator, Expression, Filter } from '../ast.ts'
import { FilterBudget } from '../limits.ts'
import { parseNumber } from '../literals.ts'
import { TokenStream } from './token-stream.ts'
import type { Lexicon, Token } from './tokens.ts'

/**
 * What the languages have in common that conditions are written in: a recursive descent, one method a rule of the grammar.
 * The lower its place here, the tighter it binds.
 */
export abstract class FilterReader {
  protected readonly budget = new FilterBudget()
  protected readonly tokens: TokenStream

  constructor(text: string, lexicon: Lexicon) {
    this.tokens = new TokenStream(text, lexicon)
  }

  filter(): Filter {
    const filter = this.disjunction()
    this.tokens.expectEnd()
    return filter
  }

  /** Something with or without a predicate behind it. */
  protected abstract predicate(): Expression
  /** What an operator of arithmetic stands beside. */
  protected abstract operand(): Expression

  protected disjunction(): Expression {
    return this.#junction('or', () => this.#junction('and', () => this.#negation()))
  }

  #junction(kind: 'and' | 'or', read: () => Expression): Expression {
    const { position } = this.tokens.next
    const operands = [read()]
    while (this.tokens.takeWord(kind)) operands.push(read())
    return operands.length === 1 ? operands[0]! : this.budget.expression({ kind, operands, position })
  }

  #negation(): Expression {
    const token = this.tokens.takeWord('not')
    if (!token) return this.predicate()
    const { position } = token
    const operand = this.budget.nested(position, () => this.#negation())
    return this.budget.expression({ kind: 'not', operand, position })
  }

  protected comparison(operator: string, left: Expression, right: Expression, position: number): Expression {
    const known = operator as ComparisonOperator
    return this.budget.expression({ kind: 'comparison', operator: known, left, right, position })
  }

  protected unless(isNot: { position: number } | null, operand: Expression): Expression {
    return isNot ? this.budget.expression({ kind: 'not', operand, position: isNot.position }) : operand
  }

  /** What follows BETWEEN. */
  protected between(operand: Expression, position: number): Expression {
    const lower = this.sum()
    this.tokens.expectWord('and')
    return this.budget.expression({ kind: 'between', operand, lower, upper: this.sum(), position })
  }

  /** What follows IN. */
  protected in(operand: Expression, position: number): Expression {
    this.tokens.expectSymbol('(')
    const items = this.list(')', () => this.sum())
    return this.budget.expression({ kind: 'in', operand, items, position })
  }

  protected sum(): Expression {
    return this.chain(
      () => this.tokens.takeSymbol('+', '-'),
      () => this.product(),
    )
  }

  protected abstract product(): Expression

  /** Operands with operators between them that bind from the left. */
  protected chain(takeOperator: () => Token | null, read: () => Expression): Expression {
    let left = read()
    for (let token = takeOperator(); token; token = takeOperator())
      left = this.arithmetic(token.value, left, read(), token.position)
    return left
  }

  protected arithmetic(operator: string, left: Expression, right: Expression, position: number): Expression {
    const known = operator.toLowerCase() as ArithmeticOperator
    return this.budget.expression({ kind: 'arithmetic', operator: known, left, right, position })
  }

  /** An operand with a sign before it, or without. */
  protected factor(): Expression {
    const sign = this.tokens.takeSymbol('-', '+')
    if (!sign) return this.operand()
    const { position } = sign
    const { next } = this.tokens
    if (next.kind === 'number') return this.number(this.tokens.take().value, position, sign.value === '-')
    if (sign.value === '+') throw this.tokens.unexpected('a number')
    const minusOne = this.budget.expression({ kind: 'number', value: -1, position })
    return this.arithmetic('*', minusOne, this.operand(), position)
  }

  protected number(digits: string, position: number, isNegative = false): Expression {
    const value = parseNumber(isNegative ? `-${digits}` : digits, position)
    return this.budget.expression({ kind: 'number', value, position })
  }

  /** Items between commas, and what closes them. */
  protected list<T>(closer: ')' | ']', read: () => T): T[] {
    const items = [read()]
    while (this.tokens.takeSymbol(',')) items.push(read())
    this.tokens.expectSymbol(closer)
    return items
  }
}
