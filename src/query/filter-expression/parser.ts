import type { ComparisonOperator, Expression, Filter } from '../ast.ts'
import { FilterBudget } from '../limits.ts'
import { TokenStream } from '../text/token-stream.ts'
import type { Token } from '../text/tokens.ts'
import { EXPRESSION_LEXICON } from './lexicon.ts'
import { patternOf, textOf } from './quoted.ts'

const COMPARISONS = ['=', '!=', '<>', '<', '<=', '>', '>=']

/** Reads filter expressions: an operator stands before what it joins. */
export class ExpressionParser {
  readonly #tokens: TokenStream
  readonly #budget = new FilterBudget()

  constructor(text: string) {
    this.#tokens = new TokenStream(text, EXPRESSION_LEXICON)
  }

  filter(): Filter {
    const filter = this.#expression()
    if (this.#tokens.next.kind !== 'end') throw this.#tokens.unexpected('the end of the filter')
    return filter
  }

  #expression(): Expression {
    const open = this.#tokens.takeSymbol('(')
    return open ? this.#budget.nested(open.position, () => this.#group()) : this.#comparison()
  }

  /** What follows a parenthesis: an operator and what it joins, or one expression alone. */
  #group(): Expression {
    const { position } = this.#tokens.next
    const word = this.#operator()
    const operands = [this.#expression()]
    while (word !== null && this.#tokens.takeSymbol(';')) operands.push(this.#expression())
    this.#tokens.expectSymbol(')')
    const joined = this.#joined(word === 'or' || word === 'not' ? 'or' : 'and', operands, position)
    return word === 'not' ? this.#not(joined, position) : joined
  }

  /** A word that joins, unless it is compared with something, as a property of that name would be. */
  #operator(): 'and' | 'or' | 'not' | null {
    const { kind, value } = this.#tokens.afterNext
    if (kind === 'symbol' && COMPARISONS.includes(value)) return null
    for (const word of ['and', 'or', 'not'] as const) if (this.#tokens.takeWord(word)) return word
    return null
  }

  #joined(kind: 'and' | 'or', operands: Expression[], position: number): Expression {
    return operands.length === 1 ? operands[0]! : this.#budget.expression({ kind, operands, position })
  }

  #not(operand: Expression, position: number): Expression {
    return this.#budget.expression({ kind: 'not', operand, position })
  }

  #comparison(): Expression {
    const { kind, value: name, position } = this.#tokens.take()
    if (kind !== 'word') throw this.#tokens.unexpected('a property', { kind, value: name, position })
    const property = this.#budget.expression({ kind: 'property', name, position })
    const operator = this.#tokens.takeSymbol(...COMPARISONS)
    if (operator) return this.#compared(property, operator)
    const like = this.#tokens.takeWord('like')
    if (!like) throw this.#tokens.unexpected(`like, or one of ${COMPARISONS.join(' ')},`)
    const pattern = this.#literal(patternOf)
    return this.#budget.expression({
      kind: 'like',
      operand: this.#folded(property),
      pattern: this.#folded(pattern),
      position,
    })
  }

  /** That something differs is that it is not the same: of a list, that none of its items is. */
  #compared(left: Expression, { value, position }: Token): Expression {
    const right = { ...this.#literal(textOf), isUntyped: true as const }
    const isNot = value === '!=' || value === '<>'
    const operator = isNot ? '=' : (value as ComparisonOperator)
    const comparison = this.#budget.expression({ kind: 'comparison', operator, left, right, position })
    return isNot ? this.#not(comparison, position) : comparison
  }

  #folded(operand: Expression): Expression {
    return this.#budget.expression({ kind: 'fold', fold: 'case', operand, position: operand.position })
  }

  /** A text between quotes; or a number or a word without. */
  #literal(read: (quoted: string) => string) {
    const sign = this.#tokens.takeSymbol('-')
    const token = this.#tokens.take()
    const { kind, value, position } = token
    if (kind !== 'number' && (sign || (kind !== 'text' && kind !== 'word')))
      throw this.#tokens.unexpected('a text in double quotes, a number, true or false', token)
    const text = kind === 'text' ? read(value) : `${sign ? '-' : ''}${value}`
    return this.#budget.expression({ kind: 'text', value: text, position: sign?.position ?? position })
  }
}
