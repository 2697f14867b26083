import { type SQL, sql } from 'drizzle-orm'
import type { Expression, InstantLiteral, Interval, TemporalPredicate, TemporalRelation } from '../ast.ts'
import { parseInstant } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import { type Compilation, typed, type Value } from './value.ts'

export function instantLiteral({ kind, value, position }: InstantLiteral): Value {
  parseInstant(kind, value, position)
  return { sql: kind === 'date' ? sql`${value}::date` : sql`${value}::timestamptz`, type: kind }
}

/** The day (UTC) of a timestamp. */
export const asDate = ({ sql: value }: Value): Value => ({
  sql: sql`(${value} at time zone 'UTC')::date`,
  type: 'date',
})

/** The first and the last instant of a time; they are the same where it is an instant. */
interface Span {
  start: Value
  end: Value
  isInstant: boolean
}

/**
 * Relations of the Time Ontology (OWL-Time), of times that have their ends. Those that are not between intervals only
 * take an instant for an interval that ends where it begins.
 */
const RELATIONS: Record<TemporalRelation, (a: SqlSpan, b: SqlSpan) => SQL> = {
  after: (a, b) => sql`${a.start} > ${b.end}`,
  before: (a, b) => sql`${a.end} < ${b.start}`,
  disjoint: (a, b) => sql`${a.start} > ${b.end} or ${a.end} < ${b.start}`,
  equals: (a, b) => sql`${a.start} = ${b.start} and ${a.end} = ${b.end}`,
  intersects: (a, b) => sql`${a.start} <= ${b.end} and ${a.end} >= ${b.start}`,
  contains: (a, b) => sql`${a.start} < ${b.start} and ${a.end} > ${b.end}`,
  during: (a, b) => sql`${a.start} > ${b.start} and ${a.end} < ${b.end}`,
  finishedBy: (a, b) => sql`${a.start} < ${b.start} and ${a.end} = ${b.end}`,
  finishes: (a, b) => sql`${a.start} > ${b.start} and ${a.end} = ${b.end}`,
  meets: (a, b) => sql`${a.end} = ${b.start}`,
  metBy: (a, b) => sql`${a.start} = ${b.end}`,
  overlappedBy: (a, b) => sql`${a.start} > ${b.start} and ${a.start} < ${b.end} and ${a.end} > ${b.end}`,
  overlaps: (a, b) => sql`${a.start} < ${b.start} and ${a.end} > ${b.start} and ${a.end} < ${b.end}`,
  startedBy: (a, b) => sql`${a.start} = ${b.start} and ${a.end} > ${b.end}`,
  starts: (a, b) => sql`${a.start} = ${b.start} and ${a.end} < ${b.end}`,
}

interface SqlSpan {
  start: SQL
  end: SQL
}

const OF_INSTANTS: readonly TemporalRelation[] = ['after', 'before', 'disjoint', 'equals', 'intersects']

/** Times of different kinds are compared by their days (UTC). */
export function compileTemporal(predicate: TemporalPredicate, compilation: Compilation): SQL {
  const { relation, left, right } = predicate
  const a = spanOf(left, compilation)
  const b = spanOf(right, compilation)
  // An instant can lie within an interval, though nothing within an instant.
  const mayBeInstants = { contains: [false, true], during: [true, false] }[relation as string] ?? [
    false,
    false,
  ]
  if (!OF_INSTANTS.includes(relation))
    for (const [i, span] of [a, b].entries())
      if (span.isInstant && !mayBeInstants[i])
        throw new QueryError(`an interval is expected, this is an instant`, (i === 0 ? left : right).position)
  const isByDay = [a.start, a.end, b.start, b.end].some(({ type }) => type === 'date')
  const ends = ({ start, end }: Span): SqlSpan => ({
    start: inUnit(start, isByDay),
    end: inUnit(end, isByDay),
  })
  return sql`(${RELATIONS[relation](ends(a), ends(b))})`
}

const inUnit = (value: Value, isByDay: boolean): SQL =>
  isByDay && value.type === 'timestamp' ? asDate(value).sql : value.sql

function spanOf(expression: Expression, compilation: Compilation): Span {
  if (expression.kind === 'interval') return { ...intervalEnds(expression, compilation), isInstant: false }
  const instant = typed(compilation, expression, 'date', 'timestamp')
  return { start: instant, end: instant, isInstant: true }
}

function intervalEnds({ start, end, position }: Interval, compilation: Compilation): Omit<Span, 'isInstant'> {
  const typeOf = (expression: Expression | null) =>
    expression && typed(compilation, expression, 'date', 'timestamp')
  const from = typeOf(start)
  const to = typeOf(end)
  if (isBackward(start, end)) throw new QueryError('the interval ends before it begins', position)
  // Where both ends are open there is nothing to be finer than.
  const type = from?.type ?? to?.type ?? 'timestamp'
  const open = (value: string): Value => ({
    sql: type === 'date' ? sql`${value}::date` : sql`${value}::timestamptz`,
    type,
  })
  return { start: from ?? open('-infinity'), end: to ?? open('infinity') }
}

function isBackward(start: Expression | null, end: Expression | null): boolean {
  const [from, to] = [start, end].map((expression) =>
    expression?.kind === 'date' || expression?.kind === 'timestamp'
      ? Date.parse(expression.value.toUpperCase())
      : null,
  )
  return typeof from === 'number' && typeof to === 'number' && from > to
}

/** An interval by itself is only asked for whether it is there: its ends are. */
export function compileInterval(interval: Interval, compilation: Compilation): Value {
  const { start, end } = intervalEnds(interval, compilation)
  return { sql: sql`coalesce(${start.sql}::text, ${end.sql}::text)`, type: 'interval' }
}
