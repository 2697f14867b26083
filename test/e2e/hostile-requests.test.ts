import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  administrator,
  baseUrl,
  call,
  dataUri,
  gcpBody,
  newMap,
  newUser,
  pngImage,
  statusAfter,
  type TestUser,
} from './mapwarper-client.ts'

/** What this file reads of the OpenAPI document. */
interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  anyOf?: Schema[]
  allOf?: Schema[]
  const?: unknown
}
interface Operation {
  method: string
  path: string
  pathParams: string[]
  queryParams: string[]
  /** Addresses of the members of a JSON body, and a body in which each has a value of its type. */
  body: { leaves: string[][]; valid: unknown } | null
  hasForm: boolean
}

const REQUESTS_AT_ONCE = 6
const ROUNDS = 80
/** Errors of the server that are answers of their own: an operation that a standard names and nobody offers here. */
const SPOKEN = [501]

const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '0',
      '-1',
      '1.5',
      '1e309',
      'NaN',
      'null',
      'true',
      '[]',
      '{}',
      'undefined',
      '%',
      '\u0000',
      'a\u0000b',
    ],
    ...[
      '2147483647',
      '2147483648',
      '99999999999999999999999',
      '0x10',
      '١٢',
      'ÄÖ🗺️',
      '\ud800',
      '../../etc',
      "'; --",
      '"<&>',
    ],
    ...[
      '1,2',
      '1,2,3,4',
      'a,b,c,d',
      '-180,-90,180,90',
      '1e400,0,0,0',
      ',,,',
      'EPSG:4326',
      'EPSG:0',
      'EPSG:99999999',
    ],
    'x'.repeat(3000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer().map(String),
)

const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 31,
    2 ** 53,
    [],
    {},
    [[[]]],
    { a: { b: [] } },
    [null],
    ['x'],
    [-1],
  ),
  fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
)

const hostileBody = fc.constantFrom(
  ...[
    '',
    'null',
    '[]',
    '"x"',
    '1',
    '{',
    '{"data":',
    '{"data":null}',
    '{"data":[]}',
    '{"data":{"type":1}}',
    '\u0000',
  ],
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '{"data":{"type":"maps","attributes":[]}}',
  '{"data":{"type":"maps","attributes":"x"}}',
  '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n',
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
)

const contentTypes = fc.constantFrom(
  ...[
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
  ],
  ...['text/plain', 'text/csv', 'application/vnd.api+json', 'application/octet-stream', 'nonsense'],
)

let operations: Operation[]
let owner: TestUser
/** Ids of this file's own things, by the part of a path that comes before them. */
let ids: Record<string, string>

beforeAll(async () => {
  owner = await newUser(['editor'])
  const upload = dataUri(pngImage(40, 30), 'image/png')
  const map = await newMap(owner.basic, { upload, upload_file_name: 'hostile.png' })
  const layer = await call('/api/v1/layers', {
    json: { data: { type: 'layers', attributes: { name: 'Hostile' }, map_ids: [map] } },
    as: owner.basic,
  })
  let gcp = ''
  for (const [x, y, lon, lat] of [
    [0, 0, 7, 47],
    [40, 0, 7.1, 47],
    [0, 30, 7, 46.9],
  ]) {
    const made = await call('/api/v1/gcps', {
      json: gcpBody({ map_id: map, x, y, lon, lat }),
      as: owner.basic,
    })
    gcp = made.json.data.id
  }
  await statusAfter(map, 'loading')
  expect((await call(`/api/v1/maps/${map}/rectify`, { method: 'PATCH', as: owner.basic })).status).toBe(200)
  ids = {
    maps: String(map),
    layers: layer.json.data.id,
    mosaics: layer.json.data.id,
    gcps: gcp,
    users: String(owner.id),
  }
  operations = await readOperations()
  expect(operations.length).toBeGreaterThan(80)
})

async function readOperations(): Promise<Operation[]> {
  const { json: document } = await call('/docs/mapwarper/openapi.json')
  const resolve = (schema: Schema): Schema =>
    schema.$ref ? resolve(document.components.schemas[schema.$ref.split('/').at(-1)!]) : schema
  const found: Operation[] = []
  for (const [path, item] of Object.entries<Record<string, never>>(document.paths))
    for (const [method, operation] of Object.entries<{
      parameters?: { name: string; in: string }[]
      requestBody?: { content: Record<string, { schema: Schema }> }
    }>(item)) {
      const named = (place: string) =>
        (operation.parameters ?? []).filter((parameter) => parameter.in === place).map(({ name }) => name)
      const content = operation.requestBody?.content ?? {}
      const schema = content['application/json']?.schema
      found.push({
        ...{ method: method.toUpperCase(), path, pathParams: named('path'), queryParams: named('query') },
        body: schema ? { leaves: leavesOf(schema, resolve), valid: validOf(schema, resolve) } : null,
        hasForm: Object.keys(content).some((type) => type.includes('form')),
      })
    }
  return found
}

/** The members of a schema and of the parts it is made of. */
function membersOf(schema: Schema, resolve: (schema: Schema) => Schema): [string, Schema][] {
  const parts = [schema, ...(schema.allOf ?? []).map(resolve)]
  return parts.flatMap((part) => Object.entries(part.properties ?? {}))
}

function leavesOf(given: Schema, resolve: (schema: Schema) => Schema, at: string[] = []): string[][] {
  const below = membersOf(resolve(given), resolve).flatMap(([name, member]) =>
    leavesOf(member, resolve, [...at, name]),
  )
  return at.length > 0 ? [at, ...below] : below
}

function validOf(given: Schema, resolve: (schema: Schema) => Schema): unknown {
  const schema = resolve(given)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return validOf(schema.anyOf[0]!, resolve)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const members = membersOf(schema, resolve)
  if (type === 'object' || members.length > 0)
    return Object.fromEntries(members.map(([name, member]) => [name, validOf(member, resolve)]))
  if (type === 'array') return schema.items ? [validOf(schema.items, resolve)] : []
  if (type === 'number' || type === 'integer') return 1
  if (type === 'boolean') return true
  return 'text'
}

/** One request that somebody might send: which values stand where the documentation wants something else. */
const requests = fc.record({
  operation: fc.nat(),
  who: fc.constantFrom('nobody', 'owner', 'administrator'),
  /** Which of the operation's parameters and members, counted through, gets the hostile value. */
  target: fc.nat(),
  text: hostileText,
  json: hostileJson,
  raw: fc.option(fc.tuple(hostileBody, contentTypes), { freq: 4 }),
})
type HostileRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never

const own = (path: string): string => {
  const family = path.split('/{')[0]!.split('/').at(-1)!
  return ids[family] ?? ids.maps!
}

function withMember(body: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value
  const members = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  return { ...members, [name]: withMember((members as Record<string, unknown>)[name], rest, value) }
}

async function send(request: HostileRequest): Promise<{ status: number; what: string; text: string }> {
  const operation = operations[request.operation % operations.length]!
  const { method, path, pathParams, queryParams, body } = operation
  const targets = [
    ...pathParams.map((name) => ['path', name] as const),
    ...queryParams.map((name) => ['query', name] as const),
    ...(body?.leaves ?? []).map((leaf) => ['body', leaf] as const),
  ]
  const [place, name] = targets[request.target % Math.max(1, targets.length)] ?? ['none', '']
  const hostile = encodeURIComponent(request.text.toWellFormed())
  const address = path.replaceAll(/\{(\w+)\}/g, (_, param: string) => {
    if (place === 'path' && param === name) return hostile
    if (param === 'id') return own(path)
    return (
      {
        z: '9',
        x: '266',
        y: '179',
        region: 'full',
        size: 'max',
        rotation: '0',
        quality: 'default',
        format: 'jpg',
      }[param] ?? '1'
    )
  })
  const query = place === 'query' ? `?${String(name)}=${hostile}` : ''
  const credential = { nobody: {}, owner: owner.basic, administrator }[request.who]
  const json =
    body && (place === 'body' ? withMember(body.valid, name as string[], request.json) : body.valid)
  const isRead = method === 'GET' || method === 'HEAD'
  const response = await fetch(`${baseUrl}${address}${query}`, {
    method,
    redirect: 'manual',
    headers: {
      ...credential,
      ...(isRead ? {} : { 'content-type': request.raw ? request.raw[1] : 'application/json' }),
    },
    ...(isRead ? {} : { body: request.raw ? request.raw[0] : JSON.stringify(json ?? {}) }),
  })
  const text = await response.text()
  return { status: response.status, what: `${method} ${address}${query} as ${request.who}`, text }
}

/** What would end this file's own map, layer or point, or the session of the administrator that all tests share. */
const SPARED = ['DELETE /api/v1/auth/sign_out', 'POST /api/v1/auth/sign_in', 'POST /u/sign_in']

describe('every documented address', () => {
  test('answers whatever it is sent with an answer of its own', async () => {
    const isSpared = ({ method, path }: Operation) =>
      SPARED.includes(`${method} ${path}`) || (method === 'DELETE' && path.endsWith('{id}'))
    operations = operations.filter((operation) => !isSpared(operation))
    await fc.assert(
      fc.asyncProperty(
        fc.array(requests, { minLength: REQUESTS_AT_ONCE, maxLength: REQUESTS_AT_ONCE }),
        async (together) => {
          for (const { status, what, text } of await Promise.all(together.map(send)))
            if (status >= 500 && !SPOKEN.includes(status))
              throw new Error(`${status}: ${what}\n${text.slice(0, 300)}`)
        },
      ),
      { numRuns: ROUNDS, endOnFailure: true },
    )
  })

  test('reads with hostile values in every single parameter', async () => {
    const values = [
      '',
      '-1',
      '99999999999999999999',
      'x'.repeat(3000),
      'a\u0000b',
      'ÄÖ🗺️',
      '[]',
      "'; --",
      '1e309',
    ]
    const addresses = operations
      .filter(({ method }) => method === 'GET')
      .flatMap(({ path, queryParams }) => {
        const address = path.replaceAll(/\{(\w+)\}/g, (_, param: string) =>
          param === 'id' ? own(path) : '1',
        )
        return queryParams.flatMap((name) =>
          values.map((value) => `${address}?${name}=${encodeURIComponent(value)}`),
        )
      })
    const failed: string[] = []
    const waiting = [...new Set(addresses)]
    const work = async () => {
      for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
        const { status } = await fetch(baseUrl + address, { headers: administrator, redirect: 'manual' })
        if (status >= 500 && !SPOKEN.includes(status)) failed.push(`${status} ${address.slice(0, 120)}`)
      }
    }
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work))
    expect(failed).toEqual([])
  })
})
