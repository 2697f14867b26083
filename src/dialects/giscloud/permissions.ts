import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { ForbiddenError, NotFoundError } from '../../domain/errors.ts'
import { readShares, shareResource, unshareResource } from '../../domain/maps/sharing.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, created, deleted, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, pageOf } from './listing.ts'
import {
  OWNER,
  OWNER_SHARE_ID,
  PERMISSIONS,
  type Permission,
  PLAIN,
  permissionDocument,
  permissionDocuments,
  sharesOf,
} from './permission-serialize.ts'
import { idOf, invalid, readMembers, requiredText } from './request-form.ts'

const NAMES = Object.keys(PERMISSIONS) as [Permission, ...Permission[]]

const tags = ['Permissions']
const resourceParams = z.object({ resource: z.string().openapi({ description: 'Number of the resource' }) })
const shareParams = resourceParams.extend({
  share: z.string().openapi({ description: 'Number of the grant' }),
})
const granted = z
  .object({
    username: z
      .string()
      .openapi({ description: 'Of a user, or the name of a role; `anonymous` for everyone' }),
    permissions: z.array(z.object({ type: z.string(), share_id: z.string() })),
  })
  .openapi('Granted')
const permissionSchema = z
  .object({
    id: z.string(),
    resource_id: z.string(),
    user_id: z.string().nullable(),
    dependency_option_id: z.null(),
    username: z.string(),
    permission: z.string(),
  })
  .openapi('Permission')
const newPermission = z.object({ username: z.string(), permission: z.enum(NAMES) }).openapi('NewPermission')

/** Who may do what to a resource of whatever kind. */
export function mountPermissions(app: OpenAPIHono<AppEnv>): void {
  const lists = ['/1/resources/{resource}/permissions', '/1/resources/{resource}/permission'] as const
  const one = [
    '/1/resources/{resource}/permissions/{share}',
    '/1/resources/{resource}/permission/{share}',
  ] as const
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [...lists], tags, summary: 'What is granted of a resource' },
      description: 'For who may share it. The total is not counted.',
      request: { params: resourceParams, query: listParameters() },
      responses: answers({ 200: ['By whom it is granted to', listOf(granted)] }, 400, 401, 403, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const shared = await readShares(c.var.context, c.var.principal, idOf(c, 'resource', 'Resource'))
      const data = permissionDocuments(shared, shared.shares)
      const part = data.slice(page.offset, page.offset + page.perPage)
      return listAnswer(c, 'permissions', page, { total: 0, data: part })
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [...one], tags, summary: 'One grant' },
      request: { params: shareParams },
      responses: answers({ 200: ['The grant', permissionSchema] }, 401, 403, 404),
    },
    async (c) => {
      const resourceId = idOf(c, 'resource', 'Resource')
      const shared = await readShares(c.var.context, c.var.principal, resourceId)
      const id = shareIdOf(c)
      const share = sharesOf(shared, shared.shares).find(({ shareId }) => shareId === id)
      if (!share) throw new NotFoundError('Permission', id)
      return json(c, permissionDocument(resourceId, share))
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: [...lists], tags, summary: 'Grant something of a resource' },
      description:
        'For who may share it and holds what is granted. What is granted of a map is granted of its layers, and through ' +
        'them of the features they show. What is granted already is not granted twice.',
      request: { params: resourceParams, ...jsonBody(newPermission) },
      responses: answers({ 201: created('Granted') }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const resourceId = idOf(c, 'resource', 'Resource')
      const members = await readMembers(c)
      const username = requiredText(members, 'username')
      const name = permissionMember(requiredText(members, 'permission'))
      const shareId = await shareResource(c.var.context, c.var.principal, resourceId, {
        grantee: username.toLowerCase() === 'anonymous' ? { everyone: true } : { name: username },
        verbs: PERMISSIONS[name],
        name: PLAIN.includes(name) ? null : name,
      })
      return createdAnswer(c, `/1/resources/${resourceId}/permissions/${shareId}`)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: [...one], tags, summary: 'Take a grant back' },
      description: "For who may share the resource and holds what was granted. What is the owner's stays.",
      request: { params: shareParams },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      const resourceId = idOf(c, 'resource', 'Resource')
      const id = shareIdOf(c)
      if (id === OWNER_SHARE_ID) {
        await readShares(c.var.context, c.var.principal, resourceId)
        throw new ForbiddenError()
      }
      await unshareResource(c.var.context, c.var.principal, resourceId, id)
      return c.body(null, 204)
    },
  )
}

/** @throws ValidationError */
function permissionMember(text: string): Permission {
  const name = text.toUpperCase()
  if (name === OWNER) throw invalid('permission', 'OWNER cannot be granted')
  const known = NAMES.find((permission) => permission === name)
  if (!known) throw invalid('permission', `must be one of ${NAMES.join(', ')}`)
  return known
}

const shareIdOf = (c: RequestContext): number =>
  c.req.param('share') === String(OWNER_SHARE_ID) ? OWNER_SHARE_ID : idOf(c, 'share', 'Permission')
