import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  APPROVAL_SORTS,
  type ApprovalRecord,
  type ApprovalSort,
  approveClient,
  listApprovals,
  readApproval,
  revokeApproval,
} from '../../domain/identity/oauth-clients.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireOwnCredential, requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, created, deleted, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { createdAnswer, listAnswer, orderOf, pageOf } from './listing.ts'
import { idOf, integerMember, invalid, readMembers } from './request-form.ts'

const ID_MAX = 2 ** 31 - 1
const SORTS = Object.keys(APPROVAL_SORTS) as ApprovalSort[]

const approval = z
  .object({ id: z.number().int(), uid: z.number().int(), client_id: z.number().int() })
  .openapi('UserApprovedApp')

const tags = ['OAuth 2']

/** Applications that the current user has let in. */
export function mountApprovedApps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/userapprovedapps'],
      tags,
      summary: 'Apps that the current user has approved',
      request: { query: listParameters(SORTS) },
      responses: answers({ 200: ['The approvals', listOf(approval)] }, 400, 401),
    },
    async (c) => {
      const user = requireUser(c)
      const page = pageOf(c)
      const { data, total } = await listApprovals(c.var.context.db, user, {
        ...page,
        order: orderOf(c, SORTS),
      })
      return listAnswer(c, 'userapprovedapps', page, { total, data: data.map(approvalDocument) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/userapprovedapps'],
      tags,
      summary: 'Approve an app, by the id of its OAuth 2 client',
      request: jsonBody(z.object({ client_id: z.number().int() })),
      responses: answers({ 201: created('Approved') }, 400, 401, 403, 404, 409),
    },
    async (c) => {
      const user = requireOwnCredential(c)
      const clientId = integerMember(await readMembers(c), 'client_id', 1, ID_MAX)
      if (clientId === undefined) throw invalid('client_id', 'must be given')
      return createdAnswer(c, `/1/userapprovedapps/${await approveClient(c.var.context, user, clientId)}`)
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/userapprovedapps/{id}'],
      tags,
      summary: 'One approved app',
      request: { params: idParameter },
      responses: answers({ 200: ['The approval', approval] }, 401, 404),
    },
    async (c) => {
      const id = idOf(c, 'id', 'Approved app')
      return json(c, approvalDocument(await readApproval(c.var.context, requireUser(c), id)))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/1/userapprovedapps/{id}'],
      tags,
      summary: 'Shut an app out; its tokens are void',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 404),
    },
    async (c) => {
      await revokeApproval(c.var.context, requireUser(c), idOf(c, 'id', 'Approved app'))
      return c.body(null, 204)
    },
  )
}

const approvalDocument = ({ id, userId, clientId }: ApprovalRecord): z.infer<typeof approval> => ({
  id,
  uid: userId,
  client_id: clientId,
})
