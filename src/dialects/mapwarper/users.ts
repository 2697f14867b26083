import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { ForbiddenError } from '../../domain/errors.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import { isUserSearchField, isUserSortKey, listUsers, readUser } from '../../domain/users.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { hasRole } from '../../store/principal.ts'
import type { UserListing } from '../../store/users.ts'
import { InvalidParamError, MissingParamError } from './envelope.ts'
import { type Paging, pageLinks, pageMeta, pagingOf } from './paging.ts'
import { originOf, pathId, queryOf } from './requests.ts'
import { jsonAnswer, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { userResource } from './serialize.ts'
import { includedRoles, userList, userWithRoles } from './user-documents.ts'

const PER_PAGE = 30
const QUERY_MAX_CHARACTERS = 500
const tags = ['Users']

const listQuery = z.object({
  query: z.string().optional().openapi({ description: 'Part of the field, in whatever case' }),
  field: z.enum(['login', 'email', 'provider']).optional().openapi({ description: 'Required with `query`' }),
  sort_key: z
    .enum(['login', 'email', 'created_at', 'enabled', 'provider'])
    .optional()
    .openapi({ description: 'created_at unless given' }),
  sort_order: z.enum(['asc', 'desc']).optional().openapi({ description: 'desc unless given' }),
  page: z
    .string()
    .optional()
    .openapi({ description: `Pages have ${PER_PAGE} users` }),
})

export function mountUsers(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/users/{id}'],
      tags,
      summary: 'Get a user',
      request: { params: z.object({ id: z.string().openapi({ example: '23' }) }) },
      responses: {
        200: jsonAnswer('The user; administrators see email and roles too', userWithRoles),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const requester = requireUser(c)
      const user = await readUser(c.var.context, requester, pathId(c, 'User'))
      return json(c, {
        data: userResource(user, originOf(c), requester),
        ...includedRoles([user], requester),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/users'],
      tags,
      summary: 'List users, as an administrator',
      request: { query: listQuery },
      responses: {
        200: jsonAnswer('A page of users', userList),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const requester = requireUser(c)
      if (!hasRole(requester, 'administrator')) throw new ForbiddenError()
      const query = queryOf(c)
      const paging = fixedPaging(query)
      const { records, total } = await listUsers(c.var.context, requester, listingOf(query, paging))
      return json(c, {
        data: records.map((user) => userResource(user, originOf(c), requester)),
        ...includedRoles(records, requester),
        links: pageLinks(c.req.url, paging, total),
        meta: pageMeta(paging, total),
      })
    },
  )
}

/** The size of a page is not the client's to choose. @throws InvalidPageError */
function fixedPaging(query: URLSearchParams): Paging {
  const pages = new URLSearchParams(query)
  for (const name of ['per_page', 'page[size]']) pages.delete(name)
  return { ...pagingOf(pages), perPage: PER_PAGE }
}

/** @throws MissingParamError, InvalidParamError */
function listingOf(query: URLSearchParams, paging: Paging): UserListing {
  const sortKey = query.get('sort_key') ?? ''
  return {
    ...paging,
    sortKey: isUserSortKey(sortKey) ? sortKey : 'created_at',
    ascending: query.get('sort_order') === 'asc',
    search: searchOf(query.get('query') ?? '', query.get('field') ?? ''),
  }
}

function searchOf(text: string, field: string): UserListing['search'] {
  if (text.trim() === '') return null
  if (field === '') throw new MissingParamError('param is missing or the value is empty: field')
  if (!isUserSearchField(field)) throw new InvalidParamError('field should be login, email or provider')
  if (!isStorableText(text) || text.length > QUERY_MAX_CHARACTERS)
    throw new InvalidParamError(`query should be text of at most ${QUERY_MAX_CHARACTERS} characters`)
  return { field, text: text.trim() }
}
