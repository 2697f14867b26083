import type { Expression, GeometryLiteral } from '../ast.ts'
import type { FilterBudget } from '../limits.ts'
import { clip, sqlInstant } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import type { TokenStream } from '../text/token-stream.ts'
import { casting, extraction, isFunction, meaningOf } from './functions.ts'
import { boxOf, geometryText, isGeometry, pointOf, systemOf } from './geometry.ts'

/** What the readers of calls have of the parser. */
export interface Reader {
  readonly tokens: TokenStream
  readonly budget: FilterBudget
  /** Reads any expression. */
  condition(): Expression
  /** Reads one that no predicate follows. */
  value(): Expression
}

/** Reads what stands in the parentheses of a call, the first of which has been taken. */
type CallReader = (reader: Reader, position: number) => Expression

/** A function, or what is written like one. @throws QueryError for one that is not known */
export function readCall(word: string, position: number, reader: Reader): Expression {
  const name = word.toLowerCase()
  const special = SPECIAL.get(name)
  if (special) return special(reader, position)
  if (!isFunction(name)) throw new QueryError(`there is no function “${clip(word)}”`, position)
  return meaningOf(name, operandsOf(reader), position, reader.budget)
}

function operandsOf({ tokens, condition }: Reader): Expression[] {
  if (tokens.takeSymbol(')')) return []
  return [condition(), ...furtherOperands({ tokens, condition })]
}

/** The operands after the first, and the parenthesis behind them. */
function furtherOperands({ tokens, condition }: Pick<Reader, 'tokens' | 'condition'>): Expression[] {
  const operands: Expression[] = []
  while (tokens.takeSymbol(',')) operands.push(condition())
  tokens.expectSymbol(')')
  return operands
}

/** `CAST(value AS type)` */
const cast: CallReader = (reader, position) => {
  const operand = reader.condition()
  reader.tokens.expectWord('as')
  const result = readType(operand, position, reader)
  reader.tokens.expectSymbol(')')
  return result
}

/** A value as the type whose name follows. */
export function readType(operand: Expression, position: number, { tokens, budget }: Reader): Expression {
  if (tokens.next.kind !== 'word') throw tokens.unexpected('the name of a type')
  const { value, position: at } = tokens.take()
  if (value.toLowerCase() === 'double') tokens.expectWord('precision')
  return casting(operand, value, { position, at }, budget)
}

/** `EXTRACT(field FROM time)` */
const extract: CallReader = ({ tokens, budget, condition }, position) => {
  const { value: field, position: at } = tokens.take()
  tokens.expectWord('from')
  const operand = condition()
  tokens.expectSymbol(')')
  return extraction(field, operand, { position, at }, budget)
}

/** `DATE_PART('field', time)` */
const datePart: CallReader = ({ tokens, budget, condition }, position) => {
  const [field, at] = tokens.expectText()
  tokens.expectSymbol(',')
  const operand = condition()
  tokens.expectSymbol(')')
  return extraction(field, operand, { position, at }, budget)
}

/** `POSITION(part IN text)` */
const strpos: CallReader = (reader, position) => {
  const part = reader.value()
  reader.tokens.expectWord('in')
  const text = reader.condition()
  reader.tokens.expectSymbol(')')
  return meaningOf('strpos', [text, part], position, reader.budget)
}

/** `SUBSTRING(text FROM start FOR count)`, or with commas. */
const substring: CallReader = (reader, position) => {
  const { tokens, budget, condition } = reader
  const text = condition()
  const operands = [text]
  if (tokens.takeWord('from')) {
    operands.push(condition())
    if (tokens.takeWord('for')) operands.push(condition())
    tokens.expectSymbol(')')
  } else operands.push(...furtherOperands(reader))
  return meaningOf('substr', operands, position, budget)
}

const SIDES: Readonly<Record<string, readonly string[]>> = {
  both: ['ltrim', 'rtrim'],
  leading: ['ltrim'],
  trailing: ['rtrim'],
}

/** `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`, or `TRIM(text)`. */
const trim: CallReader = ({ tokens, budget, condition }, position) => {
  const side = Object.keys(SIDES).find((word) => tokens.takeWord(word))
  const first = tokens.isWord('from') ? null : condition()
  const text = tokens.takeWord('from') ? condition() : null
  tokens.expectSymbol(')')
  const characters = text && first
  return SIDES[side ?? 'both']!.reduce(
    (trimmed, name) => meaningOf(name, characters ? [trimmed, characters] : [trimmed], position, budget),
    (text ?? first)!,
  )
}

/** `ST_GeomFromText('well-known text', srid)` */
const geometryOfText: CallReader = ({ tokens, budget }, position) => {
  const [value, at] = tokens.expectText()
  const read = geometryText({ value, position: at }, budget)
  const srid = tokens.takeSymbol(',') ? systemOf(tokens.take()) : read.srid
  tokens.expectSymbol(')')
  return budget.expression({ kind: 'geometry', ...read, srid: srid ?? 'features', position })
}

const numbers = (reader: Reader): number[] =>
  operandsOf(reader).map((operand) => {
    if (operand.kind === 'number') return Number(operand.value)
    throw new QueryError('a number is expected', operand.position)
  })

/** `ST_MakeEnvelope(xmin, ymin, xmax, ymax, srid)` */
const envelope: CallReader = (reader, position) =>
  reader.budget.expression({ ...boxOf(numbers(reader), position), position })

/** `ST_Point(x, y, srid)`, `ST_MakePoint(x, y)` */
const point: CallReader = (reader, position) => {
  reader.budget.vertex(position)
  return reader.budget.expression({ ...pointOf(numbers(reader), position), position })
}

/** `ST_SetSRID(geometry, srid)` */
const withSystem: CallReader = ({ tokens, budget, condition }, position) => {
  const geometry = condition()
  if (!isGeometry(geometry)) throw new QueryError('a geometry is expected', geometry.position)
  tokens.expectSymbol(',')
  const srid = systemOf(tokens.take())
  tokens.expectSymbol(')')
  return budget.expression<GeometryLiteral | Expression>({ ...geometry, srid, position })
}

const SPECIAL: ReadonlyMap<string, CallReader> = new Map<string, CallReader>([
  ['cast', cast],
  ['extract', extract],
  ['date_part', datePart],
  ['position', strpos],
  ['substring', substring],
  ['trim', trim],
  ['st_geomfromtext', geometryOfText],
  ['st_geometryfromtext', geometryOfText],
  ['st_geomfromewkt', geometryOfText],
  ['st_makeenvelope', envelope],
  ['st_point', point],
  ['st_makepoint', point],
  ['st_setsrid', withSystem],
])

/** The types whose literals have their name before them. */
const INSTANTS: Readonly<Record<string, string>> = {
  date: 'a date such as 2022-04-16',
  timestamp: 'a time such as 2022-04-16 10:13:19',
  timestamptz: 'a time such as 2022-04-16 10:13:19+02',
}

/** `DATE '2022-04-16'`, whose type has been read. Null where no such literal stands here. @throws QueryError */
export function readInstant(word: string, { tokens, budget }: Reader): Expression | null {
  const name = word.toLowerCase()
  if (!Object.hasOwn(INSTANTS, name) || tokens.next.kind !== 'text') return null
  const [text, position] = tokens.expectText()
  const instant = sqlInstant(text)
  if (!instant) throw new QueryError(`“${clip(text)}” is not ${INSTANTS[name]}`, position)
  const value = name === 'date' ? instant.value.slice(0, 10) : text
  return budget.expression({ kind: 'text', value, isUntyped: true, position })
}
