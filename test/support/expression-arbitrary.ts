import fc from 'fast-check'

/** A part of a pattern: any characters, one, or these. */
type PatternPart = '*' | '?' | { text: string }

/** What a filter expression says, apart from how it is written. */
export type Condition =
  | { kind: 'and' | 'or' | 'not'; parts: Condition[] }
  | { kind: 'comparison'; property: string; operator: string; value: string }
  | { kind: 'like'; property: string; parts: PatternPart[] }

type Value = string | number | boolean | readonly string[]
export type ExpressionItem = Readonly<Record<string, Value>>

/** Characters that mean something in expressions or patterns, and such as have two cases. */
const characters = fc.constantFrom(...'aAbBäÄéÉ 1*?%_\\";()=<>\'-漢😀')
const texts = fc.string({ unit: characters, maxLength: 4 })
const OPERATORS = ['=', '!=', '<>', '<', '<=', '>', '>=']

/**
 * Conditions on these properties.
 * @param properties names to values that are worth being compared with
 * @param textNames of those that have a pattern
 */
export function conditions(
  properties: Readonly<Record<string, fc.Arbitrary<Value>>>,
  textNames: readonly string[],
): fc.Arbitrary<Condition> {
  const names = Object.keys(properties)
  const comparison = fc.constantFrom(...names).chain((property) =>
    fc.record({
      kind: fc.constant('comparison' as const),
      property: fc.constant(property),
      operator: fc.constantFrom(...OPERATORS),
      value: properties[property]!.map(String),
    }),
  )
  const like = fc.record({
    kind: fc.constant('like' as const),
    property: fc.constantFrom(...textNames),
    parts: fc.array(
      fc.oneof(
        fc.constantFrom('*' as const, '?' as const),
        texts.map((text) => ({ text })),
      ),
      { maxLength: 4 },
    ),
  })
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      comparison,
      like,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const, 'not' as const),
        parts: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
      }),
    ),
  })).condition
}

export const itemTexts = texts

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

const quotedPattern = (parts: readonly PatternPart[]): string =>
  `"${parts.map((part) => (typeof part === 'string' ? part : part.text.replace(/[\\"*?]/g, '\\$&'))).join('')}"`

/** A condition as an expression. */
export function toExpression(condition: Condition): string {
  switch (condition.kind) {
    case 'comparison':
      return `${condition.property} ${condition.operator}${quoted(condition.value)}`
    case 'like':
      return `${condition.property} like ${quotedPattern(condition.parts)}`
    default:
      return `(${condition.kind} ${condition.parts.map(toExpression).join('; ')})`
  }
}

/** Whether a condition holds, by the plain meaning of its words. */
export function holds(condition: Condition, item: ExpressionItem): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, item))
    case 'or':
      return condition.parts.some((part) => holds(part, item))
    case 'not':
      return !condition.parts.some((part) => holds(part, item))
    case 'like': {
      const pattern = condition.parts.map((part) =>
        part === '*' ? '[^]*' : part === '?' ? '[^]' : literal(part.text),
      )
      const expression = new RegExp(`^${pattern.join('')}$`, 'iu')
      return [item[condition.property]!].flat().some((text) => expression.test(String(text)))
    }
    case 'comparison': {
      const { operator, value } = condition
      const values = [item[condition.property]!].flat()
      if (operator === '!=' || operator === '<>') return values.every((own) => order(own, value) !== 0)
      return values.some((own) => isOrdered(order(own, value), operator))
    }
  }
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function order(own: string | number | boolean, value: string): number {
  if (typeof own === 'number') return own - Number(value)
  if (typeof own === 'boolean') return Number(own) - Number(value === 'true')
  return Buffer.compare(Buffer.from(own), Buffer.from(value))
}

function isOrdered(difference: number, operator: string): boolean {
  if (operator === '=') return difference === 0
  if (operator.endsWith('=') && difference === 0) return true
  return operator.startsWith('<') ? difference < 0 : difference > 0
}
