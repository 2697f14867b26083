import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import * as schema from './schema.ts'

export interface DatabaseEnv {
  DATABASE_URL: string
  /** `host:port` of a local Neon-compatible endpoint; unset in production, where the driver finds Neon by itself. */
  NEON_LOCAL?: string
}

/**
 * A stateless handle: each statement, or each `batch` of statements in one transaction, is one HTTP round trip.
 */
export function openDatabase(env: DatabaseEnv) {
  if (env.NEON_LOCAL) {
    const endpoint = `http://${env.NEON_LOCAL}/sql`
    neonConfig.fetchEndpoint = () => endpoint
  }
  return drizzle(neon(env.DATABASE_URL), { schema })
}

export type Database = ReturnType<typeof openDatabase>

/** The Postgres error under drizzle's wrapper, if that is what was thrown. */
export function postgresError(error: unknown): { code: string; constraint?: string; message: string } | null {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return null
  const constraint =
    'constraint' in cause && typeof cause.constraint === 'string' ? cause.constraint : undefined
  return { code: cause.code, message: cause.message, ...(constraint ? { constraint } : {}) }
}

/** SQLSTATE of a unique constraint that was hurt. */
export const UNIQUE_VIOLATION = '23505'
/** SQLSTATE of what the libraries of geometry and projections say. */
export const INTERNAL_ERROR = 'XX000'
