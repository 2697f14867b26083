import { type SQL, sql } from 'drizzle-orm'
import type { FunctionCall } from '../ast.ts'
import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { type Compilation, TYPE_NAMES, type Value, type ValueType } from './value.ts'

/** A function that filters may call. */
export interface QueryFunction {
  name: string
  description: string
  parameters: readonly { name: string; types: readonly ValueType[] }[]
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
): [string, Implementation] {
  const list = Object.entries(parameters).map(([parameter, types]) => ({
    name: parameter,
    types: typeof types === 'string' ? [types] : types,
  }))
  return [name, { name, description, parameters: list, returns, toSql: (operands) => toSql(...operands) }]
}

const INSTANT = ['date', 'timestamp'] as const
const part = (name: string, instant: SQL): SQL =>
  sql`extract(${sql.raw(name)} from ${instant})::double precision`
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
  define('abs', 'The number without its sign', { number: 'number' }, 'number', (value) => sql`abs(${value})`),
  define(
    'round',
    'The nearest integer, of two the one further from 0',
    { number: 'number' },
    'number',
    (value) => sql`round(${value}::numeric)::double precision`,
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

function cased(name: 'lower' | 'upper', text: SQL): SQL {
  return sql`(${sql.raw(name)}(${text} collate "und-x-icu") collate "C")`
}

/** What filters may call, by name. */
export const QUERY_FUNCTIONS: readonly QueryFunction[] = [...IMPLEMENTATIONS.values()]

/** Names count in whatever case. @throws QueryError for a function that is not there, or other arguments than its own */
export function compileCall({ name, operands, position }: FunctionCall, compilation: Compilation): Value {
  const called = IMPLEMENTATIONS.get(name.toLowerCase())
  if (!called) throw new QueryError(`there is no function “${clip(name)}”`, position)
  const { parameters } = called
  if (operands.length !== parameters.length)
    throw new QueryError(
      `${called.name} takes ${parameters.length} arguments, not ${operands.length}`,
      position,
    )
  const values = operands.map((operand, i) => {
    const value = compilation.value(operand)
    const { types } = parameters[i]!
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
