import { beforeAll, describe, expect, it } from 'vitest'
import { type Operation, readOperations } from './documented-operations.ts'
import {
  addRows,
  anonymous,
  clientOf,
  type GisCloudAnswer,
  type GisCloudClient,
  type GisCloudUser,
  idIn,
  makeLayer,
  makeMap,
  makeTable,
  newGisCloudUser,
  type RequestBody,
  share,
} from './giscloud-client.ts'
import { pngImage } from './mapwarper-client.ts'

/** The columns of guests who hold one permission each, on the map alone. */
const GRANTS = ['READ', 'EDIT', 'INSERT', 'UPDATE', 'DELETE', 'EXPORT', 'SHARE']
/** Who is refused everything of others, and so can be refused the same things. */
const REFUSED = ['stranger', 'anonymous', 'revoked']
const MAP_COLUMNS = ['owner', ...GRANTS, ...REFUSED]
const OWN_COLUMNS = ['owner', ...REFUSED]

/**
 * What is answered of a private map, with a layer of a private table, in the order of the columns. There are no jobs; a
 * buffer takes EDIT and EXPORT, and who may SHARE passes on what is held alone, which EXPORT is not.
 */
const OF_MAPS: Record<string, string> = {
  'GET /1/maps/{id}': '200 200 200 404 200 200 200 200 404 404 401',
  'PUT /1/maps/{id}': '200 403 200 404 403 403 403 403 404 404 401',
  'DELETE /1/maps/{id}': '200 403 403 404 403 403 403 403 404 404 401',
  'DELETE /1/map_cache/{id}/{init}': '204 403 204 404 403 403 403 403 404 404 401',
  'GET /1/maps/{id}/layers': '200 200 200 404 200 200 200 200 404 404 401',
  'POST /1/maps/{id}/layers': '201 403 201 404 403 403 403 403 404 401 401',
  'GET /1/layers/{id}': '200 200 200 404 200 200 200 200 404 404 401',
  'PUT /1/layers/{id}': '204 403 204 404 403 403 403 403 404 404 401',
  'DELETE /1/layers/{id}': '204 403 204 404 403 403 403 403 404 404 401',
  'GET /1/layers/{id}/columns': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/resources/{resource}/options': '200 200 200 404 200 200 200 200 404 404 401',
  'POST /1/resources/{resource}/options': '201 403 201 404 403 403 403 403 404 404 401',
  'GET /1/resources/{resource}/options/{id}': '200 200 200 404 200 200 200 200 404 404 401',
  'PUT /1/resources/{resource}/options/{id}': '204 403 204 404 403 403 403 403 404 404 401',
  'DELETE /1/resources/{resource}/options/{id}': '204 403 204 404 403 403 403 403 404 404 401',
  'GET /1/resources/{resource}/permissions': '200 403 403 404 403 403 403 200 404 404 401',
  'POST /1/resources/{resource}/permissions': '201 403 403 404 403 403 403 403 404 404 401',
  'GET /1/resources/{resource}/permissions/{share}': '200 403 403 404 403 403 403 200 404 404 401',
  'DELETE /1/resources/{resource}/permissions/{share}': '204 403 403 404 403 403 403 204 404 404 401',
  'POST /1/layers/{id}/buffer': '201 403 403 404 403 403 403 403 404 404 401',
  'GET /1/layers/{id}/buffer/jobs/{job}': '404 404 404 404 404 404 404 404 404 404 401',
  'GET /1/layers/{id}/export.{format}': '200 403 403 404 403 403 200 403 404 404 401',
  'GET /1/layers/{id}/export.{format}/jobs/{job}': '404 404 404 404 404 404 404 404 404 404 401',
  'DELETE /1/layers/{id}/export.{format}/jobs/{job}': '404 404 404 404 404 404 404 404 404 404 401',
  'GET /1/layers/{id}/features': '200 200 200 404 200 200 200 200 404 404 401',
  'POST /1/layers/{id}/features': '201 403 403 201 403 403 403 403 404 404 401',
  'GET /1/layers/{id}/features/{feature}': '200 200 200 404 200 200 200 200 404 404 401',
  'PUT /1/layers/{id}/features/{feature}': '200 403 403 404 200 403 403 403 404 404 401',
  'DELETE /1/layers/{id}/features/{feature}': '204 403 403 404 403 204 403 403 404 404 401',
  'GET /1/layers/{id}/features/{feature}/{attribute}/{file}': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/maps/{id}/render.png': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/layers/{id}/render.png': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/maps/{id}/render.iframe': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/maps/{id}/style': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/layers/{id}/render.iframe': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/layers/{id}/style': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/layers/{id}/rules/{rule}/{part}': '200 200 200 404 200 200 200 200 404 404 401',
  'GET /1/maps/{id}/page.css': '200 200 200 404 200 200 200 200 404 404 401',
}

/**
 * What is answered of things that are somebody's own; a map passes none of its rights on to the address of a table. Nobody
 * has a connection.
 */
const OF_OWN_THINGS: Record<string, string> = {
  'GET /1/datasources/{id}': '200 404 404 401',
  'PUT /1/datasources/{id}': '204 404 404 401',
  'DELETE /1/datasources/{id}': '204 404 404 401',
  'GET /1/keys/{id}': '200 404 401 401',
  'DELETE /1/keys/{id}': '204 404 401 401',
  'GET /1/users/{id}': '200 404 404 401',
  'PUT /1/users/{id}': '200 404 401 401',
  'DELETE /1/users/{id}': '204 404 401 401',
  'GET /1/roles/{id}': '200 404 404 401',
  'PUT /1/roles/{id}': '200 404 401 401',
  'DELETE /1/roles/{id}': '204 404 401 401',
  'GET /1/roles/{id}/users': '200 404 401 401',
  'POST /1/roles/{id}/users': '201 404 401 401',
  'DELETE /1/roles/{id}/users/{user_id}': '204 404 401 401',
  'GET /1/oauth2_clients/{id}': '200 404 401 401',
  'DELETE /1/oauth2_clients/{id}': '204 404 401 401',
  'GET /1/userapprovedapps/{id}': '200 404 401 401',
  'DELETE /1/userapprovedapps/{id}': '204 404 401 401',
  'GET /1/storage/fs/{path}': '200 404 401 401',
  'POST /1/storage/fs/{path}': '201 201 401 401',
  'DELETE /1/storage/fs/{path}': '204 404 401 401',
  'GET /1/tables/{name}': '200 404 404 401',
  'DELETE /1/tables/{name}': '204 404 404 401',
  'GET /1/tables/{name}/rows': '200 404 404 401',
  'POST /1/tables/{name}/rows': '201 404 404 401',
  'DELETE /1/tables/{name}/rows': '204 404 404 401',
  'GET /1/tables/{name}/rows.csv': '200 404 404 401',
  'GET /1/tables/{name}/rows/{id}': '200 404 404 401',
  'PUT /1/tables/{name}/rows/{id}': '204 404 404 401',
  'DELETE /1/tables/{name}/rows/{id}': '204 404 404 401',
  'GET /1/connections/{id}': '404 404 401 401',
  'DELETE /1/connections/{id}': '404 404 401 401',
}

/** Other addresses of an operation that is in one of the tables. */
const ALIASES: Record<string, string> = {
  'GET /1/resources/{resource}/permission': 'GET /1/resources/{resource}/permissions',
  'POST /1/resources/{resource}/permission': 'POST /1/resources/{resource}/permissions',
  'GET /1/resources/{resource}/permission/{share}': 'GET /1/resources/{resource}/permissions/{share}',
  'DELETE /1/resources/{resource}/permission/{share}': 'DELETE /1/resources/{resource}/permissions/{share}',
  'DELETE /1/keys/rows/{id}': 'DELETE /1/keys/{id}',
  'GET /1/maps/{id}/render.jpg': 'GET /1/maps/{id}/render.png',
  'GET /1/maps/{id}/render.jpeg': 'GET /1/maps/{id}/render.png',
  'GET /1/layers/{id}/render.jpg': 'GET /1/layers/{id}/render.png',
  'GET /1/layers/{id}/render.jpeg': 'GET /1/layers/{id}/render.png',
}

const BODIES: Record<string, RequestBody> = {
  'PUT /1/maps/{id}': { name: 'Another name' },
  'POST /1/maps/{id}/layers': { name: 'A folder', type: 'folder' },
  'PUT /1/layers/{id}': { name: 'Another name' },
  'POST /1/resources/{resource}/options': { option_name: 'B', option_value: '1', option_type: 1 },
  'PUT /1/resources/{resource}/options/{id}': { option_value: '2' },
  'POST /1/layers/{id}/buffer': { name: 'Around', size: 1 },
  'POST /1/layers/{id}/features': { data: { name: 'x' }, geometry: 'POINT(1 2)' },
  'PUT /1/layers/{id}/features/{feature}': { data: { value: 7 } },
  'PUT /1/datasources/{id}': { name: 'Another name' },
  'PUT /1/users/{id}': { firstname: 'Ada' },
  'PUT /1/roles/{id}': { name: 'Another name' },
  'POST /1/tables/{name}/rows': { data: { name: 'x' } },
  'PUT /1/tables/{name}/rows/{id}': { data: { value: 7 } },
  'POST /1/storage/fs/{path}': new URLSearchParams({ filename: 'b.txt', content: 'b' }),
}

/** What the addresses of one column are made of. */
interface World {
  client: GisCloudClient
  /** Who asks for a user; in the owner's column it is the user. */
  self: GisCloudClient
  /** By parameter, or for `id` by the part of the path before it. */
  things: Record<string, string | number>
  bodies: Record<string, RequestBody>
}

let owner: GisCloudUser
let guest: GisCloudUser
/** Somebody things are passed on to. */
let third: GisCloudUser
let revoked: GisCloudClient
let operations: Operation[]

beforeAll(async () => {
  ;[owner, guest, third, operations] = await Promise.all([
    newGisCloudUser(),
    newGisCloudUser(),
    newGisCloudUser(),
    readOperations('/docs/giscloud/openapi.json'),
  ])
  const key = await owner.post('/1/keys.json')
  revoked = clientOf({ 'API-Key': key.body.value })
  expect((await owner.delete(key.headers.get('location')!)).status).toBe(204)
  const icon = new FormData()
  icon.set('file', new Blob([pngImage(8, 8)]), 'icon.png')
  await Promise.all([owner.post('/1/storage/fs', icon), upload(owner, 'page.css', 'body{}')])
})

const upload = (user: GisCloudClient, filename: string, content: string, folder = '') =>
  user.post(`/1/storage/fs${folder}`, new URLSearchParams({ filename, content }))

const nameOf = ({ method, path }: Operation) => `${method} ${path}`
const clientOfColumn = (column: string): GisCloudClient =>
  column === 'anonymous' ? anonymous : column === 'revoked' ? revoked : column === 'owner' ? owner : guest

/** A map of the owner's with everything under it, on which the guest holds what the column says. */
async function mapWorld(column: string): Promise<World> {
  const [table, map] = await Promise.all([makeTable(owner), makeMap(owner)])
  const layers = () => makeLayer(owner, map, table, { styles: [{ expression: '', url: 'icon.png' }] })
  const [[feature], layer, option, shared] = await Promise.all([
    addRows(owner, table, [{ data: { name: 'a.txt', value: 1 }, geometry: 'POINT(16 43)' }]),
    layers(),
    owner.post(`/1/resources/${map}/options.json`, { option_name: 'A', option_value: '1', option_type: 1 }),
    share(owner, map, third.username, 'READ'),
    GRANTS.includes(column) ? share(owner, map, guest.username, column) : undefined,
  ])
  await upload(owner, 'a.txt', 'a', `/media/${layer}`)
  const client = clientOfColumn(column)
  return {
    ...{ client, self: client },
    things: {
      ...{ maps: map, map_cache: map, layers: layer, options: idIn(option), resource: map, share: shared },
      ...{
        feature: feature!,
        attribute: 'name',
        file: 'a.txt',
        init: 2,
        format: 'csv',
        rule: 0,
        part: 'icon',
      },
    },
    bodies: {
      'POST /1/resources/{resource}/permissions': { username: third.username, permission: 'EXPORT' },
    },
  }
}

/** One of everything that is the owner's alone; the table has no layer. */
async function ownWorld(column: string): Promise<World> {
  const account = column === 'owner' ? await newGisCloudUser() : third
  const [key, client, datasource, role, table] = await Promise.all([
    owner.post('/1/keys.json'),
    owner.post('/1/oauth2_clients.json', { name: 'An app', redirect_uri: 'https://app.example/' }),
    owner.post('/1/datasources.json', { name: 'A service', type: 70, params: '{}' }),
    owner.post('/1/roles.json', { name: `Role of ${column}` }),
    makeTable(owner),
    upload(owner, 'a.txt', 'a', `/${column}`),
  ])
  const [[row], approval] = await Promise.all([
    addRows(owner, table, [{ data: { name: 'x' }, geometry: 'POINT(1 2)' }]),
    owner.post('/1/userapprovedapps.json', { client_id: idIn(client) }),
    owner.post(`/1/roles/${idIn(role)}/users.json`, { username: account.username }),
  ])
  const asking = clientOfColumn(column)
  return {
    ...{ client: asking, self: column === 'owner' ? account : asking },
    things: {
      ...{ keys: idIn(key), oauth2_clients: idIn(client), userapprovedapps: idIn(approval) },
      ...{ datasources: idIn(datasource), roles: idIn(role), user_id: account.account.id, name: table },
      ...{ rows: row!, users: account.account.id, path: `${column}/a.txt` },
    },
    bodies: { 'POST /1/roles/{id}/users': { username: guest.username } },
  }
}

const addressOf = ({ method, path }: Operation, { things }: World): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    // Files go into a folder.
    if (parameter === 'path' && method === 'POST') return 'uploads'
    const before = path.split(`/{${parameter}}`)[0]!.split('/').at(-1)!
    return String((parameter === 'id' ? things[before] : things[parameter]) ?? 0)
  })

/** Their end is the end of other things; the last of them ends most. */
const LAST = ['/1/oauth2_clients/{id}', '/1/layers/{id}', '/1/maps/{id}']

/** Reads first, then what changes, then what deletes, the deepest first. */
const rank = ({ method, path }: Operation): number =>
  method === 'GET' ? 0 : method === 'DELETE' ? 100 * (2 + LAST.indexOf(path)) - path.split('/').length : 1

async function ask(operation: Operation, world: World): Promise<GisCloudAnswer> {
  const { method, path } = operation
  const name = nameOf(operation)
  const address = addressOf(operation, world)
  const body = world.bodies[name] ?? BODIES[name]
  const client = path === '/1/users/{id}' ? world.self : world.client
  switch (method) {
    case 'GET':
      return client.get(address + (path.endsWith('page.css') ? '?style=page.css' : ''))
    case 'DELETE':
      return client.delete(address)
    default:
      expect(body, `a body of ${name}`).toBeDefined()
      return method === 'POST' ? client.post(address, body) : client.put(address, body)
  }
}

/** The statuses of every operation of a table, in the order of the columns. */
async function matrix(
  expected: Record<string, string>,
  columns: string[],
  worldOf: (column: string) => Promise<World>,
): Promise<Record<string, string>> {
  const asked = operations.filter((operation) => nameOf(operation) in expected)
  const inOrder = asked.toSorted((a, b) => rank(a) - rank(b))
  const refused = worldOf('stranger')
  const statuses = await Promise.all(
    columns.map(async (column) => {
      const client = clientOfColumn(column)
      const world = REFUSED.includes(column)
        ? { ...(await refused), client, self: client }
        : await worldOf(column)
      const found: Record<string, number> = {}
      for (const operation of inOrder) found[nameOf(operation)] = (await ask(operation, world)).status
      return found
    }),
  )
  return Object.fromEntries(
    Object.keys(expected).map((name) => [name, statuses.map((found) => found[name]).join(' ')]),
  )
}

describe('every operation with an id', () => {
  it('is in one of the tables', () => {
    const named = operations.filter(({ path }) => path.includes('{')).map(nameOf)
    const told = [OF_MAPS, OF_OWN_THINGS, ALIASES].flatMap(Object.keys)
    expect(told.toSorted()).toEqual(named.toSorted())
    for (const name of Object.values(ALIASES)) expect({ ...OF_MAPS, ...OF_OWN_THINGS }).toHaveProperty([name])
  })

  it('answers of maps, and what is in them, what is granted on the map', async () => {
    expect(await matrix(OF_MAPS, MAP_COLUMNS, mapWorld)).toEqual(OF_MAPS)
  })

  it('answers of what is somebody’s own to nobody else', async () => {
    expect(await matrix(OF_OWN_THINGS, OWN_COLUMNS, ownWorld)).toEqual(OF_OWN_THINGS)
  })
})
