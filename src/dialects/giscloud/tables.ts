import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { listConnectedTables, readConnectedTable } from '../../domain/connections/tables.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import {
  createTable,
  listTables,
  readTable,
  removeTable,
  type TableSort,
} from '../../domain/tables/tables.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { connectionOf, connectionParameter, refuseConnection } from './connections.ts'
import {
  answers,
  created,
  deleted,
  expandParameter,
  jsonBody,
  listOf,
  listParameters,
} from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { createdAnswer, expansions, flag, listAnswer, orderOf, pageOf } from './listing.ts'
import { readMembers } from './request-form.ts'
import { tableInput } from './table-input.ts'
import { connectedTableDocument, tableDocument, tableSchema } from './table-serialize.ts'

const SORTS: readonly TableSort[] = ['name', 'num_rows', 'geometry', 'srid', 'created', 'modified']
const QUERY_MAX_CHARACTERS = 100

const tags = ['Tables']

export const nameParameter = z.object({ name: z.string().openapi({ example: 'counties' }) })

const newTable = z
  .object({
    name: z.string(),
    geometry: z
      .string()
      .nullable()
      .optional()
      .openapi({ example: 'POINT', description: 'none for a table without' }),
    columns: z.record(z.string(), z.object({ type: z.string() })).optional(),
    srid: z.number().int().optional().openapi({ description: '4326 unless given' }),
  })
  .openapi('NewTable')

/** The table that an address names. @throws NotFoundError for what can be none */
export function tableOf(c: RequestContext): string {
  const name = c.req.param('name') ?? ''
  if (!isStorableText(name)) throw new NotFoundError('Table', JSON.stringify(name.slice(0, 60)))
  return name
}

/** The address of a table. */
export const tablePath = (name: string): string => `/1/tables/${encodeURIComponent(name)}`

/** Tables of the platform, and those of databases that connections lead to. */
export function mountTables(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/tables'],
      tags,
      summary: 'Tables that the current user may read',
      request: {
        query: listParameters(SORTS).extend({
          ...expandParameter('count', 'resource_id'),
          only_spatial: z.string().optional(),
          only_non_spatial: z.string().optional(),
          query: z.string().optional().openapi({ description: 'Part of the name' }),
          ...connectionParameter,
        }),
      },
      responses: answers({ 200: ['The tables', listOf(tableSchema)] }, 400, 401, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const expand = expansions(c)
      const wanted = { isSpatial: spatiality(c), query: nameQuery(c) }
      const connection = connectionOf(c)
      if (connection) {
        const { perPage: limit, offset, withTotal } = page
        const listing = { limit, offset, ...wanted }
        const found = await listConnectedTables(c.var.context, connection.user, connection.id, listing)
        return listAnswer(c, 'tables', page, {
          total: withTotal ? found.total : 0,
          data: found.tables.map((table) => connectedTableDocument(table, expand.has('count'))),
        })
      }
      const order = orderOf(c, SORTS)
      const listing = { ...page, order, ...wanted }
      const { data, total } = await listTables(c.var.context, c.var.principal, listing)
      return listAnswer(c, 'tables', page, {
        total,
        data: data.map((table) => tableDocument(table, expand, table.address)),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/tables'],
      tags,
      summary: 'Make a table that only its owner sees',
      request: jsonBody(newTable),
      responses: answers({ 201: created('The table') }, 400, 401, 409),
    },
    async (c) => {
      await refuseConnection(c)
      const { context, principal } = c.var
      const { name } = await createTable(context, principal, tableInput(await readMembers(c)))
      return createdAnswer(c, tablePath(name))
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/tables/{name}'],
      tags,
      summary: 'A table by its name: one’s own first where several have it',
      request: {
        params: nameParameter,
        query: z.object({ ...expandParameter('count', 'resource_id'), ...connectionParameter }),
      },
      responses: answers({ 200: ['The table', tableSchema] }, 401, 404),
    },
    async (c) => {
      const name = tableOf(c)
      const expand = expansions(c)
      const connection = connectionOf(c)
      if (connection) {
        const { user, id } = connection
        const table = await readConnectedTable(c.var.context, user, id, name, expand.has('count'))
        return json(c, connectedTableDocument(table, expand.has('count')))
      }
      const table = await readTable(c.var.context, c.var.principal, name)
      return json(c, tableDocument(table, expand, name))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/tables/{name}'],
      tags,
      summary: 'Delete a table with its rows',
      request: { params: nameParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await refuseConnection(c)
      await removeTable(c.var.context, c.var.principal, tableOf(c))
      return c.body(null, 204)
    },
  )
}

/** Both flags are as good as none. */
function spatiality(c: RequestContext): boolean | undefined {
  const [isSpatial, isPlain] = [flag(c, 'only_spatial'), flag(c, 'only_non_spatial')]
  return isSpatial === isPlain ? undefined : isSpatial
}

/** @throws InvalidParameterError */
function nameQuery(c: RequestContext): string | undefined {
  const query = c.req.query('query')
  if (!query) return undefined
  if (query.length > QUERY_MAX_CHARACTERS || !isStorableText(query))
    throw new InvalidParameterError('query', `must be a text of at most ${QUERY_MAX_CHARACTERS} characters`)
  return query
}
