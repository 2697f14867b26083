import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from '../../domain/context.ts'
import {
  CLIENT_SORTS,
  type ClientRecord,
  type ClientSort,
  listClients,
  readClient,
  registerClient,
  removeClient,
  secretOfClient,
} from '../../domain/identity/oauth-clients.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireOwnCredential } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, orderOf, pageOf } from './listing.ts'
import { idOf, readMembers, requiredText, textMember } from './request-form.ts'

const REDIRECT_URI_MAX_CHARACTERS = 2000
const DESCRIPTION_MAX_CHARACTERS = 2000
const SORTS = Object.keys(CLIENT_SORTS) as ClientSort[]

const client = z
  .object({
    id: z.number().int(),
    client_id: z.string(),
    client_secret: z.string(),
    redirect_uri: z.string(),
    owner: z.number().int(),
    name: z.string(),
    description: z.string().nullable(),
  })
  .openapi('OAuth2Client')
const newClient = z
  .object({ name: z.string(), redirect_uri: z.string(), description: z.string().optional() })
  .openapi('NewOAuth2Client')

const tags = ['OAuth 2']

/** Applications of the current user that may ask others for access. */
export function mountOAuth2Clients(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/oauth2_clients'],
      tags,
      summary: 'OAuth 2 clients of the current user',
      request: { query: listParameters(SORTS) },
      responses: answers({ 200: ['The clients', listOf(client)] }, 400, 401, 403),
    },
    async (c) => {
      const user = requireOwnCredential(c)
      const page = pageOf(c)
      const { context } = c.var
      const { data, total } = await listClients(context.db, user, { ...page, order: orderOf(c, SORTS) })
      c.header('Cache-Control', 'no-store')
      return listAnswer(c, 'oauth2_clients', page, {
        total,
        data: await Promise.all(data.map((record) => clientDocument(context, record))),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/oauth2_clients'],
      tags,
      summary: 'Register an OAuth 2 client',
      request: jsonBody(newClient),
      responses: answers({ 201: created('The client', client) }, 400, 401, 403),
    },
    async (c) => {
      const user = requireOwnCredential(c)
      const members = await readMembers(c)
      const id = await registerClient(c.var.context, user, {
        name: requiredText(members, 'name'),
        redirectUri: requiredText(members, 'redirect_uri', REDIRECT_URI_MAX_CHARACTERS),
        description: textMember(members, 'description', DESCRIPTION_MAX_CHARACTERS) ?? null,
      })
      c.header('Cache-Control', 'no-store')
      const record = await readClient(c.var.context, user, id)
      return createdAnswer(c, `/1/oauth2_clients/${id}`, await clientDocument(c.var.context, record))
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/oauth2_clients/{id}'],
      tags,
      summary: 'One OAuth 2 client',
      request: { params: idParameter },
      responses: answers({ 200: ['The client', client] }, 401, 403, 404),
    },
    async (c) => {
      const user = requireOwnCredential(c)
      const record = await readClient(c.var.context, user, idOf(c, 'id', 'OAuth2 client'))
      c.header('Cache-Control', 'no-store')
      return json(c, await clientDocument(c.var.context, record))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/oauth2_clients/{id}'],
      tags,
      summary: 'Delete an OAuth 2 client; its tokens are void',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await removeClient(c.var.context, requireOwnCredential(c), idOf(c, 'id', 'OAuth2 client'))
      return c.body(null, 204)
    },
  )
}

const clientDocument = async (context: Context, record: ClientRecord): Promise<z.infer<typeof client>> => ({
  id: record.id,
  client_id: record.clientId,
  client_secret: await secretOfClient(context, record),
  redirect_uri: record.redirectUri,
  owner: record.ownerId,
  name: record.name,
  description: record.description,
})
