import { resolve } from 'node:path'
import { IDENTITY_VARIABLES, type IdentityEnv } from '../src/domain/identity/configuration.ts'

/** What the environment says about a local instance. */
export interface Settings {
  port: number
  dataDir: string
  databaseUrl: string | undefined
  administrator: { login: string; email: string; password: string }
  /** `host:port,...` that uploads by address may reach although it is private. */
  fetchAllow: string
  /** Sign-in through other providers, by the names of the Workers' variables. */
  identity: IdentityEnv
}

export const PORT_DEFAULT = 8787
/** Good enough for a database on this machine only. */
export const ADMIN_PASSWORD_DEFAULT = 'graticule'

/** @throws Error when a variable cannot be understood */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    port: readPort(env.PORT),
    dataDir: resolve(env.DATA_DIR || '.data'),
    databaseUrl: readDatabaseUrl(env.DATABASE_URL),
    administrator: {
      login: 'admin',
      email: env.ADMIN_EMAIL || 'admin@example.org',
      password: env.ADMIN_PASSWORD || ADMIN_PASSWORD_DEFAULT,
    },
    fetchAllow: env.FETCH_ALLOW ?? '',
    identity: Object.fromEntries(
      IDENTITY_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
    ),
  }
}

function readPort(text: string | undefined): number {
  if (!text) return PORT_DEFAULT
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`PORT is not a port number: ${text}`)
  return port
}

function readDatabaseUrl(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error('DATABASE_URL is not of the form postgresql://user:password@host:port/database')
  }
  return text
}

/** Neon's own hosts: its driver reaches them over HTTPS without a local endpoint. */
export function isNeonHost(databaseUrl: string): boolean {
  return /(^|\.)neon\.(tech|build)$/.test(new URL(databaseUrl).hostname)
}

/** Whether the database is this machine's: the embedded one, or one at a loopback address. */
export function isDatabaseLocal(databaseUrl: string | undefined): boolean {
  if (!databaseUrl) return true
  const { hostname } = new URL(databaseUrl)
  return hostname === '' || hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
