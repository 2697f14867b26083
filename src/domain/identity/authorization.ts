import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  fetchProtectedResource,
  fetchUserInfo,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client'
import { isStorableText } from '../storable-text.ts'
import { sameText } from '../tokens.ts'
import type { Registration } from './configuration.ts'
import { SignInFailedError } from './errors.ts'
import type { Profile } from './providers.ts'
import type { PendingAuthorization } from './seal.ts'

const PROVIDER_MAX_SECONDS = 10
const UID_MAX_CHARACTERS = 255
const METADATA_KEPT_MS = 60 * 60_000
const USER_AGENT = 'Graticule/1.0 (signs people in)'

/** What the browser must bring back, and what it must be compared with. */
export type AuthorizationSecrets = Pick<PendingAuthorization, 'state' | 'nonce' | 'codeVerifier'>

/**
 * Begins the authorization code flow (RFC 6749, section 4.1) with PKCE (RFC 7636, S256), state, and a nonce where the
 * provider speaks OpenID Connect.
 * @param callback where the provider sends the browser, as it is registered there
 * @param allow `host:port` of loopback addresses where a provider may be reached without TLS
 * @returns where the browser goes now
 * @throws SignInFailedError where the provider cannot be reached
 */
export async function beginAuthorization(
  registration: Registration,
  callback: string,
  allow: readonly string[],
): Promise<{ address: string; secrets: AuthorizationSecrets }> {
  const { provider } = registration
  const secrets: AuthorizationSecrets = {
    state: randomState(),
    nonce: provider.protocol === 'openid' ? randomNonce() : null,
    codeVerifier: randomPKCECodeVerifier(),
  }
  const configuration = await orUnreachable(registration, () => configurationOf(registration, allow))
  const address = buildAuthorizationUrl(configuration, {
    redirect_uri: callback,
    state: secrets.state,
    code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
    code_challenge_method: 'S256',
    ...(provider.scope ? { scope: provider.scope } : {}),
    ...(secrets.nonce ? { nonce: secrets.nonce } : {}),
  })
  return { address: address.href, secrets }
}

/**
 * Ends it: the code that the browser brought is exchanged for a token, and that for the person's profile.
 * @param parameters of the address that the provider sent the browser to
 * @throws SignInFailedError
 */
export async function completeAuthorization(
  registration: Registration,
  callback: string,
  parameters: URLSearchParams,
  secrets: AuthorizationSecrets,
  allow: readonly string[],
): Promise<Profile> {
  if (!sameText(parameters.get('state') ?? '', secrets.state))
    throw new SignInFailedError('stale', 'This answer belongs to another sign-in. Begin again.')
  const profile = await orUnreachable(registration, async () => {
    const configuration = await configurationOf(registration, allow)
    const url = new URL(callback)
    url.search = parameters.toString()
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: secrets.state,
      pkceCodeVerifier: secrets.codeVerifier,
      ...(secrets.nonce ? { expectedNonce: secrets.nonce } : {}),
    })
    return readProfile(registration, configuration, tokens.access_token, tokens.claims()?.sub)
  })
  if (profile.uid === '' || profile.uid.length > UID_MAX_CHARACTERS || !isStorableText(profile.uid))
    throw new SignInFailedError('provider', `${registration.provider.label} did not say who you are.`)
  return profile
}

async function readProfile(
  { provider, issuer }: Registration,
  configuration: Configuration,
  token: string,
  subject: string | undefined,
): Promise<Profile> {
  if (provider.protocol === 'openid')
    return provider.profile(await fetchUserInfo(configuration, token, subject ?? ''))
  const answers = await Promise.all(
    provider.endpoints(issuer).profile.map(async (address) => {
      const headers = new Headers({ accept: 'application/json' })
      const url = new URL(address)
      const response = await fetchProtectedResource(configuration, token, url, 'GET', null, headers)
      if (!response.ok) throw new Error(`${address} answered ${response.status}`)
      return response.json()
    }),
  )
  return provider.profile(answers)
}

/** What discovery said, by issuer: asked anew once an hour by each isolate. */
const discovered = new Map<string, { metadata: ServerMetadata; at: number }>()

async function configurationOf(registration: Registration, allow: readonly string[]): Promise<Configuration> {
  const { clientId, clientSecret } = registration
  const fetcher = guardedFetch(allow)
  const metadata = await metadataOf(registration, fetcher)
  const configuration = new Configuration(metadata, clientId, undefined, ClientSecretPost(clientSecret))
  configuration[customFetch] = fetcher
  configuration.timeout = PROVIDER_MAX_SECONDS
  // Every address has passed the guard: without TLS, it is a loopback address that the configuration names.
  allowInsecureRequests(configuration)
  return configuration
}

async function metadataOf(registration: Registration, fetcher: CustomFetch): Promise<ServerMetadata> {
  const { provider, issuer, clientId } = registration
  if (provider.protocol === 'oauth') {
    const { authorization, token } = provider.endpoints(issuer)
    return { issuer, authorization_endpoint: authorization, token_endpoint: token }
  }
  const known = discovered.get(issuer)
  if (known && Date.now() - known.at < METADATA_KEPT_MS) return known.metadata
  const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
    [customFetch]: fetcher,
    timeout: PROVIDER_MAX_SECONDS,
    execute: [allowInsecureRequests],
  })
  const metadata = found.serverMetadata()
  discovered.set(issuer, { metadata, at: Date.now() })
  return metadata
}

/** A provider is asked by https; without TLS only at a loopback address that `allow` names. */
const guardedFetch =
  (allow: readonly string[]): CustomFetch =>
  (address, options) => {
    if (!mayAsk(new URL(address), allow)) throw new Error(`${address} is not asked without TLS`)
    return fetch(address, {
      ...options,
      headers: { ...options.headers, 'user-agent': USER_AGENT },
    } as RequestInit)
  }

/** Whether a provider at this address may be asked. */
export function mayAsk({ protocol, hostname, port }: URL, allow: readonly string[]): boolean {
  if (protocol === 'https:') return true
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
  return protocol === 'http:' && isLoopback && allow.includes(`${hostname}:${port || '80'}`)
}

/** Puts what the client library throws into words for the person; the cause is for the log. */
async function orUnreachable<T>({ provider }: Registration, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SignInFailedError) throw error
    if (error instanceof AuthorizationResponseError && error.error === 'access_denied')
      throw new SignInFailedError(
        'declined',
        `You did not agree at ${provider.label}, so nobody was signed in. Begin again to change your mind.`,
      )
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant')
      throw new SignInFailedError(
        'stale',
        `${provider.label} says that this sign-in is over: it took too long, or the page was loaded twice. Begin again.`,
        error,
      )
    throw new SignInFailedError(
      'provider',
      `${provider.label} does not answer as it should. Try again in a few minutes, or sign in another way.`,
      error,
    )
  }
}
