import { z } from '@hono/zod-openapi'
import {
  type ConnectedRowPage,
  type ExternalTable,
  geometryColumnOf,
} from '../../domain/connections/tables.ts'
import { PRIMARY_KEY, type RowPage, SYSTEM_FIELDS } from '../../domain/tables/rows.ts'
import type { TableRecord } from '../../domain/tables/tables.ts'
import { postgresTime, textOf } from './scalars.ts'
import { externalTypeName, typeNameOf } from './table-input.ts'

export const tableSchema = z
  .object({
    name: z.string().openapi({ example: 'counties' }),
    num_rows: z.number().int().optional().openapi({ description: 'Only with expand=count' }),
    is_view: z.boolean(),
    geometry: z.string().nullable().openapi({ example: 'MULTIPOLYGON' }),
    srid: z.number().int().nullable(),
    columns: z.record(z.string(), z.object({ type: z.string(), not_null: z.boolean() })),
    primary_key: z.string().nullable(),
    schema: z.string(),
    resource_id: z
      .string()
      .optional()
      .openapi({ description: 'What it is shared by; only with expand=resource_id' }),
  })
  .openapi('Table')
export type TableDocument = z.infer<typeof tableSchema>

type Table = Pick<
  TableRecord,
  'id' | 'name' | 'geometryType' | 'dimensions' | 'srid' | 'columns' | 'featureCount'
>

/**
 * @param expand `count` and `resource_id` are told besides
 * @param address what the table is called; its name unless given
 */
export function tableDocument(
  table: Table,
  expand: ReadonlySet<string>,
  address = table.name,
): TableDocument {
  const { id, geometryType, dimensions, srid, columns, featureCount } = table
  return {
    name: address,
    ...(expand.has('count') ? { num_rows: featureCount } : {}),
    is_view: false,
    geometry: geometryType && `${geometryType.toUpperCase()}${dimensions.slice(2)}`,
    srid: geometryType && srid,
    columns: Object.fromEntries(
      columns.map(({ name, type }) => [name, { type: typeNameOf(type), not_null: false }]),
    ),
    primary_key: PRIMARY_KEY,
    schema: 'public',
    ...(expand.has('resource_id') ? { resource_id: String(id) } : {}),
  }
}

export const rowSchema = z.record(z.string(), z.string().nullable()).openapi('Row', {
  example: {
    ogc_fid: '1',
    county_name: 'Tusco',
    houses: '20000',
    __created: null,
    __modified: null,
    __owner: null,
  },
})

/** The rows of a page, every value a text. @param fields what was asked for; null for everything */
export function rowDocuments(
  { dataset, columns, rows }: RowPage,
  fields: readonly string[] | null,
  withGeometry: boolean,
): Record<string, string | null>[] {
  const isWanted = (name: (typeof SYSTEM_FIELDS)[number]) => fields === null || fields.includes(name)
  const hasGeometry = withGeometry && dataset.geometryType !== null
  return rows.map(({ fid, geometry, values, createdAt, modifiedAt, ownerId }) => ({
    ...(isWanted('ogc_fid') ? { ogc_fid: fid } : {}),
    ...Object.fromEntries(
      columns.flatMap(({ name }, i) =>
        SYSTEM_FIELDS.some((field) => field === name) ? [] : [[name, values[i]!]],
      ),
    ),
    ...(hasGeometry && isWanted('wkb_geometry') ? { wkb_geometry: geometry } : {}),
    ...(isWanted('__created') ? { __created: postgresTime(createdAt) } : {}),
    ...(isWanted('__modified') ? { __modified: postgresTime(modifiedAt) } : {}),
    ...(isWanted('__owner') ? { __owner: textOf(ownerId) } : {}),
  }))
}

/** A table of a database elsewhere. `num_rows` of large ones is what that database estimates. */
export function connectedTableDocument(table: ExternalTable, withCount: boolean): TableDocument {
  const { schema, name, isView, estimate, columns, primaryKey } = table
  const shape = geometryColumnOf(table)
  const [, type = 'GEOMETRY', srid] = /\((\w+)(?:,(\d+))?\)$/.exec(shape?.fullType ?? '') ?? []
  return {
    name: schema === 'public' ? name : `${schema}.${name}`,
    ...(withCount && estimate !== null ? { num_rows: estimate } : {}),
    is_view: isView,
    geometry: shape ? type.toUpperCase() : null,
    srid: srid === undefined ? null : Number(srid),
    columns: Object.fromEntries(
      columns
        .filter((column) => column !== shape && column.name !== primaryKey)
        .map((column) => [column.name, { type: externalTypeName(column.type), not_null: column.isRequired }]),
    ),
    primary_key: primaryKey,
    schema,
  }
}

/** The rows of a page of such a table, every value a text. */
export const connectedRowDocuments = (
  { table, columns, rows }: ConnectedRowPage,
  fields: readonly string[] | null,
  withGeometry: boolean,
): Record<string, string | null>[] => {
  const hasShape =
    withGeometry &&
    geometryColumnOf(table) !== undefined &&
    (fields === null || fields.includes('wkb_geometry'))
  return rows.map(({ geometry, values }) => ({
    ...Object.fromEntries(columns.map(({ name }, i) => [name, values[i]!])),
    ...(hasShape ? { wkb_geometry: geometry } : {}),
  }))
}
