import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { crc32, deflateSync } from 'node:zlib'
import { expect, inject } from 'vitest'

export const baseUrl = inject('baseUrl')

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; fails where it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what is in a body is what the tests assert
  json: any
}

type Credential = Record<string, string>

export interface Call {
  method?: string
  /** Sent as JSON. */
  json?: unknown
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
  as?: Credential
}

export async function call(path: string, { method, json, body, headers, as }: Call = {}): Promise<Answer> {
  const response = await fetch(new URL(path, baseUrl), {
    method: method ?? (json === undefined && body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...as,
      ...headers,
    },
    ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text)
    },
  }
}

export const basic = (email: string, password: string): Credential => ({
  authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`,
})

export const administrator = basic('admin@example.org', 'graticule')

export interface TestUser {
  id: number
  login: string
  email: string
  password: string
  /** Headers of HTTP Basic, which no sign-in elsewhere can void. */
  basic: Credential
}

export async function newUser(roles: string[] = []): Promise<TestUser> {
  const login = `u${randomBytes(6).toString('hex')}`
  const email = `${login}@example.org`
  const password = randomUUID()
  const request = { login, email, password }
  const made = await (roles.length === 0
    ? call('/account/sign_up', { json: request })
    : call('/account/users', { json: { ...request, roles }, as: administrator }))
  expect(made.status, made.text).toBe(201)
  return { ...request, id: made.json.id, basic: basic(email, password) }
}

export const mapBody = (attributes: Record<string, unknown>) => ({ data: { type: 'maps', attributes } })
export const gcpBody = (attributes: Record<string, unknown>) => ({ data: { type: 'gcps', attributes } })

/** Makes a map, without an image unless the attributes bring one, and returns its id. */
export async function newMap(as: Credential, attributes: Record<string, unknown> = {}): Promise<number> {
  const made = await call('/api/v1/maps', { json: mapBody({ title: 'A map', ...attributes }), as })
  expect(made.status, made.text).toBe(201)
  return Number(made.json.data.id)
}

/** Waits until a map is no longer in a status, and returns the next one. */
export async function statusAfter(id: number, passing: string): Promise<string> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const { text } = await call(`/api/v1/maps/${id}/status`)
    if (text !== passing) return text
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`map ${id} is still ${passing}`)
}

/** What a test's own server answers to a path with its query; null is 404. */
export interface Served {
  status?: number
  type: string
  bytes: Uint8Array | string
}

/** Serves one file, as `withServer` does. */
export const withFileServed = <T>(
  name: string,
  bytes: Uint8Array,
  type: string,
  use: (url: string) => Promise<T>,
): Promise<T> =>
  withServer(
    (path) => (decodeURI(path) === `/${name}` ? { type, bytes } : null),
    (origin) => use(`${origin}/${name}`),
  )

/**
 * Answers at the only loopback address that uploads may reach, while `use` runs. Test files take turns: the address may
 * be in use by another.
 */
export async function withServer<T>(
  serve: (path: string) => Served | null | Promise<Served | null>,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  const [host, port] = inject('fetchAllowed').split(':')
  const server = createServer(async (request, response) => {
    const served = await serve(request.url ?? '')
    if (served === null) response.writeHead(404).end()
    else response.writeHead(served.status ?? 200, { 'content-type': served.type }).end(served.bytes)
  })
  for (let attempt = 0; !(await listens(server, Number(port), host)); attempt++) {
    expect(attempt, `${host}:${port} stays in use`).toBeLessThan(100)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await use(`http://${host}:${port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Begins to listen; false where the address is in use. */
function listens(server: Server, port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, host, () => resolve(true))
  })
}

/** A grey gradient as an 8-bit PNG. */
export function pngImage(width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = (x * 7 + y * 3) & 255
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return new Uint8Array(
    Buffer.concat([
      signature,
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(rows)),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  const checksum = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

export const dataUri = (bytes: Uint8Array, type: string) =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`

export const notFound = (entity: string, id: number | string) => ({
  errors: [{ title: 'Not found', detail: `Couldn't find ${entity} with 'id'=${id}` }],
})
export const unauthorized = { errors: [{ title: 'Unauthorized', detail: 'Unauthorized Request' }] }
export const notSignedIn = { error: 'You need to sign in or sign up before continuing.' }

/** One object of a validation error. */
export const fault = (attribute: string, detail: string) => ({
  source: { pointer: `/data/attributes/${attribute}` },
  detail,
})
