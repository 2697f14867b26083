import type { Expression, SpatialRelation } from '../ast.ts'
import type { FilterBudget } from '../limits.ts'
import { QueryError } from '../query-error.ts'

/** Makes of a call's operands what the function is; the budget counts every part of it. */
type Meaning = (operands: Expression[], position: number, budget: FilterBudget) => Expression

interface SqlFunction {
  min: number
  max: number
  meaning: Meaning
}

const called =
  (name: string): Meaning =>
  (operands, position, budget) =>
    budget.expression({ kind: 'call', name, operands, position })

const call = (name: string, min = 1, max = min): SqlFunction => ({ min, max, meaning: called(name) })

const choice = (
  name: 'coalesce' | 'greatest' | 'least' | 'nullif',
  min: number,
  max: number,
): SqlFunction => ({
  ...{ min, max },
  meaning: (operands, position, budget) =>
    budget.expression({ kind: 'choice', choice: name, operands, position }),
})

const arithmetic = (operator: '%' | '^'): SqlFunction => ({
  ...{ min: 2, max: 2 },
  meaning: ([left, right], position, budget) =>
    budget.expression({ kind: 'arithmetic', operator, left: left!, right: right!, position }),
})

const spatial = (relation: SpatialRelation): SqlFunction => ({
  ...{ min: 2, max: 2 },
  meaning: ([left, right], position, budget) =>
    budget.expression({ kind: 'spatial', relation, left: left!, right: right!, position }),
})

/** Null counts as nothing, and every value as its text. */
const concat: Meaning = (operands, position, budget) => {
  const empty = () => budget.expression({ kind: 'text', value: '', position })
  const parts = operands.map((operand) =>
    choice('coalesce', 2, 2).meaning([asText(operand, budget), empty()], operand.position, budget),
  )
  return parts.reduce((all, part) => called('concat')([all, part], position, budget))
}

/** An operand as text, as `||` takes it. */
export const asText = (operand: Expression, budget: FilterBudget): Expression =>
  operand.kind === 'text' ? operand : called('to_text')([operand], operand.position, budget)

const OPERANDS_MAX = 50

/** What conditions may call, by the names of PostgreSQL and PostGIS. */
const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map<string, SqlFunction>([
  ['lower', call('lower')],
  ['upper', call('upper')],
  ['length', call('char_length')],
  ['char_length', call('char_length')],
  ['character_length', call('char_length')],
  ['btrim', call('trim')],
  ['ltrim', call('ltrim', 1, 2)],
  ['rtrim', call('rtrim', 1, 2)],
  ['substr', call('substring', 2, 3)],
  ['replace', call('replace', 3)],
  ['left', call('left', 2)],
  ['right', call('right', 2)],
  ['strpos', call('strpos', 2)],
  ['concat', { min: 1, max: OPERANDS_MAX, meaning: concat }],
  ['abs', call('abs')],
  ['round', call('round', 1, 2)],
  ['trunc', call('trunc')],
  ['floor', call('floor')],
  ['ceil', call('ceil')],
  ['ceiling', call('ceil')],
  ['sign', call('sign')],
  ['sqrt', call('sqrt')],
  ['mod', arithmetic('%')],
  ['power', arithmetic('^')],
  ['pow', arithmetic('^')],
  ['coalesce', choice('coalesce', 1, OPERANDS_MAX)],
  ['nullif', choice('nullif', 2, 2)],
  ['greatest', choice('greatest', 1, OPERANDS_MAX)],
  ['least', choice('least', 1, OPERANDS_MAX)],
  ['now', call('now', 0)],
  ['st_area', call('area')],
  ['st_length', call('length')],
  ['st_distance', call('distance', 2)],
  ['st_dwithin', call('is_within_distance', 3)],
  ['st_centroid', call('centroid')],
  ['st_envelope', call('envelope')],
  ['st_intersects', spatial('intersects')],
  ['st_disjoint', spatial('disjoint')],
  ['st_equals', spatial('equals')],
  ['st_touches', spatial('touches')],
  ['st_crosses', spatial('crosses')],
  ['st_within', spatial('within')],
  ['st_contains', spatial('contains')],
  ['st_overlaps', spatial('overlaps')],
])

export const isFunction = (name: string): boolean => FUNCTIONS.has(name.toLowerCase())

/** What a call means. @throws QueryError for a wrong number of operands */
export function meaningOf(
  name: string,
  operands: Expression[],
  position: number,
  budget: FilterBudget,
): Expression {
  const { min, max, meaning } = FUNCTIONS.get(name.toLowerCase())!
  if (operands.length < min || operands.length > max) {
    const number = min === max ? min : `${min} to ${max}`
    throw new QueryError(`${name} takes ${number} arguments, not ${operands.length}`, position)
  }
  return meaning(operands, position, budget)
}

const FIELDS: Readonly<Record<string, string>> = {
  ...{ year: 'year', month: 'month', day: 'day', hour: 'hour', minute: 'minute', second: 'second' },
  ...{ week: 'week', dow: 'weekday', epoch: 'epoch' },
}

/** Where a call stands, and where the word in it that says what is wanted. */
interface Places {
  position: number
  at: number
}

/** The part of a time that a field of `extract` is. @throws QueryError for a field that is not known */
export function extraction(
  field: string,
  operand: Expression,
  { position, at }: Places,
  budget: FilterBudget,
): Expression {
  const key = field.toLowerCase()
  const name = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
  if (name === undefined)
    throw new QueryError(`what is extracted is one of ${Object.keys(FIELDS).join(', ')}`, at)
  return called(name)([operand], position, budget)
}

const CASTS: Readonly<Record<string, readonly string[]>> = {
  to_text: ['text', 'varchar', 'char', 'character'],
  to_number: ['numeric', 'decimal', 'real', 'float', 'float4', 'float8', 'double'],
  to_integer: ['integer', 'int', 'int2', 'int4', 'int8', 'bigint', 'smallint'],
  to_boolean: ['boolean', 'bool'],
  to_date: ['date'],
  to_timestamp: ['timestamp', 'timestamptz'],
}

/** A value of another type. @throws QueryError for a type that nothing is made of here */
export function casting(
  operand: Expression,
  type: string,
  { position, at }: Places,
  budget: FilterBudget,
): Expression {
  const name = Object.keys(CASTS).find((key) => CASTS[key]!.includes(type.toLowerCase()))
  if (name === undefined)
    throw new QueryError(
      'the type is one of text, integer, bigint, numeric, double precision, boolean, date, timestamp',
      at,
    )
  return called(name)([operand], position, budget)
}
