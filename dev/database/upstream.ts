import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import pg from 'pg'
import { startup } from './wire-messages.ts'

/**
 * Opens the byte stream of a Postgres connection, before its startup message: over TCP or a Unix socket, and inside
 * TLS where the address' `sslmode` asks for it.
 */
export async function connectUpstream(databaseUrl: string): Promise<Socket> {
  const { host, port, ssl } = clientSettings(databaseUrl)
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port })
  socket.setNoDelay(true)
  await once(socket, 'connect')
  if (!ssl) return socket
  const request = Buffer.alloc(8)
  request.writeInt32BE(8, 0)
  request.writeInt32BE(startup.sslRequest, 4)
  socket.write(request)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (answer.toString('latin1') !== 'S') throw new Error(`${host}:${port} does not offer TLS`)
  const secure = connectTls({ ...(ssl === true ? {} : ssl), socket, servername: host })
  await once(secure, 'secureConnect')
  return secure
}

/** How pg itself reads the address, its defaults and PG* variables included. */
function clientSettings(databaseUrl: string): {
  host: string
  port: number
  ssl: boolean | ConnectionOptions
} {
  const { host, port, ssl } = new pg.Client({ connectionString: databaseUrl })
  return { host, port, ssl }
}
