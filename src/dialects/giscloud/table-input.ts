import type { ColumnInput } from '../../domain/datasets/datasets.ts'
import { PRIMARY_KEY, SYSTEM_FIELDS } from '../../domain/tables/rows.ts'
import type { TableInput } from '../../domain/tables/tables.ts'
import type { ColumnType, Dimensions, GeometryType } from '../../store/dataset-types.ts'
import { integerMember, invalid, type Members, requiredText } from './request-form.ts'

const NAME_MAX_CHARACTERS = 100
const SRID_MAX = 999_999

/** Types of columns by every name that is understood; the first of a type is the one it is told by. */
const TYPES: Readonly<Record<ColumnType, readonly string[]>> = {
  text: ['text', 'string', 'varchar', 'char', 'character varying', 'uuid'],
  double: ['number', 'double', 'double precision', 'float', 'float8', 'real', 'numeric', 'decimal'],
  integer: ['integer', 'int', 'int4', 'smallint'],
  bigint: ['bigint', 'int8', 'long'],
  boolean: ['boolean', 'bool'],
  date: ['date'],
  timestamp: ['timestamp', 'datetime', 'timestamptz', 'timestamp with time zone'],
  time: ['time'],
  json: ['json', 'jsonb'],
  binary: ['binary', 'bytea'],
}

/** What a type is told as: every number is one. */
export const typeNameOf = (type: ColumnType): string =>
  type === 'integer' || type === 'bigint' ? 'number' : TYPES[type][0]!

const EXTERNAL: Readonly<Record<string, string>> = {
  ...{
    int2: 'number',
    int4: 'number',
    int8: 'number',
    float4: 'number',
    float8: 'number',
    numeric: 'number',
  },
  ...{ text: 'text', varchar: 'text', bpchar: 'text', name: 'text', uuid: 'text', bool: 'boolean' },
  ...{ timestamp: 'timestamp', timestamptz: 'timestamp', json: 'json', jsonb: 'json', bytea: 'binary' },
}

/** What a type of Postgres is told as: those without a name here by their own. */
export const externalTypeName = (type: string): string =>
  Object.hasOwn(EXTERNAL, type) ? EXTERNAL[type]! : type

const GEOMETRIES: Readonly<Record<string, GeometryType>> = {
  ...{
    geometry: 'Geometry',
    point: 'Point',
    linestring: 'LineString',
    line: 'LineString',
    polygon: 'Polygon',
  },
  ...{ multipoint: 'MultiPoint', multilinestring: 'MultiLineString', multiline: 'MultiLineString' },
  ...{ multipolygon: 'MultiPolygon', geometrycollection: 'GeometryCollection' },
}
const NO_GEOMETRY = ['', 'none', 'null', 'false', 'no', '0']
const SUFFIX = /^(.+?)\s*(zm|z|m|25d)?$/
const DIMENSIONS: Readonly<Record<string, Dimensions>> = { z: 'XYZ', m: 'XYM', zm: 'XYZM', '25d': 'XYZ' }

/** A table to be made. @throws ValidationError */
export function tableInput(members: Members): TableInput {
  return {
    name: requiredText(members, 'name', NAME_MAX_CHARACTERS),
    ...geometryInput(members.geometry),
    srid: integerMember(members, 'srid', 1, SRID_MAX),
    columns: columnsInput(members.columns),
  }
}

function geometryInput(value: unknown): Pick<TableInput, 'geometryType' | 'dimensions'> {
  const text = value === undefined || value === null || value === false ? '' : value
  const words = typeof text === 'string' ? text.trim().toLowerCase() : null
  if (words !== null && NO_GEOMETRY.includes(words)) return { geometryType: null }
  const [, type = '', suffix] = SUFFIX.exec(words ?? '') ?? []
  const geometryType = Object.hasOwn(GEOMETRIES, type) ? GEOMETRIES[type]! : null
  if (geometryType === null)
    throw invalid(
      'geometry',
      'must be POINT, LINESTRING, POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON, GEOMETRYCOLLECTION, GEOMETRY or none',
    )
  return { geometryType, dimensions: suffix ? DIMENSIONS[suffix] : undefined }
}

/** `{name: {type}}`, or a list of `{name, type}`. */
function columnsInput(value: unknown): ColumnInput[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') throw invalid('columns', 'must be an object of names and types')
  if (!Array.isArray(value)) return Object.entries(value).map(([name, column]) => columnInput(name, column))
  return value.map((column: unknown, i) => {
    const name = typeof column === 'object' && column !== null ? (column as Members).name : undefined
    if (typeof name !== 'string') throw invalid(`columns[${i}].name`, 'must be given')
    return columnInput(name, column)
  })
}

function columnInput(name: string, column: unknown): ColumnInput {
  const attribute = `columns.${name.slice(0, 100)}`
  if (SYSTEM_FIELDS.some((field) => field === name.toLowerCase()))
    throw invalid(attribute, `is a name that every table has (${PRIMARY_KEY} is its primary key)`)
  const { type, not_null: isRequired } =
    typeof column === 'object' && column !== null ? (column as Members) : { type: column, not_null: false }
  const word = typeof type === 'string' ? type.trim().toLowerCase() : ''
  const [known] = Object.entries(TYPES).find(([, names]) => names.includes(word)) ?? []
  if (known === undefined)
    throw invalid(
      `${attribute}.type`,
      `must be one of ${Object.values(TYPES)
        .map(([first]) => first)
        .join(', ')}`,
    )
  if (isRequired === true || isRequired === 't' || isRequired === 'true')
    throw invalid(`${attribute}.not_null`, 'is not enforced; leave it out')
  return { name, type: known as ColumnType }
}
