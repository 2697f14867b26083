import type { FeatureInput } from '../../domain/datasets/feature-changes.ts'
import { plainText } from '../../http/plain-text.ts'
import { mediaTypeOf, readBody } from '../../http/request-body.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { InvalidBodyError, UnreadableTypeError } from './errors.ts'
import { geometryName, idName } from './property-schema.ts'

/** Size of a body that brings features; the isolate holds it, and what it is parsed into, at once. */
export const FEATURES_BODY_MAX_BYTES = 8 * 1024 * 1024

type Members = Record<string, unknown>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The JSON that a request brings.
 * @param types media types that are read; without any it is taken for JSON
 * @throws UnreadableTypeError, MalformedBodyError, PayloadTooLargeError, InvalidBodyError
 */
export async function readObject(
  request: Request,
  types: readonly string[],
  maxBytes = FEATURES_BODY_MAX_BYTES,
): Promise<Members> {
  const contentType = request.headers.get('content-type') ?? ''
  if (contentType !== '' && !types.includes(mediaTypeOf(contentType)))
    throw new UnreadableTypeError(contentType, types)
  const body = await readBody(request, { maxBytes })
  if (!isObject(body)) throw new InvalidBodyError('The body is not a JSON object')
  return body
}

export const GEOJSON_TYPES = ['application/geo+json', 'application/json', 'application/vnd.geo+json']
export const MERGE_PATCH_TYPES = ['application/merge-patch+json', 'application/json']

/** One GeoJSON feature. @throws InvalidBodyError */
export function featureInput(body: Members, where = 'The body'): FeatureInput {
  const { type, geometry = null, properties } = body
  if (type !== 'Feature')
    throw new InvalidBodyError(`${where} is not a GeoJSON Feature: its type is ${named(type)}`)
  if (geometry !== null && !isObject(geometry))
    throw new InvalidBodyError(`${where} has a geometry that is neither an object nor null`)
  if (properties !== undefined && properties !== null && !isObject(properties))
    throw new InvalidBodyError(`${where} has properties that are neither an object nor null`)
  return { geometry, properties: properties ?? {} }
}

/** One feature, or the features of a collection. @throws InvalidBodyError */
export function featureInputs(body: Members): { features: FeatureInput[]; isCollection: boolean } {
  if (body.type !== 'FeatureCollection') return { features: [featureInput(body)], isCollection: false }
  if (!Array.isArray(body.features))
    throw new InvalidBodyError('The feature collection has no array of features')
  const features = body.features.map((feature: unknown, i) => {
    if (!isObject(feature)) throw new InvalidBodyError(`features[${i}] is not an object`)
    return featureInput(feature, `features[${i}]`)
  })
  return { features, isCollection: true }
}

const named = (type: unknown): string => (type === undefined ? 'missing' : JSON.stringify(type).slice(0, 60))

/** Whether a merge patch is of a feature as GeoJSON has it, and not of the flat form that the schema describes. */
export const isGeojsonPatch = (patch: Members): boolean =>
  patch.type === 'Feature' || isObject(patch.properties)

/**
 * A change of the GeoJSON form, `{"properties":{...},"geometry":...}`.
 * @throws InvalidBodyError for a member there is not, or another id than the feature has
 */
export function geojsonPatch(patch: Members, fid: string): FeatureInput {
  const { type, id, geometry, properties, bbox, links, ...unknown } = patch
  refuseMembers(Object.keys(unknown))
  refuseOtherId(id, fid)
  return {
    ...('geometry' in patch ? { geometry } : {}),
    ...(properties == null ? {} : { properties }),
  }
}

/**
 * A change of the flat form: members are what the schema of the collection names.
 * @throws InvalidBodyError for another id than the feature has
 */
export function flatPatch(patch: Members, fid: string, { columns }: DatasetRecord): FeatureInput {
  const geometryMember = geometryName(columns)
  const { [idName(columns)]: id, [geometryMember]: geometry, ...properties } = patch
  refuseOtherId(id, fid)
  return { ...(geometryMember in patch ? { geometry } : {}), properties }
}

function refuseMembers([name]: string[]): void {
  if (name !== undefined)
    throw new InvalidBodyError(`A feature has no member ${JSON.stringify(name.slice(0, 60))}`)
}

function refuseOtherId(id: unknown, fid: string): void {
  if (id !== undefined && plainText(id) !== fid)
    throw new InvalidBodyError('The id of a feature cannot be changed')
}
