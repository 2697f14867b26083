import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { type Answer, baseUrl, type Call, call, newUser, type TestUser } from './mapwarper-client.ts'

export interface GisCloudAnswer extends Omit<Answer, 'json'> {
  /** The parsed body; null where there is none or it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what is in a body is what the tests assert
  body: any
}

/** An object is sent as JSON, anything else as it is. */
export type RequestBody = NonNullable<RequestInit['body']> | object

/** Sends requests under one credential; addresses are whole, `/1/maps.json`. */
export interface GisCloudClient {
  credential: Record<string, string>
  get(path: string, headers?: Record<string, string>): Promise<GisCloudAnswer>
  post(path: string, body?: RequestBody, headers?: Record<string, string>): Promise<GisCloudAnswer>
  put(path: string, body?: RequestBody, headers?: Record<string, string>): Promise<GisCloudAnswer>
  delete(path: string, headers?: Record<string, string>): Promise<GisCloudAnswer>
}

export interface GisCloudUser extends GisCloudClient {
  account: TestUser
  /** What one shares with. */
  username: string
  key: string
}

async function send(
  method: string,
  path: string,
  as: Record<string, string>,
  body?: RequestBody,
  headers: Record<string, string> = {},
): Promise<GisCloudAnswer> {
  const request: Call = { method, as, headers }
  if (body !== undefined) {
    const isPlain = typeof body === 'object' && [Object.prototype, Array.prototype].includes(proto(body))
    if (isPlain) request.json = body
    else request.body = body as NonNullable<RequestInit['body']>
  }
  // Joined as it is: what begins with two slashes would be resolved to another host.
  const answer = await call(baseUrl + path, request)
  const { status, headers: answered, text } = answer
  return { status, headers: answered, text, body: jsonOrNull(text) }
}

const proto = (value: object) => Object.getPrototypeOf(value)

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const clientOf = (credential: Record<string, string>): GisCloudClient => ({
  credential,
  get: (path, headers) => send('GET', path, credential, undefined, headers),
  post: (path, body, headers) => send('POST', path, credential, body, headers),
  put: (path, body, headers) => send('PUT', path, credential, body, headers),
  delete: (path, headers) => send('DELETE', path, credential, undefined, headers),
})

export const anonymous = clientOf({})

/** Signs somebody up and gives them an API key, under which everything is sent. */
export async function newGisCloudUser(roles: string[] = []): Promise<GisCloudUser> {
  const account = await newUser(roles)
  const made = await clientOf(account.basic).post('/1/keys.json')
  expect(made.status, made.text).toBe(201)
  const key: string = made.body.value
  return { ...clientOf({ 'API-Key': key }), account, username: account.login, key }
}

/** The id of what has been made: the last part of its address. */
export function idIn(made: GisCloudAnswer): number {
  expect(made.status, made.text).toBe(201)
  const id = /\/(\d+)$/.exec(made.headers.get('location') ?? '')?.[1]
  expect(id, `Location: ${made.headers.get('location')}`).toBeDefined()
  return Number(id)
}

/** Makes a table of points in EPSG:4326 with columns `name` and `value`, and answers with its name. */
export async function makeTable(user: GisCloudClient, members: object = {}): Promise<string> {
  const name = `t${randomBytes(6).toString('hex')}`
  const columns = { name: { type: 'text' }, value: { type: 'number' } }
  const table = { name, geometry: 'POINT', srid: 4326, columns, ...members }
  const made = await user.post('/1/tables.json', table)
  expect(made.status, made.text).toBe(201)
  return table.name
}

export interface RowInput {
  data: Record<string, unknown>
  /** Well-known text. */
  geometry?: string
}

/** Adds rows, one after the other, and answers with their ids. */
export async function addRows(user: GisCloudClient, table: string, rows: RowInput[]): Promise<number[]> {
  const ids: number[] = []
  for (const row of rows) ids.push(idIn(await user.post(`/1/tables/${table}/rows.json`, row)))
  return ids
}

export const makeMap = async (user: GisCloudClient, members: object = {}): Promise<number> =>
  idIn(await user.post('/1/maps.json', { name: 'A map', ...members }))

/** Puts a table into a map as a layer of points, unless `members` make it another. */
export const makeLayer = async (
  user: GisCloudClient,
  map: number,
  table: string,
  members: object = {},
): Promise<number> => {
  const source = JSON.stringify({ type: 'pg', src: table })
  return idIn(
    await user.post('/1/layers.json', { mid: map, name: 'A layer', type: 'point', source, ...members }),
  )
}

/** Grants a permission (`READ`, `EDIT`, ...) and answers with its `share_id`. */
export const share = async (
  user: GisCloudClient,
  resource: number,
  username: string,
  permission: string,
): Promise<number> =>
  idIn(await user.post(`/1/resources/${resource}/permissions.json`, { username, permission }))
