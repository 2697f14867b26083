import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { html } from 'hono/html'
import { OAuthRefusedError, UnknownApplicationError } from '../../domain/identity/oauth/errors.ts'
import {
  authorizingClient,
  checkAuthorization,
  grantAuthorization,
  type Parameters,
  refusalAddress,
} from '../../domain/identity/oauth/server.ts'
import { type ClientRecord, isApproved, letIn } from '../../domain/identity/oauth-clients.ts'
import { seal, unseal } from '../../domain/identity/seal.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { sessionAccount } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { type Page, plainPage } from '../../http/plain-page.ts'
import { readBody } from '../../http/request-body.ts'
import type { UserPrincipal } from '../../store/principal.ts'

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } })
const tags = ['OAuth 2']
const REDIRECTED = {
  description: 'Back to the application with a code, or with an error; or to the page to sign in on',
}

/** Where applications send people to let them in (RFC 6749, section 4.1, with PKCE, RFC 7636). */
export function mountOAuth2Authorize(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/oauth2/authorize'],
      tags,
      summary: 'Ask the user to let an application in',
      request: {
        query: z.object({
          response_type: z.literal('code'),
          client_id: z.string(),
          redirect_uri: z.string().optional().openapi({ description: 'Exactly as it is registered' }),
          state: z.string().optional(),
          scope: z.string().optional().openapi({ description: 'There is one scope, all' }),
          code_challenge: z.string().optional(),
          code_challenge_method: z.literal('S256').optional(),
        }),
      },
      responses: {
        200: page('The user is asked'),
        302: REDIRECTED,
        400: page('The application, or its address, is not registered so'),
      },
    },
    (c) => orTold(c, () => ask(c)),
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/oauth2/authorize'],
      tags,
      summary: 'What the user decided on that page',
      request: {
        body: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: z.object({ ticket: z.string(), decision: z.enum(['approve', 'deny']) }),
            },
          },
        },
      },
      responses: { 303: REDIRECTED, 400: page('The question is no longer open') },
    },
    (c) => orTold(c, () => decide(c)),
  )
}

async function ask(c: RequestContext<AppEnv>): Promise<Response> {
  const { context } = c.var
  const query = parametersOf(new URL(c.req.url).searchParams)
  const client = await authorizingClient(context, query)
  return orRefused(c, client, query, 302, async () => {
    await checkAuthorization(context, client, query)
    const account = await sessionAccount(c)
    if (!account) return c.redirect(signInAddress(c))
    const { principal } = account
    if (await isApproved(context, principal, client)) return grant(c, principal, client, query, 302)
    const ticket = await seal(context.authSecret, 'consent', { userId: principal.id, query })
    return consentPage(c, principal, client, ticket)
  })
}

/** The answer counts where the session is still that of the person who was asked. */
async function decide(c: RequestContext<AppEnv>): Promise<Response> {
  const { context } = c.var
  const { ticket, decision } = Object(await readBody(c.req.raw)) as Record<string, unknown>
  const pending = typeof ticket === 'string' ? await unseal(context.authSecret, 'consent', ticket) : null
  const account = await sessionAccount(c)
  if (!pending || account?.user.id !== pending.userId)
    throw new UnknownApplicationError('This question is no longer open. Begin again in the application.')
  const { query } = pending
  const client = await authorizingClient(context, query)
  return orRefused(c, client, query, 303, async () => {
    if (decision !== 'approve')
      throw new OAuthRefusedError('access_denied', 'The user did not let the application in')
    await letIn(context, account.principal, client)
    return grant(c, account.principal, client, query, 303)
  })
}

async function grant(
  c: RequestContext<AppEnv>,
  principal: UserPrincipal,
  client: ClientRecord,
  query: Parameters,
  status: 302 | 303,
): Promise<Response> {
  c.header('Cache-Control', 'no-store')
  return c.redirect(withIssuer(c, await grantAuthorization(c.var.context, principal, client, query)), status)
}

/** Tells a refusal to the application, by way of the browser. */
async function orRefused(
  c: RequestContext<AppEnv>,
  client: ClientRecord,
  query: Parameters,
  status: 302 | 303,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OAuthRefusedError)) throw error
    c.header('Cache-Control', 'no-store')
    return c.redirect(withIssuer(c, refusalAddress(client, error, query.state)), status)
  }
}

/** Tells the person what the application cannot be told. */
async function orTold(c: RequestContext<AppEnv>, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UnknownApplicationError)) throw error
    const explanation = html`<p>${error.message} Nobody has been told anything about you.</p>`
    return plainPage(c, 'The application cannot be let in', explanation, { status: 400 })
  }
}

/** Names who answers (RFC 9207), so that an application with several servers takes no answer for another's. */
const withIssuer = (c: RequestContext, address: string): string =>
  `${address}&${new URLSearchParams({ iss: originOf(c) })}`

const originOf = (c: RequestContext): string => new URL(c.req.url).origin

function signInAddress(c: RequestContext): string {
  const { pathname, search } = new URL(c.req.url)
  return `/account/sign_in?${new URLSearchParams({ return_to: `${pathname}${search}` })}`
}

/** @throws UnknownApplicationError where one is given twice */
function parametersOf(parameters: URLSearchParams): Parameters {
  const names = [...parameters.keys()]
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new UnknownApplicationError(`The application gave ${twice.slice(0, 100)} twice.`)
  return Object.fromEntries(parameters)
}

function consentPage(
  c: RequestContext,
  principal: UserPrincipal,
  { name, description, ownerLogin, redirectUri }: ClientRecord,
  ticket: string,
): Page {
  const target = new URL(redirectUri)
  // Of a private scheme there is no origin, and an address of IPv6 cannot stand in a policy.
  const isOrigin = target.origin !== 'null' && !target.hostname.startsWith('[')
  return plainPage(
    c,
    `Let ${name} in?`,
    html`<p><strong>${name}</strong>, an application of <strong>${ownerLogin}</strong>, asks to act here in your name,
<strong>${principal.login}</strong>.</p>
${description ? html`<p>${description}</p>` : ''}
<p>It could do what you can: see, add, change, share and delete maps, layers, tables and files. It could not change your
account, nor make keys to it. You can shut it out again at any time.</p>
<p>You will be led to <strong>${isOrigin ? target.origin : redirectUri}</strong>.</p>
<form method="post" action="/1/oauth2/authorize">
<input type="hidden" name="ticket" value="${ticket}">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</form>
<p><a href="${signInAddress(c)}">Sign in as somebody else</a></p>`,
    { formTargets: [isOrigin ? target.origin : target.protocol] },
  )
}
