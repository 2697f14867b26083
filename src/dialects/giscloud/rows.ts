import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readConnectedRows } from '../../domain/connections/tables.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import {
  addRow,
  changeRow,
  type RowGeometry,
  readRow,
  readRows,
  removeRow,
  removeRows,
} from '../../domain/tables/rows.ts'
import { tableCsv } from '../../domain/tables/table-csv.ts'
import { streamOf } from '../../formats/byte-stream.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { attachment } from '../../http/attachment.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { connectionOf, connectionParameter, refuseConnection } from './connections.ts'
import { answers, created, deleted, jsonBody, listOf, listParameters } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { commaList, createdAnswer, listAnswer, pageOf } from './listing.ts'
import { invalid, type Members, readMembers } from './request-form.ts'
import { connectedRowDocuments, rowDocuments, rowSchema } from './table-serialize.ts'
import { nameParameter, tableOf, tablePath } from './tables.ts'

/** A row with a geometry of some hundred thousand positions. */
const ROW_MAX_BYTES = 8 * 1024 * 1024
const FIELDS_MAX = 300

const tags = ['Tables']

const rowParameters = nameParameter.extend({ id: z.string().openapi({ example: '1' }) })
const shapeParameters = {
  geometry: z
    .string()
    .optional()
    .openapi({ description: 'false, wkt or wkb (hexadecimal EWKB, unless told otherwise)' }),
  fields: z
    .string()
    .optional()
    .openapi({ description: 'Names of columns between commas; others are left out' }),
}
const newRow = z
  .object({
    data: z.record(z.string(), z.any()).optional(),
    geometry: z.string().nullable().optional().openapi({ example: 'POINT(16.44 43.51)' }),
  })
  .openapi('NewRow')

/** Rows of tables. */
export function mountRows(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/tables/{name}/rows'],
      tags,
      summary: 'Rows of a table, every value a text',
      request: {
        params: nameParameter,
        query: listParameters(['ogc_fid', 'any column']).extend({
          ...shapeParameters,
          ...connectionParameter,
        }),
      },
      responses: answers({ 200: ['The rows', listOf(rowSchema)] }, 400, 401, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const shape = shapeOf(c)
      const { perPage: limit, offset, withTotal } = page
      const table = tableOf(c)
      const query = { ...shape, limit, offset, order: columnOrder(c) }
      const connection = connectionOf(c)
      if (connection) {
        const { user, id } = connection
        const read = await readConnectedRows(c.var.context, user, id, table, { ...query, withTotal })
        const data = connectedRowDocuments(read, shape.fields, shape.geometry !== 'none')
        return listAnswer(c, 'rows', page, { total: read.total, data })
      }
      const read = await readRows(c.var.context, c.var.principal, table, query)
      return listAnswer(c, 'rows', page, {
        total: withTotal ? read.dataset.featureCount : 0,
        data: rowDocuments(read, shape.fields, shape.geometry !== 'none'),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/tables/{name}/rows.csv'],
      tags,
      summary: 'A table as CSV: ogc_fid, the columns, and x and y of points or wkt',
      request: { params: nameParameter },
      responses: answers({ 200: 'The table, text/csv' }, 401, 403, 404),
    },
    async (c) => {
      const name = tableOf(c)
      if (connectionOf(c))
        throw new InvalidParameterError('connection_id', 'leads to no table that is exported')
      const { parts } = await tableCsv(c.var.context, c.var.principal, name)
      return c.body(streamOf(parts), 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': attachment(`${name}.csv`),
        'x-content-type-options': 'nosniff',
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/tables/{name}/rows/{id}'],
      tags,
      summary: 'A row of a table',
      request: { params: rowParameters, query: z.object(shapeParameters) },
      responses: answers({ 200: ['The row', rowSchema] }, 400, 401, 404),
    },
    async (c) => {
      const shape = shapeOf(c)
      const read = await readRow(c.var.context, c.var.principal, tableOf(c), idText(c), shape)
      return json(c, rowDocuments(read, shape.fields, shape.geometry !== 'none')[0])
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/tables/{name}/rows'],
      tags,
      summary: 'Add a row; columns that are left out are null',
      request: { params: nameParameter, ...jsonBody(newRow) },
      responses: answers({ 201: created('The row') }, 400, 401, 403, 404, 413),
    },
    async (c) => {
      await refuseConnection(c)
      const table = tableOf(c)
      const row = rowInput(await readMembers(c, ROW_MAX_BYTES))
      const id = await addRow(c.var.context, c.var.principal, table, row)
      return createdAnswer(c, `${tablePath(table)}/rows/${id}`)
    },
  )

  endpoint(
    app,
    {
      methods: ['put'],
      paths: ['/1/tables/{name}/rows/{id}'],
      tags,
      summary: 'Change what is named of a row',
      request: { params: rowParameters, ...jsonBody(newRow) },
      responses: answers({ 204: 'It is changed' }, 400, 401, 403, 404, 413),
    },
    async (c) => {
      await refuseConnection(c)
      const row = rowInput(await readMembers(c, ROW_MAX_BYTES))
      await changeRow(c.var.context, c.var.principal, tableOf(c), idText(c), row)
      return c.body(null, 204)
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/tables/{name}/rows/{id}'],
      tags,
      summary: 'Delete a row',
      request: { params: rowParameters },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await refuseConnection(c)
      await removeRow(c.var.context, c.var.principal, tableOf(c), idText(c))
      return c.body(null, 204)
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/tables/{name}/rows'],
      tags,
      summary: 'Delete all rows of a table, which stays',
      request: { params: nameParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await refuseConnection(c)
      await removeRows(c.var.context, c.var.principal, tableOf(c))
      return c.body(null, 204)
    },
  )
}

const idText = (c: RequestContext): string => c.req.param('id') ?? ''

const GEOMETRIES: Readonly<Record<string, RowGeometry>> = {
  ...{ false: 'none', f: 'none', '0': 'none', none: 'none', wkt: 'wkt', wkb: 'wkb', true: 'wkb', '': 'wkb' },
}

interface RowShape {
  geometry: RowGeometry
  fields: string[] | null
}

/** `geometry` and `fields`. @throws InvalidParameterError */
export function shapeOf(c: RequestContext): RowShape {
  const word = (c.req.query('geometry') ?? '').toLowerCase()
  if (!Object.hasOwn(GEOMETRIES, word))
    throw new InvalidParameterError('geometry', 'must be false, wkt or wkb')
  const names = commaList(c.req.query('fields'))
  if (names.length > FIELDS_MAX) throw new InvalidParameterError('fields', `names more than ${FIELDS_MAX}`)
  const fields = names.length > 0 ? names : null
  const isShown = fields === null || fields.includes('wkb_geometry')
  return { geometry: isShown ? GEOMETRIES[word]! : 'none', fields }
}

/** `order_by` any column. @throws InvalidParameterError */
export function columnOrder(c: RequestContext): { name: string; descending: boolean } | null {
  const text = c.req.query('order_by')
  if (!text) return null
  const [, name = '', direction = 'asc'] = /^(.*?)(?::(asc|desc))?$/is.exec(text) ?? []
  if (!isStorableText(name)) throw new InvalidParameterError('order_by', 'cannot be the name of a column')
  return { name, descending: direction.toLowerCase() === 'desc' }
}

/** `data` and `geometry`. @throws ValidationError */
function rowInput({ data, geometry }: Members): { data: object; geometry?: unknown } {
  if (data === undefined && geometry === undefined) throw invalid('data', 'must be given, or geometry')
  const values = typeof data === 'string' ? parsed(data) : (data ?? {})
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw invalid('data', 'must be an object of names and values')
  return { data: values, ...(geometry === undefined ? {} : { geometry }) }
}

/** A form has its data as JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('data', 'is not valid JSON')
  }
}
