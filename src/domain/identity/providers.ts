/** What a provider says of a person. */
export interface Profile {
  /** The provider's own id of the account, which never changes and is given to no other. */
  uid: string
  /** What the person is called there; may be empty. */
  name: string
  email: string | null
  /** Whether the provider has seen that the person reads mail to `email`. */
  emailVerified: boolean
}

interface ProviderBasics {
  /** As people know it. */
  label: string
  /** Where it is, unless the configuration names another. */
  issuer: string
  /** What is asked for; empty where the registration of the client says it. */
  scope: string
}

/** OpenID Connect: addresses by discovery, identity by the ID token, profile from the UserInfo endpoint. */
interface OpenIdProvider extends ProviderBasics {
  protocol: 'openid'
  profile(claims: Answer): Profile
}

/** OAuth 2.0 alone: identity is whose the access token is, as the provider's own API says. */
interface OauthProvider extends ProviderBasics {
  protocol: 'oauth'
  endpoints(issuer: string): { authorization: string; token: string; profile: readonly string[] }
  /** @param answers of the `profile` endpoints, in their order */
  profile(answers: readonly unknown[]): Profile
}

export type Provider = OpenIdProvider | OauthProvider
type Answer = Readonly<Record<string, unknown>>

/**
 * The providers that people may sign in through, by the names the addresses have for them.
 *
 * Sources: GitHub, "Authorizing OAuth apps" and "REST API endpoints for users"; MediaWiki, "OAuth/For Developers"
 * (OAuth 2.0) and the profile of Extension:OAuth; OpenStreetMap wiki, "OAuth"; Google, "OpenID Connect".
 */
export const PROVIDERS = {
  github: {
    label: 'GitHub',
    protocol: 'oauth',
    issuer: 'https://github.com/login/oauth',
    scope: 'user:email',
    endpoints(issuer) {
      const { origin } = new URL(issuer)
      const api = origin === 'https://github.com' ? 'https://api.github.com' : `${origin}/api/v3`
      return {
        authorization: `${issuer}/authorize`,
        token: `${issuer}/access_token`,
        profile: [`${api}/user`, `${api}/user/emails`],
      }
    },
    profile([account, emails]) {
      const { id, login } = members(account)
      const primary = list(emails).find((email) => email.primary === true)
      return {
        uid: text(id),
        name: text(login),
        email: text(primary?.email) || null,
        emailVerified: primary?.verified === true,
      }
    },
  },
  osm: {
    label: 'OpenStreetMap',
    protocol: 'openid',
    issuer: 'https://www.openstreetmap.org',
    scope: 'openid',
    profile: (claims) => standardProfile(claims, claims.preferred_username),
  },
  mediawiki: {
    label: 'Wikimedia',
    protocol: 'oauth',
    issuer: 'https://meta.wikimedia.org/w/rest.php/oauth2',
    scope: '',
    endpoints: (issuer) => ({
      authorization: `${issuer}/authorize`,
      token: `${issuer}/access_token`,
      profile: [`${issuer}/resource/profile`],
    }),
    profile([answer]) {
      const { sub, username, email, confirmed_email } = members(answer)
      return {
        uid: text(sub),
        name: text(username),
        email: text(email) || null,
        emailVerified: confirmed_email === true,
      }
    },
  },
  google: {
    label: 'Google',
    protocol: 'openid',
    issuer: 'https://accounts.google.com',
    scope: 'openid email profile',
    profile: (claims) => standardProfile(claims, claims.name),
  },
} as const satisfies Record<string, Provider>

export type ProviderName = keyof typeof PROVIDERS
export const PROVIDER_NAMES = Object.keys(PROVIDERS) as ProviderName[]
export const isProviderName = (name: string): name is ProviderName => Object.hasOwn(PROVIDERS, name)

/** OpenID Connect Core 1.0, section 5.1. */
const standardProfile = (claims: Answer, name: unknown): Profile => ({
  uid: text(claims.sub),
  name: text(name),
  email: text(claims.email) || null,
  emailVerified: claims.email_verified === true,
})

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

const members = (value: unknown): Answer =>
  typeof value === 'object' && value !== null ? (value as Answer) : {}

const list = (value: unknown): Answer[] => (Array.isArray(value) ? value.map(members) : [])
