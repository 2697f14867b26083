import { ValidationError } from '../../domain/errors.ts'
import { AttributeReader } from '../../domain/map-attributes.ts'
import { parseId } from '../../http/ids.ts'
import type { MemberChange, MosaicAttributes } from '../../store/mosaic-changes.ts'
import { asRecord, attributesOf, InvalidParamError } from './envelope.ts'
import { idOf } from './requests.ts'

interface LayerRequest<Attributes> {
  attributes: Attributes
  members: MemberChange
}

/**
 * What a body says of a layer: its attributes, the maps to be added (`map_ids`, beside the attributes or among them)
 * and the order of its maps (`map_order`). A body with `map_ids` needs no attributes.
 * @throws MissingParamError, InvalidParamError, ValidationError, NotFoundError (what cannot be a map's number)
 */
export function layerRequest(body: unknown): LayerRequest<MosaicAttributes> {
  return readLayer(body, false)
}

/** As `layerRequest`, for a new layer, which needs a name. */
export function newLayerRequest(body: unknown): LayerRequest<MosaicAttributes & { name: string }> {
  const { attributes, members } = readLayer(body, true)
  const { name = '', ...rest } = attributes
  return { attributes: { ...rest, name }, members }
}

function readLayer(body: unknown, isNew: boolean): LayerRequest<MosaicAttributes> {
  const given = attributesOf(withMapIds(body), 'layers')
  const reader = new AttributeReader(given)
  const attributes = {
    name: reader.title(isNew, 'name'),
    description: reader.text('description'),
    sourceUri: reader.text('source_uri'),
    depictsYear: reader.year('depicts_year'),
  }
  const order = mapOrder(given.map_order, reader)
  if (reader.issues.length > 0) throw new ValidationError(reader.issues)
  return { attributes, members: { add: mapIds(given.map_ids), order } }
}

/** The body with the `map_ids` of its data among the attributes. */
function withMapIds(body: unknown): unknown {
  const data = asRecord(asRecord(body)?.data)
  if (!data || isAbsent(data.map_ids)) return body
  const attributes = isAbsent(data.attributes) ? {} : asRecord(data.attributes)
  return attributes ? { data: { ...data, attributes: { ...attributes, map_ids: data.map_ids } } } : body
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''

/** The items of a list, or of text with commas; null for anything else. */
function listOf(value: unknown): string[] | null {
  if (isAbsent(value)) return []
  if (typeof value === 'number') return [String(value)]
  if (typeof value === 'string') return value.split(',').map((item) => item.trim())
  const isList =
    Array.isArray(value) && value.every((item) => typeof item === 'number' || typeof item === 'string')
  return isList ? value.map(String) : null
}

function mapIds(given: unknown): number[] {
  const list = listOf(given)
  if (!list) throw new InvalidParamError('params map_ids should be a list of map ids')
  return [...new Set(list.map((item) => idOf(item, 'Map')))]
}

function mapOrder(given: unknown, reader: AttributeReader): number[] {
  const ids = listOf(given)?.map((item) => parseId(item) ?? 0)
  if (!ids || ids.includes(0)) {
    reader.fault('map_order', 'is not a list of map ids')
    return []
  }
  const seen = new Set<number>()
  const twice = ids.find((id) => seen.size === seen.add(id).size)
  if (twice !== undefined) reader.fault('map_order', `names map ${twice} twice`)
  return ids
}
