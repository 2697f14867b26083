import { SignInUnavailableError } from './errors.ts'
import { isProviderName, PROVIDER_NAMES, PROVIDERS, type Provider, type ProviderName } from './providers.ts'

type ProviderVariable = `OAUTH_${Uppercase<ProviderName>}_${'CLIENT_ID' | 'CLIENT_SECRET' | 'ISSUER'}`

/**
 * The variables that set up sign-in through other providers. `AUTH_ORIGINS` is a comma-separated list of the origins
 * that get a token without the person being asked.
 */
export type IdentityEnv = { [name in ProviderVariable | 'AUTH_ORIGINS']?: string }

const variable = (name: ProviderName, what: 'CLIENT_ID' | 'CLIENT_SECRET' | 'ISSUER') =>
  `OAUTH_${name.toUpperCase() as Uppercase<ProviderName>}_${what}` as const

export const IDENTITY_VARIABLES: readonly (keyof IdentityEnv)[] = [
  'AUTH_ORIGINS',
  ...PROVIDER_NAMES.flatMap((name) => [
    variable(name, 'CLIENT_ID'),
    variable(name, 'CLIENT_SECRET'),
    variable(name, 'ISSUER'),
  ]),
]

/** A provider with what this platform is known as there. */
export interface Registration {
  name: ProviderName
  provider: Provider
  /** Without a slash at its end. */
  issuer: string
  clientId: string
  clientSecret: string
}

/**
 * The provider of this name, as it is set up.
 * @throws SignInUnavailableError when there is none, or it is not set up
 */
export function registrationOf(env: IdentityEnv, name: string): Registration {
  if (!isProviderName(name))
    throw new SignInUnavailableError(
      `There is no sign-in through '${name.slice(0, 100)}' (known: ${PROVIDER_NAMES.join(', ')})`,
    )
  const provider: Provider = PROVIDERS[name]
  const clientId = env[variable(name, 'CLIENT_ID')]
  const clientSecret = env[variable(name, 'CLIENT_SECRET')]
  if (!clientId || !clientSecret)
    throw new SignInUnavailableError(
      `Sign-in through ${provider.label} is not set up here: ` +
        `${variable(name, 'CLIENT_ID')} and ${variable(name, 'CLIENT_SECRET')} are needed`,
    )
  const issuer = (env[variable(name, 'ISSUER')] || provider.issuer).replace(/\/+$/, '')
  return { name, provider, issuer, clientId, clientSecret }
}

/** Whether people can sign in through this provider. */
export const isSetUp = (env: IdentityEnv, name: ProviderName): boolean =>
  Boolean(env[variable(name, 'CLIENT_ID')] && env[variable(name, 'CLIENT_SECRET')])

/** Whether pages of `origin` get a token without the person being asked. */
export function isTrustedOrigin(env: IdentityEnv, origin: string): boolean {
  return (env.AUTH_ORIGINS ?? '').split(',').some((entry) => originOf(entry.trim()) === origin)
}

/** The origin of an http or https address, as a browser writes it; null for anything else. */
export function originOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const { protocol, origin } = new URL(address)
  return protocol === 'http:' || protocol === 'https:' ? origin : null
}
