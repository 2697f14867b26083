import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { answerSql } from './neon-http.ts'
import { connectUpstream } from './upstream.ts'

const POOL_MAX_CONNECTIONS = 8
/** Idle connections of the Workers are kept until they end: one that ends as it is used again is a failed request. */
const NO_TIMEOUT_MS = 0

/**
 * Neon's two faces in front of any Postgres: `POST /sql` for the HTTP driver and a WebSocket that carries the wire
 * protocol for interactive transactions. Listens on a free port of the loopback interface at once; what arrives
 * before the database is there waits for it.
 *
 * @param database resolves with the Postgres address once it may be used
 * @returns the port
 */
export async function startNeonServer(database: Promise<string>): Promise<number> {
  const pool = database.then(openPool)
  pool.catch(() => {})
  const server = createServer((request, response) => void answer(pool, request, response))
  server.keepAliveTimeout = NO_TIMEOUT_MS
  const sockets = new WebSocketServer({ server, verifyClient: ({ origin }: { origin?: string }) => !origin })
  sockets.on('connection', (socket) => void relay(socket, database))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_MAX_CONNECTIONS })
  pool.on('error', (error) => console.error(`Lost a database connection: ${error.message}`))
  return pool
}

async function answer(
  pool: Promise<pg.Pool>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isSql = request.method === 'POST' && request.url === '/sql'
  const { status, body } = isSql
    ? await answerSql(await pool, request)
    : { status: 404, body: { message: 'POST /sql and WebSocket only' } }
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Carries bytes both ways; whichever side ends, ends the other. */
async function relay(socket: WebSocket, database: Promise<string>): Promise<void> {
  const early: Buffer[] = []
  const hold = (data: RawData) => early.push(data as Buffer)
  socket.on('message', hold)
  try {
    const upstream = await connectUpstream(await database)
    upstream.on('data', (data: Buffer) => socket.send(data))
    upstream.on('close', () => socket.close(1000))
    upstream.on('error', () => socket.close(1011))
    socket.off('message', hold)
    for (const data of early) upstream.write(data)
    socket.on('message', (data: RawData) => upstream.write(data as Buffer))
    socket.on('close', () => upstream.destroy())
    socket.on('error', () => upstream.destroy())
    if (socket.readyState !== socket.OPEN) upstream.destroy()
  } catch (error) {
    console.error(`Cannot reach the database: ${error instanceof Error ? error.message : String(error)}`)
    socket.close(1011)
  }
}
