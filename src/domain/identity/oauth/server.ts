import {
  type AuthorizationRequest,
  AuthorizationServer,
  DateInterval,
  type JwtInterface,
  OAuthException,
} from '@jmondi/oauth2-server'
import { revokeToken } from '../../../store/oauth.ts'
import type { SystemPrincipal, UserPrincipal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { sameText, secretHash } from '../../tokens.ts'
import { type ClientRecord, clientOfRequest, secretOfClient } from '../oauth-clients.ts'
import { type OAuthFault, OAuthRefusedError, UnknownApplicationError } from './errors.ts'
import {
  ACCESS_TOKEN_SECONDS,
  type AskingClient,
  clientRepository,
  grantRepositories,
  scopeRepository,
  userRepository,
} from './repositories.ts'

const revoking: SystemPrincipal = { kind: 'system', reason: 'revoke a token' }

/** Parameters of a request, none of them twice. */
export type Parameters = Readonly<Record<string, string>>

/** Access tokens are no JWTs, but the random values that they are stored by. */
const opaque: JwtInterface = {
  sign: async (payload) => String((payload as { jti: unknown }).jti),
  verify: () => Promise.reject(new Error('tokens are opaque')),
  decode: () => null,
}

function serverFor(context: Context, client: AskingClient, redirectUri: string | null): AuthorizationServer {
  const { codes, tokens } = grantRepositories(context, client, redirectUri)
  const server = new AuthorizationServer(clientRepository(client), tokens, scopeRepository, opaque, {
    requiresPKCE: false,
    requiresS256: true,
    useOpaqueAuthorizationCodes: true,
    useOpaqueRefreshTokens: true,
  })
  const lifetime = new DateInterval(`${ACCESS_TOKEN_SECONDS}s`)
  server.enableGrantType({ grant: 'authorization_code', authCodeRepository: codes, userRepository }, lifetime)
  server.enableGrantType('refresh_token', lifetime)
  return server
}

/**
 * The client that an authorization request comes from (RFC 6749, section 4.1.1).
 * @throws UnknownApplicationError where it, or the address to go back to, is not registered exactly so
 */
export async function authorizingClient(context: Context, query: Parameters): Promise<ClientRecord> {
  const client = await clientOfRequest(context, query.client_id ?? '')
  if (!client) throw new UnknownApplicationError('There is no application with this client_id.')
  if (query.redirect_uri !== undefined && query.redirect_uri !== client.redirectUri)
    throw new UnknownApplicationError(`${client.name} is registered with another redirect_uri.`)
  return client
}

/**
 * Whether an authorization request can be answered with a code.
 * @throws OAuthRefusedError to be told to the client
 */
export async function checkAuthorization(
  context: Context,
  client: ClientRecord,
  query: Parameters,
): Promise<void> {
  await validated(context, client, query)
}

/**
 * Answers an authorization request that the user has agreed to.
 * @returns the address the browser goes to, with the code
 * @throws OAuthRefusedError
 */
export async function grantAuthorization(
  context: Context,
  principal: UserPrincipal,
  client: ClientRecord,
  query: Parameters,
): Promise<string> {
  const { server, request } = await validated(context, client, query)
  request.user = { id: principal.id }
  request.isAuthorizationApproved = true
  const { headers } = await refusing(() => server.completeAuthorizationRequest(request))
  return String(headers.location)
}

async function validated(
  context: Context,
  record: ClientRecord,
  query: Parameters,
): Promise<{ server: AuthorizationServer; request: AuthorizationRequest }> {
  if (query.response_type === undefined)
    throw new OAuthRefusedError('invalid_request', 'response_type must be given')
  if (query.response_type !== 'code')
    throw new OAuthRefusedError('unsupported_response_type', 'response_type must be code')
  if (query.code_challenge !== undefined && !/^[\w-]{43}$/.test(query.code_challenge))
    throw new OAuthRefusedError('invalid_request', 'code_challenge must be a SHA-256 in base64url')
  const server = serverFor(context, { record, isProven: false }, query.redirect_uri ?? null)
  const request = await refusing(() =>
    server.validateAuthorizationRequest({
      query: { ...query, redirect_uri: record.redirectUri },
      headers: {},
      body: {},
    }),
  )
  return { server, request }
}

/** The address of a refusal, as the client is told of it by the browser. */
export function refusalAddress(
  { redirectUri }: Pick<ClientRecord, 'redirectUri'>,
  { fault, message }: OAuthRefusedError,
  state: string | undefined,
): string {
  const parameters = new URLSearchParams({
    error: fault,
    error_description: message,
    ...(state === undefined ? {} : { state }),
  })
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters}`
}

/** What proves a client: its id and secret, or its id alone. */
export interface ClientProof {
  clientId: string | undefined
  secret: string | undefined
}

/**
 * Gives a token for a code or a refresh token (RFC 6749, sections 4.1.3 and 6).
 * @returns the members of the answer
 * @throws OAuthRefusedError
 */
export async function answerTokenRequest(
  context: Context,
  proof: ClientProof,
  body: Parameters,
): Promise<Record<string, unknown>> {
  if (body.grant_type === undefined)
    throw new OAuthRefusedError('invalid_request', 'grant_type must be given')
  const needed = NEEDED[body.grant_type]
  if (!needed)
    throw new OAuthRefusedError(
      'unsupported_grant_type',
      `grant_type must be one of ${GRANT_TYPES.join(', ')}`,
    )
  const client = await provenClient(context, proof)
  if (body[needed] === undefined) throw new OAuthRefusedError('invalid_request', `${needed} must be given`)
  const server = serverFor(context, client, body.redirect_uri ?? null)
  const response = await refusing(
    () =>
      server.respondToAccessTokenRequest({
        query: {},
        headers: {},
        body: { ...body, client_id: client.record.clientId },
      }),
    // Everything that is needed is there, so that it is what is given for the token that does not hold.
    { invalid_request: 'invalid_grant' },
  )
  return response.body
}

/** What each grant needs beside the client. */
const NEEDED: Readonly<Record<string, string>> = {
  authorization_code: 'code',
  refresh_token: 'refresh_token',
}
export const GRANT_TYPES = Object.keys(NEEDED)

/** Makes a token of the client void (RFC 7009); that there is none is no fault. @throws OAuthRefusedError */
export async function revokeTokenOf(context: Context, proof: ClientProof, body: Parameters): Promise<void> {
  const { record } = await provenClient(context, proof)
  if (body.token === undefined) throw new OAuthRefusedError('invalid_request', 'token must be given')
  await revokeToken(context.db, revoking, record.id, secretHash(body.token))
}

/** @throws OAuthRefusedError */
async function provenClient(context: Context, { clientId, secret }: ClientProof): Promise<AskingClient> {
  if (clientId === undefined) throw new OAuthRefusedError('invalid_client', 'client_id must be given')
  const record = await clientOfRequest(context, clientId)
  if (!record || (secret !== undefined && !sameText(secret, await secretOfClient(context, record))))
    throw new OAuthRefusedError('invalid_client', 'The client is unknown, or its secret is another')
  return { record, isProven: secret !== undefined }
}

/** Puts what the library throws into the platform's words. */
async function refusing<T>(
  work: () => Promise<T>,
  instead: Partial<Record<OAuthFault, OAuthFault>> = {},
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OAuthException)) throw error
    const fault = error.errorType as OAuthFault
    throw new OAuthRefusedError(instead[fault] ?? fault, error.errorDescription ?? error.error)
  }
}
