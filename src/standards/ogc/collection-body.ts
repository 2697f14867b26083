import type { ColumnInput, DatasetChange, DatasetInput } from '../../domain/datasets/datasets.ts'
import { plainText } from '../../http/plain-text.ts'
import type { ColumnType, Dimensions, GeometryType } from '../../store/dataset-types.ts'
import { crsNamed } from './crs.ts'
import { InvalidBodyError } from './errors.ts'
import { shown } from './parameters.ts'

type Members = Record<string, unknown>

const GEOMETRY_NAMES: readonly GeometryType[] = [
  ...(['Geometry', 'Point', 'LineString', 'Polygon', 'MultiPoint'] as const),
  ...(['MultiLineString', 'MultiPolygon', 'GeometryCollection'] as const),
]
const DIMENSIONS: readonly Dimensions[] = ['XY', 'XYZ', 'XYM', 'XYZM']

/** A new collection as it is sent. @throws InvalidBodyError, InvalidParameterError (`crs`) */
export function datasetInput(body: Members): DatasetInput {
  const known = [
    'name',
    'title',
    'description',
    'keywords',
    'visibility',
    'geometryType',
    'dimensions',
    'crs',
    'properties',
  ]
  refuseUnknown(body, known)
  const { title } = body
  if (typeof title !== 'string') throw new InvalidBodyError('title is not a text')
  const crs = body.crs == null ? null : crsNamed(text('crs', body.crs), 'crs')
  const geometryType = geometryTypeOf(body.geometryType)
  return {
    title,
    ...described(body),
    geometryType,
    ...(body.dimensions === undefined
      ? {}
      : { dimensions: oneOf('dimensions', body.dimensions, DIMENSIONS) }),
    ...(crs ? { srid: crs.srid } : {}),
    columns: columnInputs(body.properties ?? {}),
    isPublic: visibility(body.visibility ?? 'public'),
  }
}

/** What is to change of a collection. @throws InvalidBodyError */
export function datasetChange(body: Members): DatasetChange {
  refuseUnknown(body, ['name', 'title', 'description', 'keywords', 'visibility'])
  return {
    ...described(body),
    ...(body.title === undefined ? {} : { title: text('title', body.title) }),
    ...(body.visibility === undefined ? {} : { isPublic: visibility(body.visibility) }),
  }
}

function described(body: Members): Pick<DatasetChange, 'name' | 'abstract' | 'tags'> {
  const { name, description, keywords } = body
  return {
    ...(name === undefined ? {} : { name: text('name', name) }),
    ...(description === undefined
      ? {}
      : { abstract: description === null ? null : text('description', description) }),
    ...(keywords === undefined ? {} : { tags: texts('keywords', keywords) }),
  }
}

function refuseUnknown(body: Members, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidBodyError(
      `${shown(unknown)} is no member of a collection; there are ${known.join(', ')}`,
    )
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new InvalidBodyError(`${name} is not a text`)
  return value
}

function texts(name: string, value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw new InvalidBodyError(`${name} is not an array of texts`)
  return value
}

function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((entry) => entry.toLowerCase() === plainText(value).toLowerCase())
  if (!found) throw new InvalidBodyError(`${name} is none of ${known.join(', ')}`)
  return found
}

const visibility = (value: unknown): boolean =>
  oneOf('visibility', value, ['public', 'private'] as const) === 'public'

const geometryTypeOf = (value: unknown): GeometryType | null => {
  if (value === null || value === 'None') return null
  return value === undefined ? 'Geometry' : oneOf('geometryType', value, GEOMETRY_NAMES)
}

/** The properties of a new collection, by name, each as JSON Schema describes it. */
function columnInputs(value: unknown): ColumnInput[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidBodyError('properties is not an object of names and JSON Schemas')
  return Object.entries(value).map(([name, schema]) => columnInput(name, schema))
}

/** A property as JSON Schema describes it. @throws InvalidBodyError */
export function columnInput(name: string, schema: unknown): ColumnInput {
  const where = `properties.${shown(name)}`
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new InvalidBodyError(`${where} is not a JSON Schema`)
  const { type, format, contentEncoding, title, description } = schema as Members
  return {
    ...{ name, type: columnType(where, type, format ?? contentEncoding) },
    ...(title === undefined ? {} : { title: text(`${where}.title`, title) }),
    ...(description === undefined ? {} : { description: text(`${where}.description`, description) }),
  }
}

/** Types of columns by `type` of JSON Schema and then by `format` or content encoding; the first is for any other. */
const TYPES: Readonly<Record<string, Readonly<Record<string, ColumnType>>>> = {
  string: { '': 'text', date: 'date', 'date-time': 'timestamp', time: 'time', base64: 'binary' },
  integer: { '': 'bigint', int32: 'integer', int64: 'bigint' },
  number: { '': 'double' },
  boolean: { '': 'boolean' },
  object: { '': 'json' },
  array: { '': 'json' },
}

function columnType(where: string, type: unknown, format: unknown): ColumnType {
  const formats = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type]! : null
  if (!formats) {
    if (Array.isArray(type)) return 'json'
    throw new InvalidBodyError(`${where} has a type that is none of ${Object.keys(TYPES).join(', ')}`)
  }
  return (typeof format === 'string' && Object.hasOwn(formats, format) && formats[format]) || formats['']!
}
