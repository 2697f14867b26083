import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  API_KEY_SORTS,
  type ApiKeyRecord,
  createApiKey,
  listApiKeys,
  readApiKey,
  removeApiKey,
} from '../../domain/identity/api-keys.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireOwnCredential, requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, orderOf, pageOf } from './listing.ts'
import { idOf, readMembers, textMember } from './request-form.ts'
import { postgresTime, tf } from './scalars.ts'

const KEY_CHARACTERS = 32
const DESCRIPTION_MAX_CHARACTERS = 255

const key = z
  .object({
    id: z.string(),
    key: z.string().openapi({ description: 'Its beginning; the whole is told only when it is made' }),
    key_desc: z.string().nullable(),
    created: z.string(),
    accessed: z.string().nullable(),
    key_trunc: z.string().openapi({ description: 'The first six characters of the key' }),
    active: z.enum(['t', 'f']),
  })
  .openapi('Key')
const newKey = z.object({ key_desc: z.string().optional(), scope: z.string().optional() }).openapi('NewKey')

const tags = ['Keys']

/** Keys of who asks. */
export function mountKeys(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/keys'],
      tags,
      summary: 'Keys of the current user',
      request: { query: listParameters(API_KEY_SORTS) },
      responses: answers({ 200: ['The keys', listOf(key)] }, 400, 401),
    },
    async (c) => {
      const user = requireUser(c)
      const page = pageOf(c)
      const order = orderOf(c, API_KEY_SORTS)
      const { data, total } = await listApiKeys(c.var.context.db, user, { ...page, order })
      return listAnswer(c, 'keys', page, { total, data: data.map(keyDocument) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/keys'],
      tags,
      summary: 'Make a key; it is told in the answer and never again',
      request: jsonBody(newKey, false),
      responses: answers({ 201: created('The key', z.object({ value: z.string() })) }, 400, 401),
    },
    async (c) => {
      const user = requireOwnCredential(c)
      const members = await readMembers(c)
      const description = textMember(members, 'key_desc', DESCRIPTION_MAX_CHARACTERS) ?? null
      const scope = textMember(members, 'scope', DESCRIPTION_MAX_CHARACTERS) ?? null
      const { id, key: value } = await createApiKey(c.var.context, user, { description, scope })
      c.header('Cache-Control', 'no-store')
      return createdAnswer(c, `/1/keys/${id}`, { value })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/keys/{id}'],
      tags,
      summary: 'One key',
      request: { params: idParameter },
      responses: answers({ 200: ['The key', key] }, 401, 404),
    },
    async (c) => json(c, keyDocument(await readApiKey(c.var.context, requireUser(c), idOf(c, 'id', 'Key')))),
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/keys/{id}', '/1/keys/rows/{id}'],
      tags,
      summary: 'Make a key void',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 404),
    },
    async (c) => {
      await removeApiKey(c.var.context, requireUser(c), idOf(c, 'id', 'Key'))
      return c.body(null, 204)
    },
  )
}

const keyDocument = (record: ApiKeyRecord): z.infer<typeof key> => ({
  id: String(record.id),
  key: record.keyStart.padEnd(KEY_CHARACTERS, '*'),
  key_desc: record.description,
  created: postgresTime(record.createdAt)!,
  accessed: postgresTime(record.accessedAt),
  key_trunc: record.keyStart,
  active: tf(record.isActive),
})
