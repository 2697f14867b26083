import { beforeAll, describe, expect, it } from 'vitest'
import { zipFile } from '../support/zip-file.ts'
import { type Operation, readOperations } from './documented-operations.ts'
import { clientOf } from './giscloud-client.ts'
import { type HostileScene, readWithHostileValues, sendHostileRequests } from './hostile-client.ts'
import {
  type AppsCall,
  type AppsClient,
  appsAdministrator,
  createApp,
  newAppsUser,
  setState,
  stranger,
} from './mapapps-client.ts'

/** Who asks for an app that is shared with a group: two are in it, an editor and one who is not. */
const COLUMNS = ['owner', 'administrator', 'editor', 'editor elsewhere', 'member', 'user', 'nobody'] as const
type Column = (typeof COLUMNS)[number]

/** What is answered in the order of the columns while the app is a draft, and once it is published. */
interface Expected {
  draft: string
  published: string
}

const SEEN: Expected = {
  draft: '200 200 200 404 404 404 401',
  published: '200 200 200 404 200 404 401',
}
const EDITED: Expected = {
  draft: '200 200 200 404 404 404 401',
  published: '200 200 200 404 403 404 401',
}

const EXPECTED: Record<string, Expected> = {
  'GET /resources/apps/{appId}': SEEN,
  'GET /resources/apps/{appId}.json': SEEN,
  'GET /resources/apps/{appId}/app.json': SEEN,
  'GET /resources/apps/{appId}/index.html': SEEN,
  'GET /resources/apps/{appId}/thumbnail.png': SEEN,
  'GET /resources/apps/{appId}/{resourcePath}': SEEN,
  'PUT /resources/apps/{appId}': EDITED,
  'PUT /resources/apps/{appId}/app.json': EDITED,
  'GET /resources/apps/{appId}/$raw/$index': EDITED,
  'GET /resources/apps/{appId}/$raw/{resourcePath}': EDITED,
  'PUT /resources/apps/{appId}/$raw/{resourcePath}': EDITED,
  'POST /resources/apps/{appId}/$raw/{resourcePath}': EDITED,
  'DELETE /resources/apps/{appId}/$raw/{resourcePath}': EDITED,
  'GET /resources/apps/{appId}.zip': EDITED,
  'POST /resources/apps/{appId}.zip': EDITED,
  'POST /resources/apps/{appId}/preoptimizedState': EDITED,
  // Whoever may make apps is told that the id is taken, as in answers of 200.
  'POST /resources/apps/{appId}': {
    draft: '200 200 200 200 403 403 401',
    published: '200 200 200 200 403 403 401',
  },
  'DELETE /resources/apps/{appId}': {
    draft: '204 204 403 404 404 404 401',
    published: '204 204 403 404 403 404 401',
  },
}

const PATH = 'notes/a.txt'
let clients: Record<Column, AppsClient>
let group: string
let operations: Operation[]

beforeAll(async () => {
  const [owner, administrator, editor, elsewhere, member, user, documented] = await Promise.all([
    newAppsUser(['editor']),
    newAppsUser(['administrator']),
    newAppsUser(['editor']),
    newAppsUser(['editor']),
    newAppsUser(),
    newAppsUser(),
    readOperations('/docs/mapapps/openapi.json'),
  ])
  clients = {
    ...{ owner, administrator, editor, 'editor elsewhere': elsewhere, member, user, nobody: stranger },
  }
  operations = documented
  group = `surveyors of ${owner.login}`
  const founder = clientOf(owner.credential)
  const made = await founder.post('/1/roles.json', { name: group })
  const role = made.headers.get('location')!.replace(/\.json$/, '')
  for (const { login } of [owner, editor, member])
    expect((await founder.post(`${role}/users`, { username: login })).status).toBe(201)
})

async function newSharedApp(isPublished: boolean): Promise<string> {
  const id = await createApp(clients.owner, { sharedInGroups: [group] })
  const put = await clients.owner.api(`/resources/apps/${id}/$raw/${PATH}`, {
    ...{ method: 'PUT', body: 'a', headers: { 'content-type': 'text/plain' } },
  })
  expect(put.status, put.text).toBe(200)
  if (isPublished) await setState(clients.owner, id, 'PUBLISHED')
  return id
}

const fileForm = (name: string, bytes: Uint8Array<ArrayBuffer>): FormData => {
  const form = new FormData()
  form.set('file', new File([bytes], name))
  return form
}

const archive = () =>
  fileForm('app.zip', zipFile([{ path: 'app.json', bytes: new TextEncoder().encode('{}') }]))

const calls: Record<string, (id: string) => AppsCall> = {
  'PUT /resources/apps/{appId}': (id) => ({ json: { id, title: 'Other', description: '' } }),
  'PUT /resources/apps/{appId}/app.json': () => ({ json: { bundles: {} } }),
  'PUT /resources/apps/{appId}/$raw/{resourcePath}': () => ({ body: 'other' }),
  'POST /resources/apps/{appId}/$raw/{resourcePath}': () => ({
    body: fileForm('a.txt', new TextEncoder().encode('other')),
  }),
  'POST /resources/apps/{appId}': () => ({ body: archive() }),
  'POST /resources/apps/{appId}.zip': () => ({ body: new URLSearchParams({ standalone: 'false' }) }),
}

async function ask(operation: Operation, column: Column, id: string): Promise<number> {
  const { method, path } = operation
  const query = path.endsWith('/preoptimizedState') ? '?preoptimized=false' : ''
  const address = path.replace('{appId}', id).replace('{resourcePath}', PATH)
  const call = calls[`${method} ${path}`]?.(id) ?? {}
  const { status } = await clients[column].api(address + query, { method, ...call })
  return status
}

/** Answers of every operation on an app, by the columns; each that is to change something has an app of its own. */
async function answersOf(state: keyof Expected): Promise<Record<string, string>> {
  const isPublished = state === 'published'
  const shared = await newSharedApp(isPublished)
  const rows = await Promise.all(
    ofApps().map(async (operation) => {
      const name = `${operation.method} ${operation.path}`
      const isRead = operation.method === 'GET' || operation.path.endsWith('.zip')
      const isRefused = (index: number) => !EXPECTED[name]?.[state].split(' ')[index]?.startsWith('2')
      const statuses = await Promise.all(
        COLUMNS.map(async (column, index) =>
          ask(operation, column, isRead || isRefused(index) ? shared : await newSharedApp(isPublished)),
        ),
      )
      return [name, statuses.join(' ')] as const
    }),
  )
  return Object.fromEntries(rows)
}

const ofApps = () => operations.filter(({ path }) => path.includes('{appId}') && !path.includes('{token}'))

const expectedOf = (state: keyof Expected): Record<string, string> =>
  Object.fromEntries(Object.entries(EXPECTED).map(([operation, answers]) => [operation, answers[state]]))

describe('every operation on an app that is shared with a group', () => {
  it('answers, while the app is a draft, who makes apps and is in the group', async () => {
    expect(await answersOf('draft')).toEqual(expectedOf('draft'))
  })

  it('answers, once the app is published, everyone in the group', async () => {
    expect(await answersOf('published')).toEqual(expectedOf('published'))
  })
})

const ROUNDS = 25
/** How many of the values each parameter of a query gets. */
const VALUES_EACH = 2

describe('every documented address of the app management', () => {
  it('answers whatever it is sent with an answer of its own', async () => {
    const [kept, lost] = await Promise.all([newSharedApp(false), newSharedApp(false)])
    const scene = (id: string, chosen: (operation: Operation) => boolean): HostileScene => ({
      operations: operations.filter(chosen),
      fill: (_path, parameter) =>
        parameter === 'appId' ? id : parameter === 'resourcePath' ? PATH : 'viewer',
      askers: { nobody: {}, owner: clients.owner.credential, administrator: appsAdministrator.credential },
    })
    const deletes = ({ method, path }: Operation) => method === 'DELETE' && !path.includes('$raw')
    const all = scene(kept, (operation) => !deletes(operation))
    await sendHostileRequests(all, ROUNDS)
    await sendHostileRequests(scene(lost, deletes), 3)
    const values = [
      ...['-1', '99999999999999999999', 'x'.repeat(3000), 'a\u0000b', 'ÄÖ🗺️', '[]', "'; --", '1e309', ''],
      ...['0-', '(and', '(((', 'title="', 'title like "***', '%25', '+title,-nothing', '5-3'],
    ]
    expect(await readWithHostileValues(all, values, VALUES_EACH)).toEqual([])
  })
})
