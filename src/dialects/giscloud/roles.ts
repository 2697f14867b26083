import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  changeRole,
  createRole,
  GROUP_SORTS,
  type GroupExpansion,
  type GroupRecord,
  type GroupSort,
  listGroups,
  readRole,
  removeRole,
} from '../../domain/identity/roles.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import {
  answers,
  created,
  deleted,
  expandParameter,
  idParameter,
  jsonBody,
  listOf,
  listParameters,
  searchParameters,
} from './descriptions.ts'
import { createdAnswer, expansions, listAnswer, orderOf, pageOf, searchOf } from './listing.ts'
import { ownerDocument } from './owner.ts'
import { permissionDocuments } from './permission-serialize.ts'
import {
  idOf,
  integerMember,
  type Members,
  readMembers,
  requiredText,
  textMember,
  truthMember,
} from './request-form.ts'

const ID_MAX = 2 ** 31 - 1
const SORTS = Object.keys(GROUP_SORTS) as GroupSort[]
const SEARCHED = { name: 'name' } as const
const EXPANSIONS = ['owner', 'options', 'tags', 'permissions']

const role = z
  .object({
    id: z.number().int(),
    name: z.string(),
    app_role: z.boolean(),
    parent_id: z.number().int().nullable(),
    owner_id: z.number().int().nullable(),
    owner_name: z.string().nullable(),
    resource_id: z.number().int(),
    owner: z.object({ id: z.string().nullable(), username: z.string().nullable() }).nullish(),
    options: z.array(z.unknown()).optional(),
    tags: z.array(z.string()).optional(),
    permissions: z.array(z.unknown()).optional(),
  })
  .openapi('Role')
const newRole = z
  .object({
    name: z.string(),
    parent_id: z.number().int().nullable().optional(),
    app_role: z.boolean().optional(),
  })
  .openapi('NewRole')

const tags = ['Roles']

/** Roles: groups of users, which permissions can be given to by their names. */
export function mountRoles(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/roles'],
      tags,
      summary: 'Roles that the current user sees or has',
      request: {
        query: listParameters(SORTS).extend({
          ...searchParameters(Object.keys(SEARCHED)),
          ...expandParameter(...EXPANSIONS),
        }),
      },
      responses: answers({ 200: ['The roles', listOf(role)] }, 400, 401),
    },
    async (c) => {
      const page = pageOf(c)
      const expand = expansions(c)
      const { data, total } = await listGroups(c.var.context.db, c.var.principal, {
        ...page,
        order: orderOf(c, SORTS),
        search: searchOf(c, SEARCHED, ['name']),
        ...expansionOf(expand),
      })
      return listAnswer(c, 'roles', page, { total, data: data.map((record) => roleDocument(record, expand)) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/roles'],
      tags,
      summary: 'Make a role',
      request: jsonBody(newRole),
      responses: answers({ 201: created('Made') }, 400, 401, 403),
    },
    async (c) => {
      const user = requireUser(c)
      const members = await readMembers(c)
      const id = await createRole(c.var.context, user, {
        name: requiredText(members, 'name'),
        parentId: parentOf(members) ?? null,
        isAppRole: truthMember(members, 'app_role') ?? false,
      })
      return createdAnswer(c, `/1/roles/${id}`)
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/roles/{id}'],
      tags,
      summary: 'One role',
      request: { params: idParameter, query: z.object(expandParameter(...EXPANSIONS)) },
      responses: answers({ 200: ['The role', role] }, 401, 404),
    },
    async (c) => {
      const expand = expansions(c)
      const id = idOf(c, 'id', 'Role')
      const record = await readRole(c.var.context, c.var.principal, id, expansionOf(expand))
      return json(c, roleDocument(record, expand))
    },
  )

  endpoint(
    app,
    {
      methods: ['put'],
      paths: ['/1/roles/{id}'],
      tags,
      summary: 'Change a role, or put it beneath another: who has it has that one, too',
      request: { params: idParameter, ...jsonBody(newRole.partial()) },
      responses: answers({ 200: ['The role', role] }, 400, 401, 403, 404),
    },
    async (c) => {
      const user = requireUser(c)
      const id = idOf(c, 'id', 'Role')
      const members = await readMembers(c)
      const name = textMember(members, 'name') === undefined ? undefined : requiredText(members, 'name')
      const record = await changeRole(c.var.context, user, id, { name, parentId: parentOf(members) })
      return json(c, roleDocument(record, new Set()))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/roles/{id}'],
      tags,
      summary: 'Delete a role, with the permissions that it has',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await removeRole(c.var.context, requireUser(c), idOf(c, 'id', 'Role'))
      return c.body(null, 204)
    },
  )
}

/** @throws ValidationError */
const parentOf = (members: Members): number | null | undefined =>
  members.parent_id === null || members.parent_id === ''
    ? null
    : integerMember(members, 'parent_id', 1, ID_MAX)

const expansionOf = (expand: ReadonlySet<string>): GroupExpansion => ({
  withOptions: expand.has('options'),
  withShares: expand.has('permissions'),
})

const roleDocument = (record: GroupRecord, expand: ReadonlySet<string>): z.infer<typeof role> => ({
  id: record.id,
  name: record.name,
  app_role: record.isAppRole,
  parent_id: record.parentId,
  owner_id: record.ownerId,
  owner_name: record.ownerLogin,
  resource_id: record.id,
  ...(expand.has('owner') ? { owner: ownerDocument(record) } : {}),
  ...(expand.has('tags') ? { tags: record.tags } : {}),
  ...(record.options ? { options: record.options } : {}),
  ...(record.shares ? { permissions: permissionDocuments(record, record.shares) } : {}),
})
