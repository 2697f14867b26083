import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  changeProfile,
  inviteUser,
  listProfiles,
  PROFILE_SORTS,
  type ProfileChange,
  type ProfileSort,
  readProfile,
  removeUser,
} from '../../domain/identity/users.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireAdministrator, requireOwnCredential, requireUser } from '../../http/credentials.ts'
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
import { idOf, type Members, readMembers, requiredText, textMember, truthMember } from './request-form.ts'
import { changedUser, changedUserDocument, user, userBody, userDocument } from './user-serialize.ts'

const NAME_MAX_CHARACTERS = 255
const SORTS = Object.keys(PROFILE_SORTS) as ProfileSort[]
const SEARCHED = {
  username: 'username',
  email: 'email',
  firstname: 'firstname',
  lastname: 'lastname',
} as const

const tags = ['Users']

/** Accounts that who asks sees. */
export function mountUsers(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/users'],
      tags,
      summary: 'Users that the current user sees',
      request: {
        query: listParameters(SORTS).extend({
          ...searchParameters(Object.keys(SEARCHED)),
          ...expandParameter('options'),
        }),
      },
      responses: answers({ 200: ['The users', listOf(user)] }, 400, 401),
    },
    async (c) => {
      const page = pageOf(c)
      const { data, total } = await listProfiles(c.var.context.db, c.var.principal, {
        ...page,
        order: orderOf(c, SORTS),
        search: searchOf(c, SEARCHED, ['username', 'email']),
        withOptions: expansions(c).has('options'),
      })
      return listAnswer(c, 'users', page, { total, data: data.map(userDocument) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/users'],
      tags,
      summary: 'Make an account, as an administrator; its invitation is told in the answer and never again',
      request: jsonBody(userBody),
      responses: answers(
        {
          201: created(
            'The address of the page where whoever it is for sets the password, within seven days',
            z.object({ invitation: z.string() }),
          ),
        },
        400,
        401,
        403,
        409,
      ),
    },
    async (c) => {
      const principal = requireOwnCredential(c)
      requireAdministrator(c)
      const members = await readMembers(c)
      const { id, secret } = await inviteUser(c.var.context, principal, {
        ...saidOf(members),
        login: requiredText(members, 'username', NAME_MAX_CHARACTERS),
        email: requiredText(members, 'email', NAME_MAX_CHARACTERS),
      })
      c.header('Cache-Control', 'no-store')
      const invitation = `${new URL(c.req.url).origin}/account/invitations/${secret}`
      return createdAnswer(c, `/1/users/${id}`, { invitation })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/users/current'],
      tags,
      summary: 'The current user',
      request: { query: z.object(expandParameter('options')) },
      responses: answers({ 200: ['The user; the id is a text', user] }, 401),
    },
    async (c) => {
      const { id } = requireUser(c)
      const record = await readProfile(c.var.context, c.var.principal, id, expansions(c).has('options'))
      return json(c, { ...userDocument(record), id: String(id) })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/users/current/subscriptions'],
      tags,
      summary: 'What the current user may use: the platform, without an end',
      request: { query: listParameters() },
      responses: answers({ 200: ['The subscriptions', listOf(subscription)] }, 400, 401),
    },
    async (c) => {
      const page = pageOf(c)
      const record = await readProfile(c.var.context, c.var.principal, requireUser(c).id)
      const whole = [
        { app_instance_id: String(record.resourceId), type: 'platform', active: 't', ends: null },
      ]
      const data = whole.slice(page.offset, page.offset + page.perPage)
      return listAnswer(c, 'subscriptions', page, { total: page.withTotal ? whole.length : 0, data })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/users/{id}'],
      tags,
      summary: 'One user',
      request: { params: idParameter, query: z.object(expandParameter('options')) },
      responses: answers({ 200: ['The user', user] }, 401, 404),
    },
    async (c) => {
      const withOptions = expansions(c).has('options')
      const record = await readProfile(c.var.context, c.var.principal, idOf(c, 'id', 'User'), withOptions)
      return json(c, userDocument(record))
    },
  )

  endpoint(
    app,
    {
      methods: ['put'],
      paths: ['/1/users/{id}', '/1/users/current'],
      tags,
      summary: 'Change a user; what is not sent stays as it is',
      request: { params: idParameter, ...jsonBody(userBody.partial()) },
      responses: answers({ 200: ['The user', changedUser] }, 400, 401, 403, 404, 409),
    },
    async (c) => {
      const principal = requireOwnCredential(c)
      const id = userIdOf(c, principal.id)
      const change = changeOf(await readMembers(c))
      return json(c, changedUserDocument(await changeProfile(c.var.context, principal, id, change)))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/users/{id}', '/1/users/current'],
      tags,
      summary: 'Delete a user, as an administrator or as oneself; what it owns goes to the administrator',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 403, 404, 409),
    },
    async (c) => {
      const principal = requireOwnCredential(c)
      await removeUser(c.var.context, principal, userIdOf(c, principal.id))
      return c.body(null, 204)
    },
  )
}

const subscription = z
  .object({ app_instance_id: z.string(), type: z.string(), active: z.enum(['t', 'f']), ends: z.null() })
  .openapi('Subscription')

/** The number in the address, or one's own for `current`. @throws NotFoundError */
const userIdOf = (c: RequestContext<AppEnv>, ownId: number): number =>
  c.req.path.endsWith('/current') ? ownId : idOf(c, 'id', 'User')

/** @throws ValidationError */
function saidOf(members: Members) {
  const text = (name: string) => textMember(members, name, NAME_MAX_CHARACTERS)
  return {
    firstName: text('firstname'),
    lastName: text('lastname'),
    phone: text('phone'),
    mobile: text('mobile'),
    web: text('web'),
    company: text('company'),
    language: text('language'),
  }
}

/** @throws ValidationError */
const changeOf = (members: Members): ProfileChange => ({
  ...saidOf(members),
  login: textMember(members, 'username', NAME_MAX_CHARACTERS)?.trim(),
  email: textMember(members, 'email', NAME_MAX_CHARACTERS)?.trim(),
  isEnabled: truthMember(members, 'active'),
})
