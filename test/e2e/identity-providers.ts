import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import { inject } from 'vitest'
import { baseUrl } from './mapwarper-client.ts'

/** Who sits in front of the browser, as the providers know them. */
export interface Person {
  uid: string
  name?: string
  email?: string
  /** True unless said. */
  emailVerified?: boolean
  /** They press the provider's "Cancel". */
  declines?: boolean
}

export interface IdentityProviders {
  /** Who signs in from now on, at every provider. */
  person: Person
  /** Answered by GitHub in place of what it should, while set. */
  githubStatus: number | null
  stop(): Promise<void>
}

/**
 * Providers at the address where the platform under test looks for them: a whole OpenID provider (as Google), and as
 * much of GitHub's and MediaWiki's OAuth as a sign-in needs, PKCE included.
 */
export async function startIdentityProviders(): Promise<IdentityProviders> {
  const [host, port] = inject('identityProvider').split(':')
  const people = new Map<string, Person>()
  const state: IdentityProviders = { person: { uid: 'nobody' }, githubStatus: null, stop }
  const openid = openIdProvider(`http://${host}:${port}`, people)
  const oauth = new OauthProvider(state)
  const openidHandler = openid.callback()
  const server = createServer((request, response) => {
    people.set(state.person.uid, state.person)
    const { pathname } = new URL(request.url ?? '/', `http://${host}`)
    if (pathname.startsWith('/interaction/')) void interact(openid, state.person, request, response)
    else if (/^\/(login|w|api)\//.test(pathname)) void oauth.answer(request, response)
    else void openidHandler(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(port), host, resolve)
  })
  return state

  async function stop() {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function openIdProvider(issuer: string, people: ReadonlyMap<string, Person>): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'graticule',
        client_secret: 'secret of google',
        redirect_uris: [`${new URL(baseUrl).origin}/u/auth/google/callback`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, uid) => {
      const { name, email, emailVerified } = people.get(uid) ?? { uid }
      return {
        accountId: uid,
        claims: () => ({ sub: uid, name, email, email_verified: emailVerified ?? true }),
      }
    },
  })
}

/** The person signs in and agrees, or does not. */
async function interact(
  provider: Provider,
  person: Person,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response)
  if (person.declines) return provider.interactionFinished(request, response, { error: 'access_denied' })
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: person.uid } })
  const grant = new provider.Grant({ accountId: person.uid, clientId: String(params.client_id) })
  grant.addOIDCScope(String(params.scope))
  const grantId = await grant.save()
  return provider.interactionFinished(request, response, { consent: { grantId } })
}

/** OAuth 2.0 with PKCE for two providers, told apart by their paths. */
class OauthProvider {
  readonly #state: IdentityProviders
  readonly #codes = new Map<string, { person: Person; challenge: string; callback: string }>()
  readonly #tokens = new Map<string, Person>()

  constructor(state: IdentityProviders) {
    this.#state = state
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://provider')
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (this.#state.githubStatus !== null && /^\/(login|api)\//.test(url.pathname))
      return void send(this.#state.githubStatus, {})
    if (url.pathname.endsWith('/authorize')) return this.#authorize(url.searchParams, response)
    if (url.pathname.endsWith('/access_token')) {
      const token = await this.#exchange(new URLSearchParams(await textOf(request)))
      return void (token === null
        ? send(400, { error: 'invalid_grant' })
        : send(200, { access_token: token, token_type: 'bearer' }))
    }
    const person = this.#tokens.get(request.headers.authorization?.replace(/^bearer /i, '') ?? '')
    if (!person || !request.headers['user-agent']) return void send(403, {})
    const { uid, name, email, emailVerified = true } = person
    switch (url.pathname) {
      case '/api/v3/user':
        return void send(200, { id: Number(uid), login: name, email: null })
      case '/api/v3/user/emails':
        return void send(200, [
          { email: 'another@example.org', primary: false, verified: true },
          ...(email ? [{ email, primary: true, verified: emailVerified }] : []),
        ])
      case '/w/rest.php/oauth2/resource/profile':
        return void send(200, { sub: Number(uid), username: name, confirmed_email: emailVerified })
      default:
        send(404, {})
    }
  }

  #authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const code = crypto.randomUUID()
    const callback = parameters.get('redirect_uri') ?? ''
    const challenge = parameters.get('code_challenge') ?? ''
    this.#codes.set(code, { person: this.#state.person, challenge, callback })
    const location = new URL(callback)
    location.searchParams.set('code', code)
    location.searchParams.set('state', parameters.get('state') ?? '')
    response.writeHead(302, { location: location.href }).end()
  }

  async #exchange(form: URLSearchParams): Promise<string | null> {
    const code = form.get('code') ?? ''
    const known = this.#codes.get(code)
    this.#codes.delete(code)
    const verifier = new TextEncoder().encode(form.get('code_verifier') ?? '')
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', verifier)).toString('base64url')
    if (known?.challenge !== challenge || known.callback !== form.get('redirect_uri')) return null
    if (!/^secret of (github|mediawiki)$/.test(form.get('client_secret') ?? '')) return null
    const token = crypto.randomUUID()
    this.#tokens.set(token, known.person)
    return token
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}
