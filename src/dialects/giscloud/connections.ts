import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { CONNECTION_URL_MAX_CHARACTERS } from '../../domain/connections/address.ts'
import {
  addConnection,
  type ConnectionRecord,
  type ConnectionSort,
  listConnections,
  readConnection,
  removeConnection,
} from '../../domain/connections/connections.ts'
import { ReadOnlyConnectionError } from '../../domain/connections/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { json } from '../../http/json.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { createdAnswer, listAnswer, orderOf, pageOf } from './listing.ts'
import { idOf, invalid, readMembers, requiredText } from './request-form.ts'
import { postgresTime, tf } from './scalars.ts'

const SORTS: readonly ConnectionSort[] = ['id', 'name', 'created']
const NAME_MAX_CHARACTERS = 100

const tags = ['Connections']

const connection = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.literal('postgres'),
    is_writable: z.enum(['t', 'f']),
    created: z.string(),
  })
  .openapi('Connection')
const newConnection = z
  .object({
    name: z.string(),
    type: z.string().optional().openapi({ description: 'postgres, which it is unless given' }),
    url: z.string().openapi({
      example: 'postgres://user:password@db.example.org:5432/gis?sslmode=require',
      description:
        'Encrypted at rest and never told again. sslmode: require (unless given), verify-full, disable',
    }),
  })
  .openapi('NewConnection')

/** Databases elsewhere whose tables may be read. */
export function mountConnections(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/connections'],
      tags,
      summary: 'Connections of the current user to other databases',
      request: { query: listParameters(SORTS) },
      responses: answers({ 200: ['The connections', listOf(connection)] }, 400, 401),
    },
    async (c) => {
      const user = requireUser(c)
      const page = pageOf(c)
      const order = orderOf(c, SORTS)
      const { data, total } = await listConnections(c.var.context, user, { ...page, order })
      return listAnswer(c, 'connections', page, { total, data: data.map(connectionDocument) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/connections'],
      tags,
      summary: 'Connect to a PostgreSQL database, which is tried at once; it is only ever read',
      request: jsonBody(newConnection),
      responses: answers(
        {
          201: created(
            'The connection',
            z.object({
              id: z.string(),
              postgis: z.string().nullable().openapi({ description: 'Its version' }),
            }),
          ),
        },
        400,
        401,
        403,
      ),
    },
    async (c) => {
      const user = requireUser(c)
      const members = await readMembers(c)
      if ((members.type ?? 'postgres') !== 'postgres') throw invalid('type', 'must be postgres')
      const name = requiredText(members, 'name', NAME_MAX_CHARACTERS)
      const url = requiredText(members, 'url', CONNECTION_URL_MAX_CHARACTERS)
      const { id, postgis } = await addConnection(c.var.context, user, { name, url })
      return createdAnswer(c, `/1/connections/${id}`, { id: String(id), postgis })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/connections/{id}'],
      tags,
      summary: 'A connection',
      request: { params: idParameter },
      responses: answers({ 200: ['The connection', connection] }, 401, 404),
    },
    async (c) => {
      const record = await readConnection(c.var.context, requireUser(c), idOf(c, 'id', 'Connection'))
      return json(c, connectionDocument(record))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/connections/{id}'],
      tags,
      summary: 'Forget a connection; the database stays as it is',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 404),
    },
    async (c) => {
      await removeConnection(c.var.context, requireUser(c), idOf(c, 'id', 'Connection'))
      return c.body(null, 204)
    },
  )
}

const connectionDocument = (record: ConnectionRecord): z.infer<typeof connection> => ({
  id: String(record.id),
  name: record.name,
  type: 'postgres',
  is_writable: tf(record.isWritable),
  created: postgresTime(record.createdAt)!,
})

export const connectionParameter = {
  connection_id: z
    .string()
    .optional()
    .openapi({ description: 'Of the database that this connection leads to' }),
}

/** The connection that `connection_id` names, and whose it is; null without it. @throws InvalidParameterError, UnauthenticatedError */
export function connectionOf(c: RequestContext<AppEnv>): { user: UserPrincipal; id: number } | null {
  const text = c.req.query('connection_id')
  if (!text) return null
  const id = parseId(text)
  if (id === null) throw new InvalidParameterError('connection_id', 'must be the number of a connection')
  return { user: requireUser(c), id }
}

/** Refuses to change tables of databases elsewhere. @throws NotFoundError, ReadOnlyConnectionError */
export async function refuseConnection(c: RequestContext<AppEnv>): Promise<void> {
  const named = connectionOf(c)
  if (!named) return
  await readConnection(c.var.context, named.user, named.id)
  throw new ReadOnlyConnectionError()
}
