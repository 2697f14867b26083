import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { may, type Verb } from '../../src/store/permissions.ts'
import { type Principal, ROLES, type Role, roleNumber } from '../../src/store/principal.ts'
import { conditions, holds, itemTexts, toExpression } from '../support/expression-arbitrary.ts'
import { clientOf, idIn } from './giscloud-client.ts'
import {
  type AppsAnswer,
  type AppsClient,
  type AppsUser,
  appsAdministrator,
  appsClient,
  createApp,
  navigate,
  newAppId,
  newAppsUser,
  setState,
  stranger,
} from './mapapps-client.ts'
import { platformDatabase } from './platform-database.ts'

const APPS = '/resources/apps'
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const CHALLENGE = 'Basic realm="graticule", charset="UTF-8"'

let editor: AppsUser
let colleague: AppsUser
let reader: AppsUser

beforeAll(async () => {
  ;[editor, colleague, reader] = await Promise.all([
    ...[newAppsUser(['editor']), newAppsUser(['editor']), newAppsUser()],
  ])
})

const list = (client: AppsClient, query: Record<string, string>, headers: Record<string, string> = {}) =>
  client.api(`${APPS}?${new URLSearchParams(query)}`, { headers })

const ids = (answer: AppsAnswer): string[] => {
  expect(answer.status, answer.text).toBe(200)
  return answer.body.items.map(({ id }: { id: string }) => id)
}

const put = (client: AppsClient, id: string, json: object) =>
  client.api(`${APPS}/${id}`, { method: 'PUT', json: { id, ...json } })

async function resourceOf(id: string): Promise<number> {
  const db = await platformDatabase()
  const { rows } = await db.execute<{ id: number }>(sql`select id from resources where slug = ${id}`)
  return rows[0]!.id
}

describe('POST /resources/apps', () => {
  it('makes a draft of a template, and says where', async () => {
    const id = newAppId()
    const json = { id, title: 'My App', description: 'My App Description', sharedInGroups: ['maAdmin'] }
    const made = await appsAdministrator.api(APPS, { json })
    expect([made.status, made.headers.get('location')]).toEqual([303, `${APPS}/${id}`])
    const { body } = await appsAdministrator.api(`${APPS}/${id}`)
    const { createdAt, modifiedAt, ...told } = body
    expect(told).toEqual({
      ...{
        editorState: 'DRAFT',
        preoptimized: false,
        id,
        title: 'My App',
        description: 'My App Description',
      },
      ...{ createdBy: 'admin', modifiedBy: 'admin', templateId: 'viewer', templateFile: '' },
      ...{ thumbnailFile: 'thumbnail.png', sharedInGroupsCount: 0, portalItemStatus: '' },
      sharedInGroups: ['maAdmin'],
    })
    expect(Math.abs(createdAt - Date.now())).toBeLessThan(60_000)
    expect(modifiedAt).toBe(createdAt)
    const stored = await appsAdministrator.api(`${APPS}/${id}/$raw/app.json`)
    expect(stored.body.properties).toMatchObject({ title: 'My App', description: 'My App Description' })
  })

  it('takes a form, and comments in JSON', async () => {
    const [id, other] = [newAppId(), newAppId()]
    const form = new URLSearchParams({ id, title: '', sharedInGroups: 'maEditor' })
    const commented = `{/* new */ id: "${other}", "title": "x",}`
    const made = await Promise.all([
      editor.api(APPS, { body: form }),
      editor.api(APPS, { body: commented, headers: { 'content-type': 'application/json' } }),
    ])
    expect(made.map(({ status }) => status)).toEqual([303, 303])
    expect((await editor.api(`${APPS}/${id}.json`)).body).toMatchObject({
      title: '',
      sharedInGroups: ['maEditor'],
      sharedInGroupsCount: 1,
    })
  })

  it('refuses with code 0 what no app can be', async () => {
    const taken = await createApp(editor)
    const id = newAppId()
    const cases: [unknown, RegExp][] = [
      [{ id: taken.toUpperCase(), title: 't' }, /is an App named/],
      [{ id }, /^title must be given/],
      [{ title: 't' }, /^id must be given/],
      [{ id: 5, title: 't' }, /^id must be a text/],
      [{ id: '', title: 't' }, /^id /],
      [{ id: '../x', title: 't' }, /^id /],
      [{ id: '$raw', title: 't' }, /^id /],
      [{ id: 'x.zip', title: 't' }, /^id /],
      [{ id: 'a'.repeat(101), title: 't' }, /^id /],
      [{ id, title: 'a'.repeat(501) }, /^title is too long/],
      [{ id, title: 'a\0' }, /^title /],
      [{ id, title: 't', description: [] }, /^description must be a text/],
      [{ id, title: 't', templateId: 'nope' }, /^templateId is unknown/],
      [{ id, title: 't', sharedInGroups: 'a'.repeat(501) }, /^sharedInGroups /],
      [{ id, title: 't', sharedInGroups: [5] }, /^sharedInGroups /],
      [{ id, title: 't', sharedInGroups: { toString: 0 } }, /^sharedInGroups /],
      [[], /^body /],
      ['x', /^body /],
    ]
    const answers = await Promise.all(cases.map(([json]) => editor.api(APPS, { json })))
    for (const [i, [, message]] of cases.entries())
      expect(answers[i]).toMatchObject({
        status: 400,
        body: { code: 0, error: expect.stringMatching(message) },
      })
    const cut = await editor.api(APPS, { body: '{"id":', headers: { 'content-type': 'application/json' } })
    expect(cut).toMatchObject({
      status: 400,
      body: { code: 0, error: expect.stringMatching(/not valid JSON/) },
    })
  })

  it('is for editors and administrators, who share with the groups that they are in', async () => {
    const json = { id: newAppId(), title: 't' }
    const answers = await Promise.all([
      stranger.api(APPS, { json }),
      reader.api(APPS, { json }),
      editor.api(APPS, { json: { ...json, sharedInGroups: ['maAdmin'] } }),
      editor.api(APPS, { json: { ...json, sharedInGroups: ['no such group'] } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 403, 403])
    expect(answers[0].headers.get('www-authenticate')).toBe(CHALLENGE)
    expect(answers[2].body.error).toContain('"maAdmin"')
    expect(answers[3].body).toMatchObject({ code: 403, error: expect.stringContaining('"no such group"') })
  })

  it('makes one app of many requests for the same id', async () => {
    const id = newAppId()
    const spellings = [id, id.toUpperCase(), id, id.toUpperCase()]
    const made = await Promise.all(
      spellings.map((each) => editor.api(APPS, { json: { id: each, title: each } })),
    )
    expect(made.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400])
  })
})

describe('GET /resources/apps', () => {
  const prefix = newAppId()
  const titles = [
    'My App',
    'alpha',
    'Alpha',
    'Beta',
    'Ärger',
    ...fc.sample(itemTexts, { numRuns: 5, seed: 6 }),
  ]
  const mine = `id like "${prefix}*"`
  // biome-ignore lint/suspicious/noExplicitAny: metadata of apps
  let items: any[]

  beforeAll(async () => {
    await Promise.all(
      titles.map((title, i) =>
        createApp(i % 3 === 0 ? appsAdministrator : editor, {
          ...{ id: `${prefix}-${i}`, title, description: titles[(i + 3) % titles.length]! },
          sharedInGroups: [[], ['maEditor'], ['maEditor', 'trusted']][i % 3]!.filter(
            (group) => i % 3 === 0 || group === 'maEditor',
          ),
        }),
      ),
    )
    await setState(editor, `${prefix}-0`, 'PUBLISHED')
    items = (await list(appsAdministrator, { filter: mine, sort: 'id' })).body.items
    expect(items).toHaveLength(titles.length)
  })

  it('answers the printed request', async () => {
    const filter = `(and title="My App";createdBy="admin";${mine})`
    const { status, body } = await list(appsAdministrator, { filter }, { accept: 'application/json' })
    expect([status, body]).toEqual([200, { total: 1, items: [items[0]] }])
  })

  it('is a page for browsers, and JSON for whoever takes anything', async () => {
    const filter = mine
    const [page, html, json, jsonPage] = await Promise.all([
      list(editor, { filter }, BROWSER),
      list(editor, { filter, f: 'html' }),
      list(editor, { filter }, { accept: '*/*' }),
      list(editor, { filter, f: 'json' }, BROWSER),
    ])
    for (const { status, headers, text } of [page, html]) {
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(text).toContain('alpha')
    }
    expect(json.body.total).toBe(titles.length)
    expect(jsonPage.body).toEqual(json.body)
  })

  it('shows who does not edit apps those that are published and shared with everyone', async () => {
    const [anybody, someone, edited, mayEdit] = await Promise.all([
      list(stranger, { filter: mine }),
      list(reader, { filter: mine }),
      list(editor, { filter: mine, edit: 'true' }),
      list(reader, { filter: mine, edit: 'true' }),
    ])
    expect(ids(anybody)).toEqual([`${prefix}-0`])
    expect(ids(someone)).toEqual([`${prefix}-0`])
    expect(edited.body.total).toBe(titles.length)
    expect(mayEdit.body).toEqual({ total: 0, items: [] })
  })

  it('gives the ranges of the documentation', async () => {
    const all = items.map(({ id }) => id)
    const cases: [string, string[]][] = [
      ...([
        ['0-', all],
        ['0-0', all.slice(0, 1)],
        ['0-1', all.slice(0, 2)],
        ['', all],
      ] as [string, string[]][]),
      ...([
        ['4-6', all.slice(4, 7)],
        ['0--1', []],
        ['0—1', []],
        ['9-999999999', all.slice(9)],
        ['99-', []],
      ] as [string, string[]][]),
    ]
    const answers = await Promise.all(
      cases.map(([range]) => list(appsAdministrator, { filter: mine, sort: '+id', range })),
    )
    for (const [i, [, expected]] of cases.entries()) {
      expect(ids(answers[i]!)).toEqual(expected)
      expect(answers[i]!.body.total).toBe(all.length)
    }
  })

  it('orders by any property, texts whatever their case, and by the id what is the same', async () => {
    const sorted = async (sort: string, filter = mine) =>
      ids(await appsAdministrator.api(`${APPS}?${new URLSearchParams({ filter })}&sort=${sort}`)).map((id) =>
        Number(id.slice(prefix.length + 1)),
      )
    const words = `(and ${mine};(or title="alpha";title="Alpha";title="Beta";title="Ärger";title="My App"))`
    expect(await sorted('', words)).toEqual([2, 1, 4, 3, 0])
    expect(await sorted('+title', words)).toEqual([2, 1, 4, 3, 0])
    expect(await sorted('-title,id', words)).toEqual([0, 3, 4, 1, 2])
    expect(await sorted('preoptimized,-id')).toEqual(items.map((_item, i) => titles.length - 1 - i))
    expect(await sorted('sharedInGroupsCount,-createdBy,id', words)).toEqual([0, 3, 1, 2, 4])
    expect(await sorted('editorState,-createdAt', words)).toHaveLength(5)
  })

  it('gives the apps of which a filter holds', async () => {
    const some = (name: string) => fc.constantFrom(...items.flatMap((item) => item[name]), 'x')
    const properties = {
      ...{ title: fc.oneof(itemTexts, some('title')), description: some('description'), id: some('id') },
      ...{
        createdBy: some('createdBy'),
        editorState: some('editorState'),
        thumbnailFile: some('thumbnailFile'),
      },
      createdAt: fc.constantFrom(...items.map((item) => Number(item.createdAt))),
      preoptimized: fc.boolean(),
      sharedInGroupsCount: fc.nat(2),
      sharedInGroups: some('sharedInGroups'),
    }
    const patterns = ['title', 'description', 'id', 'sharedInGroups']
    await fc.assert(
      fc.asyncProperty(conditions(properties, patterns), async (condition) => {
        const filter = `(and ${mine};${toExpression(condition)})`
        const expected = items.filter((item) => holds(condition, item)).map(({ id }) => id)
        expect(ids(await list(appsAdministrator, { filter, sort: 'id' }))).toEqual(expected)
      }),
      { numRuns: 30, endOnFailure: true },
    )
  })

  it('refuses parameters that mean nothing, and says where', async () => {
    const cases: [Record<string, string>, RegExp][] = [
      [{ filter: 'title' }, /^filter: .* \(at character 6\)$/],
      [{ filter: 'owner="x"' }, /no property “owner” \(at character 1\)/],
      [{ filter: 'createdAt="soon"' }, /a number is expected/],
      [{ filter: `title like "${'*a'.repeat(101)}"` }, /wildcards/],
      [{ sort: 'owner' }, /^sort /],
      [{ sort: '+title,' }, /^sort /],
      [{ sort: Array(17).fill('id').join() }, /^sort /],
      [{ range: '5-1' }, /^range /],
      [{ range: '-1' }, /^range /],
      [{ range: 'all' }, /^range /],
      [{ range: '0-99999999999' }, /^range /],
      [{ edit: 'perhaps' }, /^edit /],
      [{ f: 'xml' }, /^f /],
      [{ search: 'a\0' }, /^search /],
      [{ search: 'a'.repeat(201) }, /^search /],
    ]
    const answers = await Promise.all(cases.map(([query]) => list(appsAdministrator, query)))
    for (const [i, [, message]] of cases.entries())
      expect(answers[i]).toMatchObject({
        status: 400,
        body: { code: 400, error: expect.stringMatching(message) },
      })
  })

  it('is told to whoever has no password, and refused to whoever has a wrong one', async () => {
    const wrong = appsClient({ authorization: `Basic ${btoa('admin:wrong')}` })
    const answer = await wrong.api(APPS)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, CHALLENGE])
  })
})

describe('GET /resources/apps/index.html', () => {
  it('is a page of apps with where to launch them, for editors with their states and files', async () => {
    const id = await createApp(editor, { title: '<b>Roads & "rails"</b>', description: 'Ways' })
    await setState(editor, id, 'PUBLISHED')
    const path = `${APPS}/index.html?search=${id.toUpperCase()}`
    const [forEditor, forStranger] = await Promise.all([editor.api(path), stranger.api(path)])
    for (const { status, headers, text } of [forEditor, forStranger]) {
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
      expect(text).toContain('&lt;b&gt;Roads &amp; &quot;rails&quot;&lt;/b&gt;')
      expect(text).toContain(`href="${APPS}/${id}/index.html"`)
      expect(text).toContain(`src="${APPS}/${id}/thumbnail.png"`)
      expect(text).toContain('1 to 1 of 1 app')
    }
    for (const part of [`href="${APPS}/${id}.zip"`, `href="${APPS}/${id}/$raw/$index"`, '>published<']) {
      expect(forEditor.text).toContain(part)
      expect(forStranger.text).not.toContain(part)
    }
    expect(forStranger.text).toContain('href="/account/sign_in?return_to=')
  })
})

describe('GET /resources/apps/{appId}', () => {
  it('is the meta data, for browsers the way to index.html', async () => {
    const id = await createApp(editor)
    const [json, browser, strangers, missing, unknown] = await Promise.all([
      editor.api(`${APPS}/${id}`),
      editor.api(`${APPS}/${id}`, { headers: BROWSER }),
      stranger.api(`${APPS}/${id}`),
      stranger.api(`${APPS}/${newAppId()}`),
      reader.api(`${APPS}/${id}`),
    ])
    expect(json).toMatchObject({ status: 200, body: { id } })
    expect([browser.status, browser.headers.get('location')]).toEqual([303, `${APPS}/${id}/index.html`])
    expect([strangers.status, strangers.text]).toEqual([missing.status, missing.text])
    expect([strangers.status, strangers.headers.get('www-authenticate')]).toEqual([401, CHALLENGE])
    expect(unknown).toMatchObject({ status: 404, body: { code: 404 } })
  })

  it('leads a browser without a credential to where to sign in', async () => {
    const id = await createApp(editor)
    const path = `${APPS}/${id}?a=b`
    const to = (answer: AppsAnswer) => [answer.status, answer.headers.get('location')]
    const [page, navigation, script, changed] = await Promise.all([
      navigate(stranger, path),
      navigate(stranger, path, { accept: '*/*', cookie: '_rails4_mapwarper_session=over' }),
      stranger.api(path, { headers: { ...BROWSER, 'sec-fetch-mode': 'cors' } }),
      stranger.api(path, { method: 'DELETE', headers: BROWSER }),
    ])
    const signIn = `/account/sign_in?return_to=${encodeURIComponent(path)}`
    expect([to(page), to(navigation)]).toEqual([
      [303, signIn],
      [303, signIn],
    ])
    expect([script.status, changed.status]).toEqual([401, 401])
  })
})

describe('GET /resources/apps/{appId}.json', () => {
  it('is the meta data, whatever is preferred', async () => {
    const id = await createApp(editor, { sharedInGroups: ['maEditor'] })
    const answer = await editor.api(`${APPS}/${id}.json`, { headers: BROWSER })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer).toMatchObject({
      status: 200,
      body: { id, createdBy: editor.login, sharedInGroupsCount: 1 },
    })
    expect((await editor.api(`${APPS}/${id.toUpperCase()}.json`)).status).toBe(404)
    expect((await editor.api(`${APPS}/%24raw%2F.json`)).status).toBe(404)
  })
})

describe('PUT /resources/apps/{appId}', () => {
  it('takes the printed body, with the comma behind its last member', async () => {
    const id = await createApp(editor)
    const body = `{ "id": "${id}", "title": "My App", "description": "My App Description", "editorState": "PUBLISHED", "sharedInGroups": ["maAdmin"], }`
    const headers = { 'content-type': 'application/json' }
    const changed = await appsAdministrator.api(`${APPS}/${id}`, { method: 'PUT', body, headers })
    expect(changed).toMatchObject({
      status: 200,
      body: {
        ...{ id, title: 'My App', description: 'My App Description', editorState: 'PUBLISHED' },
        ...{ sharedInGroups: ['maAdmin'], createdBy: editor.login, modifiedBy: 'admin' },
      },
    })
    expect(changed.body.modifiedAt).toBeGreaterThan(changed.body.createdAt)
    expect((await appsAdministrator.api(`${APPS}/${id}.json`)).body).toEqual(changed.body)
  })

  it('empties what is not sent, and leaves state and groups', async () => {
    const id = await createApp(editor, { description: 'd', sharedInGroups: ['maEditor'] })
    await put(editor, id, { editorState: 'VERIFIED' })
    const changed = await put(editor, id, { editorState: null })
    expect(changed.body).toMatchObject({
      ...{ title: '', description: '', editorState: 'VERIFIED', sharedInGroups: ['maEditor'] },
    })
  })

  it('refuses another id, a state that there is none of, and what is no text', async () => {
    const id = await createApp(editor)
    const refused = await Promise.all([
      put(editor, id, { id: id.toUpperCase() }),
      put(editor, id, { editorState: 'published' }),
      put(editor, id, { editorState: 1 }),
      put(editor, id, { title: {} }),
      put(editor, id, { description: 'a'.repeat(5001) }),
      put(editor, id, { sharedInGroups: [''] }),
      put(editor, id, { sharedInGroups: Array(101).fill('x') }),
    ])
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [400, 400]))
    expect((await editor.api(`${APPS}/${id}`)).body).toMatchObject({ title: 'An app', editorState: 'DRAFT' })
  })

  it('shares with groups that the caller is in, and keeps those that are there', async () => {
    const gis = clientOf(editor.credential)
    const name = `crew of ${editor.login}`
    const role = idIn(await gis.post('/1/roles.json', { name }))
    expect((await gis.post(`/1/roles/${role}/users`, { username: reader.login })).status).toBe(201)
    const id = await createApp(editor, { sharedInGroups: [name, 'maEditor'] })
    const told = ['maEditor', name].sort()
    const kept = await put(colleague, id, { title: 'x', sharedInGroups: [...told].reverse() })
    expect(kept.body.sharedInGroups.toSorted()).toEqual(told)
    expect((await put(colleague, id, { sharedInGroups: [...told, 'trusted'] })).status).toBe(403)
    expect((await reader.api(`${APPS}/${id}`)).status).toBe(404)
    await setState(editor, id, 'PUBLISHED')
    expect((await reader.api(`${APPS}/${id}`)).body).toMatchObject({ id })
    const narrowed = await put(colleague, id, { sharedInGroups: [name] })
    expect([narrowed.status, narrowed.body.sharedInGroups]).toEqual([200, [name]])
    expect((await colleague.api(`${APPS}/${id}`)).status).toBe(404)
  })

  it('is for who may edit: 404 where it is not seen, 403 where it is, 401 for strangers', async () => {
    const id = await createApp(editor)
    expect((await put(reader, id, {})).status).toBe(404)
    await setState(editor, id, 'PUBLISHED')
    const refused = await Promise.all([
      put(reader, id, {}),
      put(stranger, id, {}),
      put(reader, newAppId(), {}),
    ])
    expect(refused.map(({ status }) => status)).toEqual([403, 401, 404])
  })
})

describe('DELETE /resources/apps/{appId}', () => {
  it('is for the owner and administrators; the id is free then', async () => {
    const [id, other] = await Promise.all([createApp(editor), createApp(editor)])
    await setState(editor, id, 'PUBLISHED')
    const remove = (client: AppsClient, which: string) => client.api(`${APPS}/${which}`, { method: 'DELETE' })
    const refused = await Promise.all([remove(colleague, id), remove(reader, id), remove(stranger, id)])
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 401])
    const gone = await Promise.all([remove(editor, id), remove(appsAdministrator, other)])
    expect(gone.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ])
    expect((await remove(editor, id)).status).toBe(404)
    expect((await editor.api(`${APPS}/${id}/app.json`)).status).toBe(404)
    expect(await createApp(editor, { id })).toBe(id)
  })
})

describe('templates', () => {
  it('GET /resources/templates lists them as apps are listed', async () => {
    const { status, body } = await stranger.api('/resources/templates')
    expect([status, body.total]).toEqual([200, body.items.length])
    const viewer = body.items.find(({ id }: { id: string }) => id === 'viewer')
    expect(viewer).toMatchObject({ title: expect.any(String), thumbnailFile: 'thumbnail.png' })
    const found = await editor.api(
      '/resources/templates?filter=(and id like "VIEW*";(not title=""))&range=0-0',
    )
    expect(found.body.items).toEqual([viewer])
    expect((await editor.api('/resources/templates?range=0--1')).body).toEqual({
      total: body.total,
      items: [],
    })
    expect((await editor.api('/resources/templates?filter=owner="x"')).status).toBe(400)
  })

  it.each(['/resources/templates/viewer', '/resources/templates/viewer.json'])('GET %s', async (path) => {
    expect((await stranger.api(path)).body).toMatchObject({ id: 'viewer' })
    expect((await editor.api(path.replace('viewer', 'nope'))).status).toBe(404)
  })

  it('GET /resources/templates/{templateId}/thumbnail.png is a picture', async () => {
    const { status, headers, bytes } = await stranger.api('/resources/templates/viewer/thumbnail.png')
    expect([status, headers.get('content-type')]).toEqual([200, 'image/png'])
    expect([...bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47])
  })
})

describe('tokens and sessions', () => {
  const credentials = () => ({ username: editor.login, password: editor.account.password })

  it('POST /account/tokens gives a token that holds at every API, in either header', async () => {
    const answers = await Promise.all([
      stranger.api('/account/tokens', { json: credentials() }),
      stranger.api('/account/tokens', { body: new URLSearchParams(credentials()) }),
      editor.api('/account/tokens', { method: 'POST' }),
    ])
    for (const { status, body, headers } of answers) {
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
      expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 })
    }
    const bearer = `Bearer ${answers[0].body.access_token}`
    const used = await Promise.all([
      appsClient({ authorization: bearer }).api('/account/self'),
      appsClient({ authentication: bearer }).api(`${APPS}?range=0--1&edit=true`),
      appsClient({ authorization: bearer }).api('/1/maps.json'),
      appsClient({ authorization: `${bearer}x` }).api(APPS),
    ])
    expect(used.map(({ status }) => status)).toEqual([200, 200, 200, 401])
    expect(used[0].body).toMatchObject({ login: editor.login, roles: ['editor'] })
  })

  it('POST /account/tokens refuses a wrong password, a page of another site, and what is no text', async () => {
    const refused = await Promise.all([
      stranger.api('/account/tokens', { json: { ...credentials(), password: 'wrong' } }),
      stranger.api('/account/tokens', { json: { username: ['x'], password: 5 } }),
      stranger.api('/account/tokens', { method: 'POST' }),
      stranger.api('/account/tokens', { json: credentials(), headers: { origin: 'https://evil.example' } }),
      stranger.api('/account/login', { json: credentials(), headers: { 'sec-fetch-site': 'cross-site' } }),
      stranger.api('/account/self'),
    ])
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 403, 403, 401])
  })

  it('POST /account/logout makes the tokens of who asks with one void', async () => {
    const { body } = await reader.api('/account/tokens', { method: 'POST' })
    const bearer = appsClient({ authorization: `Bearer ${body.access_token}` })
    expect((await bearer.api('/account/self')).status).toBe(200)
    expect((await bearer.api('/account/logout', { method: 'POST' })).status).toBe(204)
    expect((await bearer.api('/account/self')).status).toBe(401)
  })

  it('POST /account/login begins a session, GET /account/logout ends it and leads on', async () => {
    const signedIn = await stranger.api('/account/login', { json: credentials() })
    expect(signedIn.body).toMatchObject({ login: editor.login })
    const session = appsClient({ cookie: signedIn.headers.get('set-cookie')!.split(';')[0]! })
    expect((await session.api('/account/self')).body.login).toBe(editor.login)
    const foreign = await session.api('/account/logout', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(foreign.status).toBe(403)
    const ended = await session.api('/account/logout?return_to=/resources/apps')
    expect([ended.status, ended.headers.get('location')]).toEqual([303, '/resources/apps'])
    expect((await session.api('/account/self')).status).toBe(401)
  })
})

describe('apps among the resources of the platform', () => {
  it('have grants that hold here and at /1', async () => {
    const id = await createApp(editor, { sharedInGroups: ['maEditor'] })
    await setState(editor, id, 'PUBLISHED')
    const permissions = `/1/resources/${await resourceOf(id)}/permissions`
    const gis = clientOf(editor.credential)
    const names = async () => {
      const { body } = await gis.get(permissions)
      return body.data.map(({ username }: { username: string }) => username).sort()
    }
    expect(await names()).toEqual([editor.login, 'editor'].sort())
    expect((await reader.api(`${APPS}/${id}`)).status).toBe(404)
    const read = await gis.post(permissions, { username: reader.login, permission: 'READ' })
    expect((await reader.api(`${APPS}/${id}`)).body).toMatchObject({ sharedInGroups: ['maEditor'] })
    expect((await gis.delete(read.headers.get('location')!)).status).toBe(204)
    expect((await reader.api(`${APPS}/${id}`)).status).toBe(404)

    idIn(await gis.post(permissions, { username: reader.login, permission: 'EDIT' }))
    const changes = [
      await put(reader, id, { title: 'Edited' }),
      await put(reader, id, { title: 'Edited', editorState: 'DEPRECATED' }),
      await put(reader, id, { title: 'Edited', sharedInGroups: [] }),
    ]
    expect(changes.map(({ status }) => status)).toEqual([200, 403, 403])
    await put(editor, id, { title: 'Edited', sharedInGroups: [] })
    expect(await names()).toEqual(['anonymous', editor.login, reader.login].sort())
    expect((await stranger.api(`${APPS}/${id}`)).body).toMatchObject({ title: 'Edited', sharedInGroups: [] })
  })

  it('have an activity', async () => {
    const id = await createApp(editor)
    const resource = await resourceOf(id)
    await put(editor, id, { title: 'Other' })
    await editor.api(`${APPS}/${id}`, { method: 'DELETE' })
    const db = await platformDatabase()
    const { rows } = await db.execute(sql`select action, version, user_id from activity
      where auditable_type = 'App' and auditable_id = ${resource} order by version`)
    const user_id = editor.account.id
    expect(rows).toEqual([
      { action: 'create', version: 1, user_id },
      { action: 'update', version: 2, user_id },
      { action: 'destroy', version: 3, user_id },
    ])
  })

  it('are not there for methods that no address has, which it tells', async () => {
    const [preflight, patch, post] = await Promise.all([
      stranger.api(`${APPS}/x`, { method: 'OPTIONS', headers: { origin: 'null' } }),
      editor.api(APPS, { method: 'PATCH' }),
      editor.api('/resources/templates', { method: 'POST' }),
    ])
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
    expect([patch.status, patch.headers.get('allow')!.split(', ').sort()]).toEqual([
      ...[405, ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ])
    expect([post.status, post.body.code]).toEqual([405, 405])
  })
})

describe('rights on apps', () => {
  const VERBS: Verb[] = ['view', 'extract', 'edit', 'publish', 'share', 'own']
  const SHOWING: Verb[] = [
    'view',
    'extract',
    'update',
    'delete_rows',
    'style',
    'edit',
    'publish',
    'share',
    'own',
  ]
  const GROUPS = [900_001, 900_002]

  interface Granted {
    type: string
    id: number
    verb: Verb
  }
  interface Shared {
    ownerId: number | null
    published: boolean
    grants: Granted[]
  }

  /** The rights as the documentation has them, in words. */
  function mayPlainly(principal: Principal, verb: Verb, app: Shared): boolean {
    if (principal.kind === 'system') return true
    const { roles, groups, id } =
      principal.kind === 'user' ? { groups: [], ...principal } : { roles: [] as Role[], groups: [], id: null }
    const isEditor = roles.includes('editor')
    if (roles.includes('administrator')) return true
    if (verb === 'view' && roles.includes('super user')) return true
    if (id !== null && app.ownerId === id) return true
    const mine = app.grants.filter(
      ({ type, id: grantee }) =>
        type === 'everyone' ||
        (type === 'anonymous' && id === null) ||
        (type === 'user' && grantee === id) ||
        (type === 'group' && (groups as readonly number[]).includes(grantee)) ||
        (type === 'role' && roles.some((role) => roleNumber(role) === grantee)),
    )
    if (verb !== 'view') {
      if (mine.some((grant) => grant.verb === verb || grant.verb === 'own')) return true
      return isEditor && verb !== 'own' && mayPlainly(principal, 'view', app)
    }
    return mine.some(
      (grant) => SHOWING.includes(grant.verb) && (grant.verb !== 'view' || app.published || isEditor),
    )
  }

  it('are those of owners, roles and groups, whatever has been granted to whom', async () => {
    const db = await platformDatabase()
    const users = [editor.account.id, reader.account.id]
    const grant = fc.oneof(
      fc.record({ type: fc.constantFrom('everyone', 'anonymous'), id: fc.constant(0) }),
      fc.record({ type: fc.constant('user'), id: fc.constantFrom(...users) }),
      fc.record({ type: fc.constant('group'), id: fc.constantFrom(...GROUPS) }),
      fc.record({ type: fc.constant('role'), id: fc.integer({ min: 1, max: ROLES.length }) }),
    )
    const verb = fc.constantFrom<Verb>('view', 'view', 'insert', ...SHOWING)
    const app: fc.Arbitrary<Shared> = fc.record({
      ownerId: fc.constantFrom(null, ...users),
      published: fc.boolean(),
      grants: fc.array(
        fc.tuple(grant, verb).map(([who, what]) => ({ ...who, verb: what })),
        { maxLength: 3 },
      ),
    })
    const principal: fc.Arbitrary<Principal> = fc.oneof(
      { weight: 1, arbitrary: fc.constant<Principal>({ kind: 'anonymous' }) },
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('user' as const),
          id: fc.constantFrom(...users, 900_003),
          login: fc.constant('x'),
          roles: fc.subarray([...ROLES], { maxLength: 2 }),
          groups: fc.subarray(GROUPS),
        }),
      },
    )
    const shared = fc.sample(app, { numRuns: 60, seed: 11 })
    const slug = newAppId()
    await db.batch([
      db.execute(sql`insert into resources (kind, slug, title, owner_id, published)
        select 'app', ${slug} || '-' || (a ->> 'at'), 'x', (a ->> 'ownerId')::int, (a ->> 'published')::boolean
        from jsonb_array_elements(${JSON.stringify(shared.map((each, at) => ({ ...each, at })))}::jsonb) a`),
      db.execute(sql`insert into grants (resource_id, principal_type, principal_id, verb)
        select r.id, g ->> 'type', (g ->> 'id')::int, g ->> 'verb'
        from jsonb_array_elements(${JSON.stringify(shared.map((each, at) => ({ ...each, at })))}::jsonb) a
        join resources r on r.slug = ${slug} || '-' || (a ->> 'at'), jsonb_array_elements(a -> 'grants') g`),
    ])
    await fc.assert(
      fc.asyncProperty(principal, async (who) => {
        const rights = sql.join(
          VERBS.map((each) => sql`coalesce(${may(who, each)}, false)`),
          sql`, `,
        )
        const { rows } = await db.execute<{ at: number; rights: boolean[] }>(sql`
          select split_part(slug, '-', 3)::int as at, to_jsonb(array[${rights}]) as rights
          from resources where slug like ${`${slug}-%`} order by at`)
        for (const { at, rights: told } of rows)
          expect(told, JSON.stringify(shared[at])).toEqual(
            VERBS.map((each) => mayPlainly(who, each, shared[at]!)),
          )
        expect(rows).toHaveLength(shared.length)
      }),
      { numRuns: 25, endOnFailure: true },
    )
    await db.execute(sql`delete from resources where slug like ${`${slug}-%`}`)
  })
})
