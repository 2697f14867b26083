import { compileFilter, type Filter, QueryError, type QueryTarget } from '../../query/index.ts'
import type { DatasetSchema } from '../../store/datasets.ts'
import type { FeatureConditions, Period } from '../../store/feature-conditions.ts'
import { FilterError, ValidationError } from '../errors.ts'
import { isInDegrees, requireSystem } from './reference-systems.ts'

/** Which features are meant. */
export interface FeatureSelection {
  /** minx, miny, maxx, maxy, easting first; in degrees minx > maxx crosses longitude 180. */
  bbox?: { extent: readonly number[]; srid: number } | undefined
  /** ISO 8601 dates or timestamps, both included; null for an open end. Applies to the first temporal property there is. */
  datetime?: { from: string | null; to: string | null } | undefined
  filter?: Filter | undefined
  filterTarget?: Pick<QueryTarget, 'filterSrid' | 'axisOrder'> | undefined
}

/** A selection as conditions over the columns of a dataset. @throws FilterError, ValidationError (`bbox`, `datetime`) */
export function conditionsOn(schema: DatasetSchema, selection: FeatureSelection): FeatureConditions {
  const { bbox, datetime, filter, filterTarget } = selection
  return {
    boxes: bbox && { extents: boxesOf(bbox.extent, bbox.srid), srid: bbox.srid },
    period: datetime && periodOn(schema, datetime),
    filter: filter && compiled(schema, filter, filterTarget ?? {}),
  }
}

/** A filter over the columns of a dataset. @throws FilterError */
export function compiled(
  { columns, geometryType, srid }: DatasetSchema,
  filter: Filter,
  target: Pick<QueryTarget, 'filterSrid' | 'axisOrder'> = {},
) {
  try {
    return compileFilter(filter, { columns, geometry: geometryType ? { srid } : null, ...target })
  } catch (error) {
    if (error instanceof QueryError) throw new FilterError(error.message, error.position)
    throw error
  }
}

function boxesOf(extent: readonly number[], srid: number): number[][] {
  const fault = (message: string) => new ValidationError([{ attribute: 'bbox', message }])
  requireSystem('bbox-crs', srid)
  if (extent.length !== 4 || !extent.every(Number.isFinite)) throw fault('must be four finite numbers')
  const [minX, minY, maxX, maxY] = extent as [number, number, number, number]
  if (minY > maxY) throw fault('must have its lower edge below its upper one')
  if (minX <= maxX) return [[minX, minY, maxX, maxY]]
  if (!isInDegrees(srid)) throw fault('must have its left edge left of its right one')
  return [
    [minX, minY, 180, maxY],
    [-180, minY, maxX, maxY],
  ]
}

const DATE = /^\d{4}-\d\d-\d\d$/
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:?\d\d)$/
const DAY_MS = 86_400_000
const YEAR_10000_MS = Date.UTC(10_000, 0)

/** A moment, or the day a date is; UTC. */
interface Moment {
  startMs: number
  isDay: boolean
}

/** The column that says when a feature is, or happened: the first temporal one. */
export const temporalColumn = ({ columns }: Pick<DatasetSchema, 'columns'>) =>
  columns.find(({ type }) => type === 'date' || type === 'timestamp')

function periodOn(
  schema: DatasetSchema,
  { from, to }: NonNullable<FeatureSelection['datetime']>,
): Period | undefined {
  const start = from === null ? null : momentOf(from)
  const end = to === null ? null : momentOf(to)
  if (start && end && start.startMs > end.startMs)
    throw new ValidationError([{ attribute: 'datetime', message: 'must begin before it ends' }])
  const column = temporalColumn(schema)
  if (!column) return undefined
  if (column.type === 'date')
    return { column, from: start && dayOf(start.startMs), to: end && dayOf(end.startMs), isToExcluded: false }
  const dayAfter = end?.isDay ? end.startMs + DAY_MS : null
  return {
    column,
    from: start && (start.isDay ? instantOf(start.startMs) : from),
    to: dayAfter === null ? to : dayAfter < YEAR_10000_MS ? instantOf(dayAfter) : null,
    isToExcluded: dayAfter !== null,
  }
}

function momentOf(text: string): Moment {
  const isDay = DATE.test(text)
  const day = text.slice(0, 10)
  const startMs =
    isDay || TIMESTAMP.test(text) ? Date.parse(isDay ? `${text}T00:00:00Z` : text.toUpperCase()) : Number.NaN
  const dayMs = Date.parse(`${day}T00:00:00Z`)
  const isThere = !Number.isNaN(startMs) && dayOf(dayMs) === day && !day.startsWith('0000')
  if (!isThere)
    throw new ValidationError([
      {
        attribute: 'datetime',
        message: `must be a date or a timestamp of RFC 3339: ${JSON.stringify(text.slice(0, 60))}`,
      },
    ])
  return { startMs, isDay }
}

const instantOf = (ms: number): string => new Date(ms).toISOString()
const dayOf = (ms: number): string => instantOf(ms).slice(0, 10)
