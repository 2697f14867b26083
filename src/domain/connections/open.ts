import {
  type DatabaseAddress,
  EXTERNAL_CONNECT_MAX_MS,
  EXTERNAL_MAX_BYTES,
  EXTERNAL_STATEMENT_MAX_MS,
  type ExternalDatabase,
  ExternalFailure,
  withExternalDatabase,
} from '../../store/external/session.ts'
import { formatBytes } from '../intake/errors.ts'
import { ConnectionFailedError, type ConnectionFault } from './errors.ts'

const MESSAGE_MAX_CHARACTERS = 300

/** Reads a database elsewhere. @throws ConnectionFailedError */
export async function reading<T>(
  address: DatabaseAddress,
  use: (database: ExternalDatabase) => Promise<T>,
): Promise<T> {
  try {
    return await withExternalDatabase(address, use)
  } catch (error) {
    if (!(error instanceof ExternalFailure)) throw error
    const [fault, message] = toldOf(error, address)
    const told = address.password.length > 0 ? message.replaceAll(address.password, '...') : message
    throw new ConnectionFailedError(fault, told, error)
  }
}

/** What is wrong, and how to say it. */
function toldOf(
  failure: ExternalFailure,
  { host, port, user, database }: DatabaseAddress,
): [ConnectionFault, string] {
  const { kind, sqlState } = failure
  const said = failure.message.replaceAll(/\s+/g, ' ').slice(0, MESSAGE_MAX_CHARACTERS)
  const place = `${host}:${port}`
  if (kind === 'too-large') return ['too-large', `${place} sent more than ${formatBytes(EXTERNAL_MAX_BYTES)}`]
  if (kind === 'timeout')
    return [
      'timeout',
      `${place} did not answer in time (${EXTERNAL_CONNECT_MAX_MS / 1000} s to connect, ${EXTERNAL_STATEMENT_MAX_MS / 1000} s a statement)`,
    ]
  if (sqlState === '57014')
    return ['timeout', `${place} took more than ${EXTERNAL_STATEMENT_MAX_MS / 1000} s`]
  if (sqlState?.startsWith('28')) return ['credentials', `${place} does not let ${user} in: ${said}`]
  if (sqlState === '3D000') return ['database', `${place} has no database ${JSON.stringify(database)}`]
  if (sqlState === '42501') return ['not-permitted', `${user} may not read this at ${place}: ${said}`]
  if (sqlState !== null) return ['statement', `${place} answered: ${said}`]
  if (kind === 'connecting') return connecting(said, place)
  return ['unreachable', `the connection to ${place} broke: ${said}`]
}

function connecting(said: string, place: string): [ConnectionFault, string] {
  if (/not support SSL/i.test(said))
    return ['tls', `${place} does not encrypt connections; sslmode=disable goes without`]
  if (/ssl|tls|certificate/i.test(said)) return ['tls', `the certificate of ${place} does not hold: ${said}`]
  // A Worker is not told which of these it is.
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|cannot connect to the specified address/i.test(said))
    return ['unreachable', `${place} cannot be reached: there is no such host, or nothing listens there`]
  return ['unreachable', `${place} cannot be reached: ${said}`]
}
