import { type SQL, sql } from 'drizzle-orm'
import type { FunctionCall } from '../ast.ts'
import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { isUntyped, untypedAs } from './untyped.ts'
import { type Compilation, TYPE_NAMES, type Value, type ValueType } from './value.ts'

/** A function that filters may call. */
export interface QueryFunction {
  name: string
  description: string
  parameters: readonly { name: string; types: readonly ValueType[] }[]
  /** Parameters at the end that may be left out. */
  optional: number
  returns: ValueType
}

interface Implementation extends QueryFunction {
  toSql(operands: readonly SQL[]): SQL
}

type Parameters = Record<string, ValueType | readonly ValueType[]>

function define(
  name: string,
  description: string,
  parameters: Parameters,
  returns: ValueType,
  toSql: (...operands: SQL[]) => SQL,
  optional = 0,
): [string, Implementation] {
  const list = Object.entries(parameters).map(([parameter, types]) => ({
    name: parameter,
    types: typeof types === 'string' ? [types] : types,
  }))
  return [
    name,
    { name, description, parameters: list, optional, returns, toSql: (operands) => toSql(...operands) },
  ]
}

const INSTANT = ['date', 'timestamp'] as const
const part = (name: string, instant: SQL): SQL =>
  sql`extract(${sql.raw(name)} from ${instant})::double precision`
const asTimestamp = (instant: SQL): SQL => sql`(${instant})::timestamp`

/** Characters of a text in which something is replaced, and of what replaces it: one may come to stand for each of the other. */
const REPLACED_MAX_CHARACTERS = 100_000
const REPLACING_MAX_CHARACTERS = 100
/** Of the text of a number, whose exponent has no more than two digits, so that a double holds it. */
const NUMBER_MAX_CHARACTERS = 100
const NUMBER_PATTERN = String.raw`^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?\s*$`
const DECIMALS_MAX = 20
const INTEGER_MAX = 2 ** 31 - 1

/** A number as an argument that must be an integer of 32 bits. */
const integer = (value: SQL): SQL =>
  sql`least(greatest(${double(value)}, -${INTEGER_MAX}::int), ${INTEGER_MAX}::int)::int`

const double = (value: SQL): SQL => sql`${value}::double precision`

const IMPLEMENTATIONS = new Map<string, Implementation>([
  define('lower', 'The text in small letters', { text: 'text' }, 'text', (text) => cased('lower', text)),
  define('upper', 'The text in capital letters', { text: 'text' }, 'text', (text) => cased('upper', text)),
  define(
    'trim',
    'The text without spaces at its ends',
    { text: 'text' },
    'text',
    (text) => sql`btrim(${text})`,
  ),
  define(
    'concat',
    'Two texts, one after the other',
    { first: 'text', second: 'text' },
    'text',
    (first, second) => sql`(${first} || ${second})`,
  ),
  define(
    'char_length',
    'How many characters a text has',
    { text: 'text' },
    'number',
    (text) => sql`char_length(${text})`,
  ),
  define(
    'ltrim',
    'The text without spaces, or these characters, at its beginning',
    { text: 'text', characters: 'text' },
    'text',
    (...operands) => sql`ltrim(${sql.join(operands, sql`, `)})`,
    1,
  ),
  define(
    'rtrim',
    'The text without spaces, or these characters, at its end',
    { text: 'text', characters: 'text' },
    'text',
    (...operands) => sql`rtrim(${sql.join(operands, sql`, `)})`,
    1,
  ),
  define(
    'substring',
    'The characters of a text from the one at a place, counted from 1, all or so many',
    { text: 'text', start: 'number', count: 'number' },
    'text',
    (text, start, count) =>
      count
        ? sql`substr(${text}, ${integer(start!)}, greatest(${integer(count)}, 0))`
        : sql`substr(${text!}, ${integer(start!)})`,
    1,
  ),
  define(
    'left',
    'So many characters at the beginning of a text; of a negative number, all but so many',
    { text: 'text', count: 'number' },
    'text',
    (text, count) => sql`left(${text}, ${integer(count)})`,
  ),
  define(
    'right',
    'So many characters at the end of a text; of a negative number, all but so many',
    { text: 'text', count: 'number' },
    'text',
    (text, count) => sql`right(${text}, ${integer(count)})`,
  ),
  define(
    'strpos',
    'Where a text begins in another, counted from 1; 0 where it does not',
    { text: 'text', part: 'text' },
    'number',
    (text, part) => sql`strpos(${text}, ${part})`,
  ),
  define(
    'replace',
    'The text with another in the place of each that is sought',
    { text: 'text', sought: 'text', by: 'text' },
    'text',
    (text, sought, by) =>
      sql`replace(left(${text}, ${REPLACED_MAX_CHARACTERS}::int), ${sought}, left(${by}, ${REPLACING_MAX_CHARACTERS}::int))`,
  ),
  define(
    'to_text',
    'A value as text',
    { value: ['text', 'number', 'boolean', 'date', 'timestamp', 'time'] },
    'text',
    (value) => sql`(${value})::text`,
  ),
  define(
    'to_number',
    'The number that a text is; null where it is none',
    { value: ['number', 'text'] },
    'number',
    (value) => numberOfText(value),
  ),
  define(
    'to_integer',
    'The integer next to a number, or to what a text is; null where that is none',
    { value: ['number', 'text'] },
    'number',
    (value) => sql`round(${numberOfText(value)}::numeric)::double precision`,
  ),
  define(
    'to_boolean',
    'The truth that a text is: t or f, true or false, 1 or 0; null where it is none',
    { value: ['boolean', 'text'] },
    'boolean',
    (value) => sql`(case lower((${value})::text) when 't' then true when 'true' then true when '1' then true
      when 'f' then false when 'false' then false when '0' then false end)`,
  ),
  define(
    'to_date',
    'The day (UTC) of a timestamp',
    { instant: INSTANT },
    'date',
    (instant) => sql`(${instant})::date`,
  ),
  define(
    'to_timestamp',
    'The beginning (UTC) of a day',
    { instant: INSTANT },
    'timestamp',
    (instant) => sql`((${instant})::timestamp at time zone 'UTC')`,
  ),
  define(
    'sqrt',
    'The square root; null of a negative number',
    { number: 'number' },
    'number',
    (value) => sql`sqrt(case when ${value} >= 0 then ${double(value)} end)`,
  ),
  define('sign', '-1, 0 or 1', { number: 'number' }, 'number', (value) => sql`sign(${double(value)})`),
  define('abs', 'The number without its sign', { number: 'number' }, 'number', (value) => sql`abs(${value})`),
  define(
    'round',
    'The nearest integer, or number with so many decimals, of two the one further from 0',
    { number: 'number', decimals: 'number' },
    'number',
    (value, decimals) =>
      decimals
        ? sql`round(${value}::numeric, least(greatest(${integer(decimals)}, -${DECIMALS_MAX}::int), ${DECIMALS_MAX}::int))::double precision`
        : sql`round(${value}::numeric)::double precision`,
    1,
  ),
  define(
    'trunc',
    'The integer next to a number on the side of 0',
    { number: 'number' },
    'number',
    (value) => sql`trunc(${double(value)})`,
  ),
  define(
    'floor',
    'The next integer below',
    { number: 'number' },
    'number',
    (value) => sql`floor(${double(value)})`,
  ),
  define(
    'ceil',
    'The next integer above',
    { number: 'number' },
    'number',
    (value) => sql`ceil(${double(value)})`,
  ),
  define(
    'least',
    'The smaller of two numbers',
    { first: 'number', second: 'number' },
    'number',
    (first, second) => sql`least(${first}, ${second})`,
  ),
  define(
    'greatest',
    'The greater of two numbers',
    { first: 'number', second: 'number' },
    'number',
    (first, second) => sql`greatest(${first}, ${second})`,
  ),
  define('now', 'The time of the request', {}, 'timestamp', () => sql`now()`),
  define('year', 'The year (UTC)', { instant: INSTANT }, 'number', (instant) => part('year', instant)),
  define('month', 'The month (UTC), 1 to 12', { instant: INSTANT }, 'number', (instant) =>
    part('month', instant),
  ),
  define('day', 'The day of the month (UTC), 1 to 31', { instant: INSTANT }, 'number', (instant) =>
    part('day', instant),
  ),
  define('hour', 'The hour (UTC), 0 to 23', { instant: INSTANT }, 'number', (instant) =>
    part('hour', asTimestamp(instant)),
  ),
  define('minute', 'The minute, 0 to 59', { instant: INSTANT }, 'number', (instant) =>
    part('minute', asTimestamp(instant)),
  ),
  define('second', 'The second with its fraction', { instant: INSTANT }, 'number', (instant) =>
    part('second', asTimestamp(instant)),
  ),
  define('week', 'The week of the year (ISO 8601), 1 to 53', { instant: INSTANT }, 'number', (instant) =>
    part('week', asTimestamp(instant)),
  ),
  define('weekday', 'The day of the week (UTC), Sunday is 0', { instant: INSTANT }, 'number', (instant) =>
    part('dow', asTimestamp(instant)),
  ),
  define('epoch', 'Seconds since 1970', { instant: INSTANT }, 'number', (instant) =>
    part('epoch', asTimestamp(instant)),
  ),
  define(
    'area',
    "The area of a geometry, in squares of the unit of the dataset's system",
    { geometry: 'geometry' },
    'number',
    (geometry) => sql`ST_Area(${geometry})`,
  ),
  define(
    'length',
    "The length of a text in characters, or of a geometry in the unit of the dataset's system",
    { value: ['text', 'geometry'] },
    'number',
    (geometry) => sql`ST_Length(${geometry})`,
  ),
  define(
    'distance',
    "The distance between two geometries, in the unit of the dataset's system",
    { first: 'geometry', second: 'geometry' },
    'number',
    (first, second) => sql`ST_Distance(${first}, ${second})`,
  ),
  define(
    'is_within_distance',
    "Whether two geometries are no further apart than so much, in the unit of the dataset's system",
    { first: 'geometry', second: 'geometry', distance: 'number' },
    'boolean',
    (first, second, distance) => sql`ST_DWithin(${first}, ${second}, greatest(${double(distance)}, 0))`,
  ),
  define(
    'centroid',
    'The centre of mass of a geometry',
    { geometry: 'geometry' },
    'geometry',
    (geometry) => sql`ST_Centroid(${geometry})`,
  ),
  define(
    'envelope',
    'The rectangle around a geometry',
    { geometry: 'geometry' },
    'geometry',
    (geometry) => sql`ST_Envelope(${geometry})`,
  ),
  define(
    'geometry_type',
    'The type of a geometry, such as MultiPolygon',
    { geometry: 'geometry' },
    'text',
    (geometry) => sql`substr(ST_GeometryType(${geometry}), 4)`,
  ),
])

const numberOfText = (
  value: SQL,
): SQL => sql`(select case when digits ~ ${NUMBER_PATTERN}::text then digits::double precision end
  from (select left((${value})::text, ${NUMBER_MAX_CHARACTERS}::int) as digits) as converted)`

function cased(name: 'lower' | 'upper', text: SQL): SQL {
  return sql`(${sql.raw(name)}(${text} collate "und-x-icu") collate "C")`
}

/** What filters may call, by name. */
export const QUERY_FUNCTIONS: readonly QueryFunction[] = [...IMPLEMENTATIONS.values()]

/** Names count in whatever case. @throws QueryError for a function that is not there, or other arguments than its own */
export function compileCall({ name, operands, position }: FunctionCall, compilation: Compilation): Value {
  const called = IMPLEMENTATIONS.get(name.toLowerCase())
  if (!called) throw new QueryError(`there is no function “${clip(name)}”`, position)
  const { parameters, optional } = called
  const least = parameters.length - optional
  if (operands.length > parameters.length || operands.length < least)
    throw new QueryError(
      `${called.name} takes ${optional > 0 ? `${least} to ` : ''}${parameters.length} arguments, not ${operands.length}`,
      position,
    )
  const values = operands.map((operand, i) => {
    const { types } = parameters[i]!
    if (isUntyped(operand)) return untypedAs(operand, types)
    const value = compilation.value(operand)
    if (types.includes(value.type)) return value
    throw new QueryError(
      `${called.name} takes ${types.map((type) => TYPE_NAMES[type]).join(' or ')}, not ${TYPE_NAMES[value.type]}`,
      operand.position,
    )
  })
  const toSql = called.name === 'length' && values[0]!.type === 'text' ? 'char_length' : called.name
  return { sql: IMPLEMENTATIONS.get(toSql)!.toSql(values.map(inUtc)), type: called.returns }
}

const inUtc = ({ sql: value, type }: Value): SQL =>
  type === 'timestamp' ? sql`(${value} at time zone 'UTC')` : value
