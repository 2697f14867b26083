import type { FeatureQuery } from '../../domain/datasets/features.ts'
import { crsTransform } from '../../geo/crs/reference-system.ts'
import { type Expression, type Filter, parseCql2Json, parseCql2Text } from '../../query/index.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { CRS84, type Crs, crsParameter } from './crs.ts'
import { parseDatetime } from './datetime.ts'
import { InvalidParameterError } from './errors.ts'
import { OFFSET_MAX } from './paging.ts'
import { booleanParameter, integerParameter, namesParameter, numbersParameter, shown } from './parameters.ts'
import { propertyEquals } from './property-filter.ts'

/** Features of a page unless told. */
export const ITEMS_LIMIT_DEFAULT = 10
/** A greater limit is taken for this one. */
export const ITEMS_LIMIT_MAX = 10_000

/** What a request for features asks for. */
export interface ItemsQuery {
  query: FeatureQuery
  /** Null for the default of the collection. */
  crs: Crs | null
  /** Systems that parameters name, which the collection must be given in. */
  named: readonly { parameter: string; crs: Crs }[]
}

/**
 * Parameters of a request for features.
 * @param others names of the query that are not declared, taken for properties of `dataset`
 * @throws InvalidParameterError, QueryError
 */
export function parseItemsQuery(
  parameters: URLSearchParams,
  others: readonly string[],
  dataset: DatasetRecord | null,
): ItemsQuery {
  const crs = crsParameter(parameters, 'crs')
  const bboxCrs = crsParameter(parameters, 'bbox-crs')
  const filterCrs = crsParameter(parameters, 'filter-crs')
  const bbox = bboxParameter(parameters, bboxCrs ?? CRS84)
  const datetime = parameters.get('datetime')
  const filter = conjunction([
    ...filterParameter(parameters),
    ...others.map((name) => propertyEquals(dataset, name, parameters.get(name)!)),
  ])
  const properties = namesParameter(parameters, 'properties')
  const after = parameters.get('after')
  const offset = integerParameter(parameters, 'offset', { min: 0, clampTo: OFFSET_MAX })
  if (after !== null && offset !== null)
    throw new InvalidParameterError('offset', 'does not go together with after')
  const query: FeatureQuery = {
    limit: integerParameter(parameters, 'limit', { min: 1, clampTo: ITEMS_LIMIT_MAX }) ?? ITEMS_LIMIT_DEFAULT,
    ...(offset === null ? {} : { offset }),
    ...(after === null ? {} : { after }),
    ...(bbox ? { bbox } : {}),
    ...(datetime === null ? {} : { datetime: parseDatetime(datetime) }),
    ...(filter ? { filter } : {}),
    ...(filterCrs ? { filterTarget: { filterSrid: filterCrs.srid, axisOrder: filterCrs.axisOrder } } : {}),
    ...(properties ? { properties } : {}),
    sortBy: sortParameter(parameters),
    skipGeometry: booleanParameter(parameters, 'skipGeometry') ?? false,
    ...(crs ? { srid: crs.srid, axisOrder: crs.axisOrder } : {}),
  }
  const named = Object.entries({ crs, 'bbox-crs': bboxCrs, 'filter-crs': filterCrs }).flatMap(
    ([parameter, system]) => (system ? [{ parameter, crs: system }] : []),
  )
  return { query, crs, named }
}

/** Smallest and greatest coordinates, of two or three axes each, in the order of the system's axes. */
function bboxParameter(parameters: URLSearchParams, crs: Crs): FeatureQuery['bbox'] {
  const numbers = numbersParameter(parameters, 'bbox')
  if (!numbers) return undefined
  if (numbers.length !== 4 && numbers.length !== 6)
    throw new InvalidParameterError('bbox', `has ${numbers.length} numbers, and must have 4 or 6`)
  const axes = numbers.length / 2
  const [firstMin, secondMin, firstMax, secondMax] = [0, 1, axes, axes + 1].map((i) => numbers[i]!) as [
    ...[number, number, number, number],
  ]
  if (axes === 3 && numbers[2]! > numbers[5]!)
    throw new InvalidParameterError('bbox', `its least height, ${numbers[2]}, is more than its greatest`)
  const [minX, minY, maxX, maxY] =
    crs.axisOrder === 'xy'
      ? [firstMin, secondMin, firstMax, secondMax]
      : [secondMin, firstMin, secondMax, firstMax]
  if (minY > maxY)
    throw new InvalidParameterError('bbox', `its least northing, ${minY}, is more than its greatest, ${maxY}`)
  const isInDegrees = crsTransform(crs.srid).metresPerUnit === null
  if (minX > maxX && !isInDegrees)
    throw new InvalidParameterError('bbox', `its least easting, ${minX}, is more than its greatest, ${maxX}`)
  return { extent: [minX, minY, maxX, maxY], srid: crs.srid }
}

/** `+a,-b`: a sign before each name, which may be missing; the plus of a query is a space. */
function sortParameter(parameters: URLSearchParams): { name: string; descending: boolean }[] {
  return (namesParameter(parameters, 'sortby') ?? []).map((part) => {
    const signed = /^[+ -]/.test(part)
    const name = signed ? part.slice(1) : part
    if (name === '') throw new InvalidParameterError('sortby', `${shown(part)} has no name`)
    return { name, descending: part.startsWith('-') }
  })
}

const FILTER_LANGUAGES = ['cql2-text', 'cql2-json']

function filterParameter(parameters: URLSearchParams): Filter[] {
  const language = parameters.get('filter-lang') ?? 'cql2-text'
  if (!FILTER_LANGUAGES.includes(language))
    throw new InvalidParameterError(
      'filter-lang',
      `${shown(language)} is none of ${FILTER_LANGUAGES.join(', ')}`,
    )
  const text = parameters.get('filter')
  if (text === null) return []
  return [language === 'cql2-text' ? parseCql2Text(text) : parseCql2Json(text)]
}

function conjunction(operands: Expression[]): Filter | null {
  if (operands.length < 2) return operands[0] ?? null
  return { kind: 'and', operands, position: 0 }
}
