import { sql } from 'drizzle-orm'
import type { ColumnType, DatasetColumn } from '../../store/dataset-types.ts'
import { CREATED, FID, GEOMETRY, MODIFIED, OWNER, propertyColumn } from '../../store/feature-table.ts'
import type { PropertyReference } from '../ast.ts'
import { clip } from '../literals.ts'
import { QueryError } from '../query-error.ts'
import type { QueryTarget, Value, ValueType } from './value.ts'

const VALUE_TYPES: Record<ColumnType, ValueType> = {
  boolean: 'boolean',
  integer: 'number',
  bigint: 'number',
  double: 'number',
  text: 'text',
  date: 'date',
  timestamp: 'timestamp',
  time: 'time',
  json: 'array',
  binary: 'binary',
}

/** Names of the features' geometry, unless a property has the same. */
const GEOMETRY_NAMES = [GEOMETRY, 'geometry']
/** More of them, where names count in whatever case, which are those that databases use. */
const SQL_GEOMETRY_NAMES = [...GEOMETRY_NAMES, 'the_geom', 'wkb_geometry', '__geometry']

/** What the platform keeps of each feature, by the names that SQL has for it. */
const SYSTEM_COLUMNS = new Map<string, readonly [column: string, type: ValueType]>([
  ['__id', [FID, 'number']],
  ['ogc_fid', [FID, 'number']],
  ['fid', [FID, 'number']],
  ['__owner', [OWNER, 'number']],
  ['__created', [CREATED, 'timestamp']],
  ['__modified', [MODIFIED, 'timestamp']],
])

/** The column that a name means: the one of that very name, or the only one in whatever case where the reference says so. */
export function columnOf(
  { name, anyCase }: Pick<PropertyReference, 'name' | 'anyCase'>,
  { columns }: Pick<QueryTarget, 'columns'>,
): DatasetColumn | undefined {
  const own = columns.find((candidate) => candidate.name === name)
  if (own || !anyCase) return own
  const alike = columns.filter((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  return alike.length === 1 ? alike[0] : undefined
}

/** What the platform keeps of each feature under a name, where no property has it. */
export const systemColumnOf = ({ name, anyCase }: Pick<PropertyReference, 'name' | 'anyCase'>) =>
  anyCase ? SYSTEM_COLUMNS.get(name.toLowerCase()) : undefined

export function compileProperty(reference: PropertyReference, target: QueryTarget): Value {
  const { name, anyCase, position } = reference
  const given = target.properties?.get(name)
  if (given) return given
  const column = columnOf(reference, target)
  if (column) return { sql: propertyColumn(column), type: VALUE_TYPES[column.type] }
  const isGeometry = anyCase ? SQL_GEOMETRY_NAMES.includes(name.toLowerCase()) : GEOMETRY_NAMES.includes(name)
  if (target.geometry && isGeometry) return { sql: sql`${sql.identifier(GEOMETRY)}`, type: 'geometry' }
  const own = systemColumnOf(reference)
  if (own) return { sql: sql`${sql.identifier(own[0])}`, type: own[1] }
  throw new QueryError(`there is no property “${clip(name)}”`, position)
}
