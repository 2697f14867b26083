import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Client } from 'pg'

/** How long a connection may take to be there, a statement to be answered, and all of it together. */
export const EXTERNAL_CONNECT_MAX_MS = 8_000
export const EXTERNAL_STATEMENT_MAX_MS = 10_000
export const EXTERNAL_SESSION_MAX_MS = 25_000
/** What a database may send in a session. */
export const EXTERNAL_MAX_BYTES = 16 * 1024 * 1024
const END_MAX_MS = 1_000

/** Where a database is, and as whom to go there. */
export interface DatabaseAddress {
  host: string
  port: number
  user: string
  password: string
  database: string
  tls: boolean
}

/** A database elsewhere, for as long as a transaction that reads. */
export interface ExternalDatabase {
  execute<Row extends object>(statement: SQL): Promise<Row[]>
}

/** A database elsewhere was not there, or did not answer as it should. The cause is what was thrown. */
export class ExternalFailure extends Error {
  readonly kind: 'connecting' | 'timeout' | 'too-large' | 'statement'
  /** SQLSTATE, where the database told one. */
  readonly sqlState: string | null

  constructor(kind: ExternalFailure['kind'], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause))
    this.kind = kind
    this.cause = cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    this.sqlState = /^[0-9A-Z]{5}$/.test(code) ? code : null
  }
}

const dialect = new PgDialect()

/**
 * Does something in a read-only transaction of a database elsewhere, over a connection of its own, which is closed
 * afterwards whatever happens. What it takes in time and in bytes is bounded.
 * @throws ExternalFailure
 */
export async function withExternalDatabase<T>(
  address: DatabaseAddress,
  use: (database: ExternalDatabase) => Promise<T>,
): Promise<T> {
  // Its load costs every request of a Worker that has it at its top.
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    ...{ host: address.host, port: address.port, database: address.database },
    ...{ user: address.user, password: address.password, ssl: address.tls },
    application_name: 'graticule',
    connectionTimeoutMillis: EXTERNAL_CONNECT_MAX_MS,
    query_timeout: EXTERNAL_STATEMENT_MAX_MS,
  })
  const guard = guardOf(client)
  try {
    await guard.race(client.connect(), 'connecting')
    await guard.race(client.query(BEGINNING), 'statement')
    return await use({
      execute: async (statement) => {
        const { sql, params } = dialect.sqlToQuery(statement)
        return (await guard.race(client.query(sql, params), 'statement')).rows
      },
    })
  } finally {
    guard.end()
    await closed(client)
  }
}

/** Settings of the transaction alone, for sessions of pooled databases are shared. */
const BEGINNING = `begin transaction isolation level repeatable read read only;
  set local statement_timeout = ${EXTERNAL_STATEMENT_MAX_MS};
  set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1`

/** Ends a session that takes too long or sends too much. */
function guardOf(client: Client) {
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  const stop = (kind: ExternalFailure['kind'], message: string) => {
    broken.reject(new ExternalFailure(kind, new Error(message)))
    client.connection.stream.destroy()
  }
  let bytes = 0
  client.connection.stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength
    if (bytes > EXTERNAL_MAX_BYTES) stop('too-large', `more than ${EXTERNAL_MAX_BYTES} bytes came`)
  })
  const begunAt = Date.now()
  const timer = setTimeout(() => stop('timeout', 'it took too long'), EXTERNAL_SESSION_MAX_MS)
  // A connection that breaks while nothing waits for it is told of by the next statement.
  client.on('error', () => undefined)
  return {
    race: async <T>(work: Promise<T>, kind: 'connecting' | 'statement'): Promise<T> => {
      try {
        return await Promise.race([work, broken.promise])
      } catch (error) {
        if (error instanceof ExternalFailure) throw error
        // Whoever gives up connecting finds the connection closed.
        const isLate =
          (error instanceof Error && /timeout/i.test(error.message)) ||
          (kind === 'connecting' && Date.now() - begunAt >= EXTERNAL_CONNECT_MAX_MS)
        throw new ExternalFailure(isLate ? 'timeout' : kind, error)
      }
    },
    end: () => clearTimeout(timer),
  }
}

async function closed(client: Client): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, END_MAX_MS)
  })
  await Promise.race([client.end().catch(() => undefined), late])
  clearTimeout(timer)
  client.connection.stream.destroy()
}
