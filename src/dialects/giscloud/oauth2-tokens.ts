import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { auth as basicCredentials } from 'hono/utils/basic-auth'
import { type OAuthFault, OAuthRefusedError } from '../../domain/identity/oauth/errors.ts'
import {
  answerTokenRequest,
  type ClientProof,
  GRANT_TYPES,
  type Parameters,
  revokeTokenOf,
} from '../../domain/identity/oauth/server.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { FormatError } from '../../formats/format-error.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { MalformedBodyError, UnsupportedMediaTypeError } from '../../http/errors.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'

const BODY_MAX_BYTES = 16 * 1024
const STATUS: Partial<Record<OAuthFault, 401 | 500>> = { invalid_client: 401, server_error: 500 }

const tags = ['OAuth 2']
const form = (schema: z.ZodType) => ({
  body: { required: true, content: { 'application/x-www-form-urlencoded': { schema } } },
})
const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})
const refusal = z.object({ error: z.string(), error_description: z.string() }).openapi('OAuth2Error')
const client = { client_id: z.string().optional(), client_secret: z.string().optional() }
const refusals = {
  400: answer('Refused (RFC 6749, section 5.2)', refusal),
  401: answer('The client is unknown, or its secret is another', refusal),
}

/** What applications ask of us themselves, and where they learn of it. */
export function mountOAuth2Tokens(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/oauth2/token'],
      tags,
      summary: 'A token for a code, or for a refresh token, which is used up',
      request: form(
        z.object({
          grant_type: z.enum(['authorization_code', 'refresh_token']),
          ...client,
          code: z.string().optional(),
          redirect_uri: z.string().optional(),
          code_verifier: z.string().optional().openapi({ description: 'Needed without the client secret' }),
          refresh_token: z.string().optional(),
        }),
      ),
      responses: {
        200: answer(
          'The token',
          z.object({
            token_type: z.literal('Bearer'),
            expires_in: z.number().int(),
            access_token: z.string(),
            refresh_token: z.string(),
            scope: z.string(),
          }),
        ),
        ...refusals,
      },
    },
    (c) =>
      orRefused(c, async () => {
        const body = await fieldsOf(c)
        return json(c, await answerTokenRequest(c.var.context, proofOf(c, body), body))
      }),
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/1/oauth2/revoke'],
      tags,
      summary: 'Make a token void (RFC 7009)',
      request: form(z.object({ ...client, token: z.string(), token_type_hint: z.string().optional() })),
      responses: { 200: { description: 'It is void, or never was' }, ...refusals },
    },
    (c) =>
      orRefused(c, async () => {
        const body = await fieldsOf(c)
        await revokeTokenOf(c.var.context, proofOf(c, body), body)
        return c.body(null, 200)
      }),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/.well-known/oauth-authorization-server'],
      tags,
      summary: 'What this authorization server is and does (RFC 8414)',
      responses: { 200: answer('The metadata', z.object({ issuer: z.string() })) },
    },
    (c) => {
      c.header('Access-Control-Allow-Origin', '*')
      return json(c, metadataOf(new URL(c.req.url).origin))
    },
  )
}

const metadataOf = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/1/oauth2/authorize`,
  token_endpoint: `${origin}/1/oauth2/token`,
  revocation_endpoint: `${origin}/1/oauth2/revoke`,
  scopes_supported: ['all'],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: GRANT_TYPES,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  service_documentation: `${origin}/docs/giscloud`,
})

/** The members of a body that are texts, which are all that are known. @throws OAuthRefusedError */
async function fieldsOf(c: RequestContext): Promise<Parameters> {
  try {
    const body = Object(await readBody(c.req.raw, { maxBytes: BODY_MAX_BYTES })) as Record<string, unknown>
    const texts = Object.entries(body).filter((member): member is [string, string] => {
      const [, value] = member
      return typeof value === 'string' && value !== ''
    })
    return Object.fromEntries(texts)
  } catch (error) {
    const isUnreadable = [
      MalformedBodyError,
      UnsupportedMediaTypeError,
      PayloadTooLargeError,
      FormatError,
    ].some((type) => error instanceof type)
    if (!isUnreadable) throw error
    throw new OAuthRefusedError('invalid_request', (error as Error).message)
  }
}

/** @throws OAuthRefusedError where a client proves itself in two ways */
function proofOf(c: RequestContext, body: Parameters): ClientProof {
  const basic = basicCredentials(c.req.raw)
  if (!basic) return { clientId: body.client_id, secret: body.client_secret }
  if (body.client_secret !== undefined)
    throw new OAuthRefusedError('invalid_request', 'The client proves itself in two ways')
  return { clientId: basic.username, secret: basic.password }
}

async function orRefused(c: RequestContext, work: () => Promise<Response>): Promise<Response> {
  c.header('Cache-Control', 'no-store')
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OAuthRefusedError)) throw error
    const status = STATUS[error.fault] ?? 400
    if (status === 401 && c.req.header('authorization') !== undefined)
      c.header('WWW-Authenticate', 'Basic realm="OAuth 2 clients"')
    return json(c, { error: error.fault, error_description: error.message }, status)
  }
}
