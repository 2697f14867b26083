import { WGS_84 } from '../../geo/crs/reference-system.ts'
import { postgresError } from '../../store/database.ts'
import type { DatasetColumn, DatasetRecord, DatasetReference, DatasetSchema } from '../../store/datasets.ts'
import {
  type FeatureShape,
  type PageRequest,
  readFeaturePage,
  readOneFeature,
  type SortTerm,
} from '../../store/features.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { FilterError, NotFoundError, ValidationError } from '../errors.ts'
import { conditionsOn, type FeatureSelection } from './feature-selection.ts'
import { tagOf } from './feature-tag.ts'
import { withSchema } from './known-schemas.ts'
import { pageToken, readPageToken } from './page-token.ts'
import { requireSystem } from './reference-systems.ts'

export type { FeatureSelection } from './feature-selection.ts'

/** Features of a page, at most; more are not given for a greater limit. */
export const PAGE_LIMIT_MAX = 10_000
/** Features that a page may leave out before it; whoever wants more goes on from page to page. */
const OFFSET_MAX = 1_000_000_000
const SORT_TERMS_MAX = 16

/** How features are given. */
export interface FeatureForm {
  /** EPSG code of the coordinates; 4326 unless given. */
  srid?: number | undefined
  /** `yx` gives the northing, or latitude, first. */
  axisOrder?: 'xy' | 'yx' | undefined
  /** Names of the properties that are wanted; all unless given. */
  properties?: readonly string[] | undefined
  skipGeometry?: boolean | undefined
}

export interface FeatureQuery extends FeatureForm, FeatureSelection {
  sortBy?: readonly { name: string; descending: boolean }[] | undefined
  limit: number
  offset?: number | undefined
  /** Goes on after the page that gave this as `next`. */
  after?: string | undefined
}

export interface FeaturePage {
  dataset: DatasetRecord
  /** How many features are meant, on all pages. */
  numberMatched: number
  numberReturned: number
  /** Each a GeoJSON feature as text. */
  features: string[]
  /** `after` of the page after this one; null at the end. A page may have fewer features than its limit. */
  next: string | null
}

/**
 * A page of features. Without order they come by number, and features that are added meanwhile come last.
 * @throws NotFoundError, FilterError, ValidationError (`bbox`, `bbox-crs`, `datetime`, `sortby`, `properties`, `limit`,
 * `offset`, `after`, `crs`)
 */
export async function readFeatures(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  query: FeatureQuery,
): Promise<FeaturePage> {
  const limit = Math.min(count('limit', query.limit, 1), PAGE_LIMIT_MAX)
  const offset = count('offset', query.offset ?? 0, 0)
  if (offset > OFFSET_MAX)
    throw new ValidationError([{ attribute: 'offset', message: `is over ${OFFSET_MAX}` }])
  let sortBy: SortTerm[] = []
  const { dataset, result } = await withSchema(context, principal, reference, async (schema) => {
    sortBy = sortTerms(schema, query.sortBy ?? [])
    const request: PageRequest = {
      ...shapeOf(schema, query),
      conditions: conditionsOn(schema, query),
      after: query.after === undefined ? null : readPageToken(sortBy, query.after),
      ...{ sortBy, limit, offset },
    }
    try {
      return await readFeaturePage(context.db, principal, reference, schema, request)
    } catch (error) {
      throw explained(error, schema, query)
    }
  })
  return {
    dataset,
    numberMatched: result.matched,
    numberReturned: result.features.length,
    features: result.features,
    next: result.next && pageToken(sortBy, result.next),
  }
}

export interface FeatureDocument {
  dataset: DatasetRecord
  fid: number
  /** Moves whenever the feature, or the columns of its dataset, change: an entity tag without its quotes. */
  tag: string
  createdAt: Date
  modifiedAt: Date
  ownerId: number | null
  /** A GeoJSON feature as text. */
  feature: string
}

/** @throws NotFoundError (the dataset, or the feature), ValidationError (`properties`, `crs`) */
export async function readFeature(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
  fid: number | string,
  form: FeatureForm = {},
): Promise<FeatureDocument> {
  const number = featureNumber(fid)
  const { dataset, result } = await withSchema(context, principal, reference, async (schema) => {
    const shape = shapeOf(schema, form)
    try {
      return await readOneFeature(context.db, principal, reference, schema, number ?? '0', shape)
    } catch (error) {
      throw explained(error, schema, form)
    }
  })
  if (!result.found) throw new NotFoundError('Feature', fid)
  const { revision, ...found } = result.found
  return { dataset, tag: tagOf(dataset, revision), ...found }
}

/** Digits of a feature's number; null for what is none. */
export const featureNumber = (fid: number | string): string | null =>
  /^[1-9]\d{0,14}$/.test(String(fid)) ? String(fid) : null

function count(attribute: string, value: number, min: number): number {
  if (Number.isInteger(value) && value >= min) return value
  throw new ValidationError([{ attribute, message: `must be an integer of at least ${min}` }])
}

function shapeOf(schema: DatasetSchema, form: FeatureForm): FeatureShape {
  const { srid: to = WGS_84, axisOrder = 'xy', skipGeometry = false } = form
  const { metresPerUnit } = requireSystem('crs', to)
  return {
    columns: form.properties
      ? columnsOf('properties', schema, [...new Set(form.properties)])
      : schema.columns,
    geometry: skipGeometry ? null : { to, axisOrder, isInDegrees: metresPerUnit === null },
  }
}

/** Types whose values have no order that means something. */
export const UNSORTED = ['json', 'binary']

function sortTerms(schema: DatasetSchema, terms: NonNullable<FeatureQuery['sortBy']>): SortTerm[] {
  if (terms.length > SORT_TERMS_MAX)
    throw new ValidationError([
      { attribute: 'sortby', message: `has more than ${SORT_TERMS_MAX} properties` },
    ])
  const columns = columnsOf(
    'sortby',
    schema,
    terms.map(({ name }) => name),
  )
  const unsorted = columns.find(({ type }) => UNSORTED.includes(type))
  if (unsorted)
    throw new ValidationError([
      { attribute: 'sortby', message: `cannot be by ${JSON.stringify(unsorted.name)}` },
    ])
  return columns.map((column, i) => ({ column, descending: terms[i]!.descending }))
}

function columnsOf(attribute: string, { columns }: DatasetSchema, names: readonly string[]): DatasetColumn[] {
  return names.map((name) => {
    const column = columns.find((candidate) => candidate.name === name)
    if (column) return column
    const told = JSON.stringify(name.slice(0, 100))
    throw new ValidationError([{ attribute, message: `names a property that is not there: ${told}` }])
  })
}

/** Errors of the database that come of what was asked for, in words for who asked. */
export function explained(error: unknown, schema: DatasetSchema, query: Partial<FeatureQuery>): unknown {
  const fault = postgresError(error)
  if (!fault) return error
  if (fault.code.startsWith('22'))
    return query.after !== undefined && !query.filter
      ? new ValidationError([{ attribute: 'after', message: 'is not a token of a page in this order' }])
      : new FilterError(`The filter cannot be computed: ${fault.message}`)
  if (fault.code !== 'XX000') return error
  if (query.filter) return new FilterError(`The filter cannot be computed: ${fault.message}`)
  const { bbox, srid = WGS_84 } = query
  if (bbox && bbox.srid !== schema.srid)
    return new ValidationError([{ attribute: 'bbox', message: 'has no counterpart where the features are' }])
  if (srid !== schema.srid && !query.skipGeometry)
    return new ValidationError([
      { attribute: 'crs', message: `EPSG:${srid} is not defined where some of the features are` },
    ])
  return error
}
