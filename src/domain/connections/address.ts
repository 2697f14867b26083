import type { DatabaseAddress } from '../../store/external/session.ts'
import { ValidationError } from '../errors.ts'
import { isPublicHost } from '../intake/address.ts'
import { isStorableText } from '../storable-text.ts'

export const CONNECTION_URL_MAX_CHARACTERS = 2_000
const PORT = 5432
const TLS_MODES: Readonly<Record<string, boolean>> = {
  ...{ require: true, 'verify-ca': true, 'verify-full': true, disable: false },
}

/**
 * Where `postgres://user:password@host:port/database?sslmode=...` leads: TLS with a certificate that holds unless `sslmode`
 * is `disable`; other parameters mean nothing here. Private hosts are refused unless `allow` has `host:port`.
 * @throws ValidationError (`url`), which never has the password
 */
export function databaseAddress(url: string, allow: readonly string[]): DatabaseAddress {
  const fault = (message: string) => new ValidationError([{ attribute: 'url', message }])
  if (url.length > CONNECTION_URL_MAX_CHARACTERS)
    throw fault(`is longer than ${CONNECTION_URL_MAX_CHARACTERS} characters`)
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol))
    throw fault('must be postgres://user:password@host:port/database')
  const host = hostOf(parsed)
  if (host === null) throw fault('must name a host')
  const port = parsed.port === '' ? PORT : Number(parsed.port)
  const [user, password, database] = [parsed.username, parsed.password, parsed.pathname.slice(1)].map(decoded)
  if (user === null || password === null || database === null)
    throw fault('is not percent-encoded as it should be')
  if (!user) throw fault('must name a user')
  const bracketed = host.includes(':') ? `[${host}]` : host
  if (!allow.includes(`${bracketed}:${port}`) && !isPublicHost(bracketed))
    throw fault(`leads to ${host}, which is not a public host`)
  const mode = parsed.searchParams.get('sslmode') ?? 'require'
  if (!Object.hasOwn(TLS_MODES, mode))
    throw fault(`has an sslmode that is not known; there are ${Object.keys(TLS_MODES).join(', ')}`)
  return { host, port, user, password: password ?? '', database: database || user, tls: TLS_MODES[mode]! }
}

/** The host as addresses on the web have it, so that every spelling of a number is the same. */
function hostOf({ hostname }: URL): string | null {
  const web = `http://${hostname}/`
  if (hostname === '' || !URL.canParse(web)) return null
  return new URL(web).hostname.replace(/^\[(.*)\]$/, '$1')
}

/** Null for what is not percent-encoded, or has what no text of a database has. */
function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text)
    return isStorableText(plain) ? plain : null
  } catch {
    return null
  }
}
