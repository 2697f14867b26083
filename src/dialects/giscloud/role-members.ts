import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { addMember, readMembers as readRoleMembers, removeMember } from '../../domain/identity/roles.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, pageOf } from './listing.ts'
import { idOf, readMembers, requiredText } from './request-form.ts'

const tags = ['Roles']
const member = z.object({ id: z.number().int(), username: z.string() }).openapi('RoleMember')

/** Who has a role; the documentation leaves it to the vendor's own pages. */
export function mountRoleMembers(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/roles/{id}/users'],
      tags,
      summary: 'Who has a role',
      request: { params: idParameter, query: listParameters() },
      responses: answers({ 200: ['The users', listOf(member)] }, 400, 401, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const { data, total } = await readRoleMembers(
        c.var.context,
        requireUser(c),
        idOf(c, 'id', 'Role'),
        page,
      )
      return listAnswer(c, 'users', page, {
        total,
        data: data.map(({ id, login }) => ({ id, username: login })),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/roles/{id}/users'],
      tags,
      summary: 'Give a role to somebody',
      request: { params: idParameter, ...jsonBody(z.object({ username: z.string() })) },
      responses: answers({ 201: created('Given') }, 400, 401, 403, 404, 409),
    },
    async (c) => {
      const user = requireUser(c)
      const id = idOf(c, 'id', 'Role')
      const login = requiredText(await readMembers(c), 'username')
      const userId = await addMember(c.var.context, user, id, login)
      return createdAnswer(c, `/1/roles/${id}/users/${userId}`)
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/roles/{id}/users/{user_id}'],
      tags,
      summary: 'Take a role from somebody, or lay it down',
      request: { params: idParameter.extend({ user_id: z.string() }) },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      const user = requireUser(c)
      await removeMember(c.var.context, user, idOf(c, 'id', 'Role'), idOf(c, 'user_id', 'User'))
      return c.body(null, 204)
    },
  )
}
