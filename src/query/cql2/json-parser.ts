import type { ArithmeticOperator, ComparisonOperator, Expression } from '../ast.ts'
import { FilterBudget } from '../limits.ts'
import { clip, isPattern, parseInstant, parseIntervalEnd } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { readGeoJson } from './geojson.ts'
import type { JsonNode } from './json-tree.ts'
import { predicateOf } from './predicates.ts'

type ObjectNode = Extract<JsonNode, { kind: 'object' }>

const COMPARISONS = ['=', '<>', '<', '>', '<=', '>=']
const ARITHMETIC = ['+', '-', '*', '/', '%', 'div', '^']
const BOX_NUMBERS = [4, 6]

/** Makes expressions of the values of a document. */
export class JsonParser {
  readonly #budget = new FilterBudget()

  expression(node: JsonNode): Expression {
    return this.#budget.nested(node.position, () => this.#budget.expression(this.#read(node)))
  }

  #read(node: JsonNode): Expression {
    const { position } = node
    switch (node.kind) {
      case 'string':
        return { kind: 'text', value: node.value, position }
      case 'number':
        return { kind: 'number', value: node.value, position }
      case 'boolean':
        return { kind: 'boolean', value: node.value, position }
      case 'array':
        return { kind: 'array', items: this.#all(node.items), position }
      case 'null':
        throw new QueryError('null is no value to compare with; there is the operator isNull', position)
      case 'object':
        return this.#object(node)
    }
  }

  #all(nodes: readonly JsonNode[]): Expression[] {
    return nodes.map((node) => this.expression(node))
  }

  #object(node: ObjectNode): Expression {
    const { members, position } = node
    const property = members.get('property')
    if (property) return { kind: 'property', name: stringOf(property), position }
    for (const kind of ['date', 'timestamp'] as const) {
      const instant = members.get(kind)
      if (instant) return { ...parseInstant(kind, stringOf(instant), instant.position), position }
    }
    const interval = members.get('interval')
    if (interval) {
      const [start, end] = argumentsOf(interval, 2, 'an interval')
      return { kind: 'interval', start: this.#intervalEnd(start!), end: this.#intervalEnd(end!), position }
    }
    if (members.has('op')) return this.#operation(node)
    if (members.has('type')) return { kind: 'geometry', geometry: readGeoJson(node, this.#budget), position }
    const box = members.get('bbox')
    if (box) return { kind: 'box', bounds: boundsOf(box), position }
    throw new QueryError(
      'an object has one of the members op, property, date, timestamp, interval, type, bbox',
      position,
    )
  }

  #intervalEnd(node: JsonNode): Expression | null {
    if (node.kind !== 'string') return this.expression(node)
    const instant = parseIntervalEnd(node.value, node.position)
    return instant && this.#budget.expression(instant)
  }

  #operation({ members, position }: ObjectNode): Expression {
    const name = stringOf(members.get('op')!)
    const operator = name.toLowerCase()
    const args = members.get('args') ?? { kind: 'array', items: [], position }
    const take = (count: number) => argumentsOf(args, count, name)
    const operands = (count: number) => this.#all(take(count)) as [Expression, Expression, Expression]
    switch (operator) {
      case 'and':
      case 'or':
        return { kind: operator, operands: this.#junction(args, name), position }
      case 'not':
        return { kind: 'not', operand: operands(1)[0], position }
      case 'isnull':
        return { kind: 'isNull', operand: operands(1)[0], position }
      case 'casei':
      case 'accenti': {
        const fold = operator === 'casei' ? 'case' : 'accent'
        return { kind: 'fold', fold, operand: operands(1)[0], position }
      }
      case 'like': {
        const [operand, pattern] = operands(2)
        if (isPattern(pattern)) return { kind: 'like', operand, pattern, position }
        throw new QueryError('the pattern is a string, or casei or accenti of one', pattern.position)
      }
      case 'between': {
        const [operand, lower, upper] = operands(3)
        return { kind: 'between', operand, lower, upper, position }
      }
      case 'in': {
        const [operand, list] = take(2)
        const items = this.#all(arrayOf(list!))
        return { kind: 'in', operand: this.expression(operand!), items, position }
      }
    }
    const predicate = predicateOf(operator)
    if (!predicate && !COMPARISONS.includes(operator) && !ARITHMETIC.includes(operator))
      return { kind: 'call', name, operands: this.#all(arrayOf(args)), position }
    const [left, right] = operands(2)
    if (predicate) return { ...predicate, left, right, position }
    return COMPARISONS.includes(operator)
      ? { kind: 'comparison', operator: operator as ComparisonOperator, left, right, position }
      : { kind: 'arithmetic', operator: operator as ArithmeticOperator, left, right, position }
  }

  #junction(args: JsonNode, name: string): Expression[] {
    const operands = this.#all(arrayOf(args))
    if (operands.length < 2) throw new QueryError(`${name} takes two arguments or more`, args.position)
    return operands
  }
}

function stringOf(node: JsonNode): string {
  if (node.kind !== 'string') throw new QueryError('a string is expected', node.position)
  return node.value
}

function arrayOf(node: JsonNode): readonly JsonNode[] {
  if (node.kind !== 'array') throw new QueryError('an array is expected', node.position)
  return node.items
}

const COUNTS = ['no arguments', 'one argument', 'two arguments', 'three arguments']

function argumentsOf(node: JsonNode, count: number, name: string): readonly JsonNode[] {
  const items = arrayOf(node)
  if (items.length !== count)
    throw new QueryError(`${clip(name)} takes ${COUNTS[count]}, not ${items.length}`, node.position)
  return items
}

function boundsOf(node: JsonNode): number[] {
  const bounds = arrayOf(node).map((item) => {
    if (item.kind !== 'number') throw new QueryError('a number is expected', item.position)
    return Number(item.value)
  })
  if (!BOX_NUMBERS.includes(bounds.length))
    throw new QueryError('a bbox has four numbers, or six', node.position)
  return bounds
}
