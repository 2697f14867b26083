import { randomBytes } from 'node:crypto'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CookieBrowser, Shown } from './cookie-browser.ts'
import { anonymous, clientOf, type GisCloudUser, idIn, makeMap, newGisCloudUser } from './giscloud-client.ts'
import { administrator, baseUrl, call } from './mapwarper-client.ts'
import { signInByPassword } from './sign-in-client.ts'

const UNKNOWN = 2 ** 31 - 1
const admin = clientOf(administrator)
const unique = () => randomBytes(6).toString('hex')
/** Nothing is there, so that a browser that is led to it stays there. */
const CALLBACK = `${new URL(baseUrl).origin}/an-application`

let ada: GisCloudUser
let bob: GisCloudUser
let stranger: GisCloudUser
beforeAll(async () => {
  ;[ada, bob, stranger] = await Promise.all([newGisCloudUser(), newGisCloudUser(), newGisCloudUser()])
})

describe('keys', () => {
  it('POST /1/keys tells the key once; GET /1/keys and GET /1/keys/{id} tell its beginning', async () => {
    const made = await ada.post('/1/keys.json', { key_desc: 'upload' })
    const id = idIn(made)
    expect(made.body).toEqual({ value: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const trunc = made.body.value.slice(0, 6)
    const key = {
      id: String(id),
      key: trunc.padEnd(32, '*'),
      key_desc: 'upload',
      created: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00$/),
      accessed: null,
      key_trunc: trunc,
      active: 't',
    }
    expect((await ada.get(`/1/keys/${id}.json`)).body).toEqual(key)
    const list = await ada.get('/1/keys.json?order_by=id:desc&perpage=1')
    expect(list.body).toMatchObject({ type: 'keys', page: 1, data: [key] })
    expect(list.body.total).toBeGreaterThanOrEqual(2)
    expect(list.text).not.toContain(made.body.value)
    const used = await clientOf({ 'API-Key': made.body.value }).get(`/1/keys/${id}`)
    expect(used.body.accessed).not.toBeNull()
  })

  it('counts wherever it stands, the one in the address first', async () => {
    const { key } = ada
    const statuses = await Promise.all([
      anonymous.get(`/1/users/current?api_key=${key}`),
      anonymous.get('/1/users/current', { 'API-Key': key }),
      anonymous.get(`/1/users/current?api_key=${'0'.repeat(32)}`, { 'API-Key': key }),
      anonymous.get(`/1/users/current?api_key=${key}`, { 'API-Key': 'unknown' }),
      anonymous.get('/1/maps', { 'API-Key': 'unknown' }),
      anonymous.get('/1/maps', { authorization: 'Bearer unknown' }),
      anonymous.get('/1/maps', { authorization: 'Whatever' }),
      anonymous.get('/1/maps', { 'api-sessid': 'unknown' }),
      anonymous.get('/1/users/current', {
        'api-username': ada.username,
        'api-password': ada.account.password,
      }),
      anonymous.get('/1/maps', { 'api-username': ada.username, 'api-password': 'another' }),
      anonymous.get('/1/maps'),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([
      ...[200, 200, 401, 200, 401, 401, 401, 401, 200, 401, 200],
    ])
    expect(statuses[2]!.body).toEqual({ code: 'UNAUTHORIZED', msg: expect.stringContaining('API key') })
  })

  it('DELETE /1/keys/{id}, also as /1/keys/rows/{id}, makes it void for everything', async () => {
    const [one, two] = await Promise.all([
      ada.post('/1/keys'),
      ada.post('/1/keys', new URLSearchParams({ key_desc: 'b' })),
    ])
    const [first, second] = [idIn(one), idIn(two)]
    expect((await bob.delete(`/1/keys/${first}`)).status).toBe(404)
    expect((await ada.delete(`/1/keys/rows/${first}`)).status).toBe(204)
    expect((await ada.delete(`/1/keys/${second}.json`)).status).toBe(204)
    expect((await ada.delete(`/1/keys/${second}.json`)).status).toBe(404)
    expect((await clientOf({ 'API-Key': one.body.value }).get('/1/maps')).status).toBe(401)
    expect((await anonymous.get('/1/keys')).status).toBe(401)
    const elsewhere = await call(`/api/v1/users/${ada.account.id}?api_key=${one.body.value}`)
    expect(elsewhere.status).toBe(401)
  })

  it('opens the other dialects, too, but is not told the token that would outlast it', async () => {
    const own = `/api/v1/users/${ada.account.id}`
    expect((await call(own)).status).toBe(401)
    expect((await call(`${own}?api_key=${ada.key}`)).json.data.attributes.login).toBe(ada.username)
    expect((await call(`/api/v1/auth/validate_token?api_key=${ada.key}`)).status).toBe(401)
  })

  it('refuses what no description can be', async () => {
    const long = 'x'.repeat(300)
    const bodies = [{ key_desc: {} }, { key_desc: long }, { key_desc: 'a\0b' }, { scope: [] }, [], '{']
    const refused = await Promise.all(bodies.map((body) => ada.post('/1/keys', body)))
    for (const { status, body } of refused) {
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'BAD_REQUEST', msg: expect.any(String) })
    }
  })
})

describe('a session', () => {
  it('is a cookie or its value in API-Sessid; the cookie alone changes nothing for another site', async () => {
    const browser = await signInByPassword(ada.account)
    const value = browser.cookie(baseUrl, '_rails4_mapwarper_session')!
    const bySession = clientOf({ 'api-sessid': value })
    const byCookie = clientOf({ cookie: `_rails4_mapwarper_session=${value}` })
    expect((await bySession.get('/1/users/current')).body.username).toBe(ada.username)
    expect((await byCookie.get('/1/users/current')).body.username).toBe(ada.username)
    const foreign = await Promise.all([
      byCookie.get('/1/keys?_method=POST'),
      byCookie.post('/1/keys', 'key_desc=x'),
      byCookie.post('/1/keys', new URLSearchParams({ key_desc: 'x' })),
      byCookie.post('/1/keys', {}, { origin: 'https://stranger.example' }),
      byCookie.post('/1/keys', {}, { origin: 'null' }),
      byCookie.delete('/1/keys/1', { origin: 'https://stranger.example' }),
    ])
    expect(foreign.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
    idIn(await byCookie.post('/1/keys', {}, { origin: new URL(baseUrl).origin }))
    idIn(await bySession.get('/1/keys?_method=POST'))
    const over = clientOf({ cookie: '_rails4_mapwarper_session=over' })
    expect((await over.get('/1/maps')).status).toBe(200)
  })
})

describe('users', () => {
  it('GET /1/users/current tells who asks, with what is kept; the id is a text', async () => {
    const [current, { body }] = await Promise.all([
      ada.get('/1/users/current.json?expand=options'),
      ada.get(`/1/users/${ada.account.id}.json`),
    ])
    expect(body).toEqual({
      id: ada.account.id,
      username: ada.username,
      email: ada.account.email,
      active: true,
      firstname: null,
      lastname: null,
      created: expect.any(Number),
      modified: expect.any(Number),
      lastlog: expect.any(Number),
      owner_id: expect.any(Number),
      mobile: null,
      web: null,
      phone: null,
      company: null,
      language: null,
      file_feature_count: 0,
      db_feature_count: 0,
      storage_raster: 0,
      storage_total: 0,
      feature_count_limit: null,
      storage_raster_limit: expect.any(Number),
      resource_id: expect.any(Number),
      oidc: false,
    })
    expect(current.body).toEqual({ ...body, id: String(ada.account.id), options: [] })
    expect((await anonymous.get('/1/users/current')).status).toBe(401)
  })

  it('GET /1/users/current/subscriptions', async () => {
    const { body } = await ada.get('/1/users/current/subscriptions.json')
    expect(body).toMatchObject({ type: 'subscriptions', total: 1, data: [{ active: 't', ends: null }] })
  })

  it('GET /1/users lists oneself, for an administrator all, and nobody for nobody', async () => {
    const [own, all, none, searched] = await Promise.all([
      ada.get('/1/users.json'),
      admin.get('/1/users.json?perpage=1&order_by=id:desc'),
      anonymous.get('/1/users.json'),
      admin.get(`/1/users?query=${ada.username.toUpperCase()}&query_on=username`),
    ])
    expect(own.body).toMatchObject({ type: 'users', total: 1, page: 1, data: [{ username: ada.username }] })
    expect(all.body.total).toBeGreaterThanOrEqual(4)
    expect(all.body.data).toHaveLength(1)
    expect(none.body).toEqual({ type: 'users', total: 0, page: 1, data: [] })
    expect(searched.body.data.map(({ id }: { id: number }) => id)).toEqual([ada.account.id])
    expect((await ada.get('/1/users?order_by=password')).status).toBe(400)
    expect((await ada.get('/1/users?perpage=x')).status).toBe(400)
  })

  it('GET /1/users/{id} is 404 for who has nothing to do with it, and 200 once it is shared', async () => {
    const id = ada.account.id
    const { resource_id: resource } = (await ada.get(`/1/users/${id}`)).body
    expect((await bob.get(`/1/users/${id}`)).status).toBe(404)
    expect((await bob.put(`/1/users/${id}`, { firstname: 'B' })).status).toBe(404)
    idIn(
      await ada.post(`/1/resources/${resource}/permissions`, { username: bob.username, permission: 'READ' }),
    )
    expect((await bob.get(`/1/users/${id}`)).body.username).toBe(ada.username)
    expect((await bob.put(`/1/users/${id}`, { firstname: 'B' })).status).toBe(403)
    expect((await bob.delete(`/1/users/${id}`)).status).toBe(403)
    expect((await stranger.get(`/1/users/${id}`)).status).toBe(404)
    for (const path of [`/1/users/${UNKNOWN}`, '/1/users/0', '/1/users/x', '/1/users/99999999999'])
      expect((await admin.get(path)).status).toBe(404)
  })

  it('PUT /1/users/{id} changes what is sent', async () => {
    const user = await newGisCloudUser()
    const { id } = user.account
    const changed = await user.put(`/1/users/${id}.json`, {
      firstname: 'John',
      lastname: 'Šmith',
      phone: '+38',
    })
    expect(changed.status, changed.text).toBe(200)
    expect(changed.body).toEqual({
      ...{ id, owner_id: expect.any(Number), created: expect.any(Number), modified: expect.any(Number) },
      ...{ username: user.username, email: user.account.email, firstname: 'John', lastname: 'Šmith' },
    })
    const login = `renamed-${unique()}`
    expect((await user.put('/1/users/current', { username: login })).body.username).toBe(login)
    expect((await user.get(`/1/users/${id}`)).body).toMatchObject({ firstname: 'John', phone: '+38' })
    const refused = await Promise.all([
      user.put(`/1/users/${id}`, { username: ada.username }),
      user.put(`/1/users/${id}`, { email: ada.account.email.toUpperCase() }),
      user.put(`/1/users/${id}`, { username: 'Anonymous' }),
      user.put(`/1/users/${id}`, { email: 'nowhere' }),
      user.put(`/1/users/${id}`, { firstname: 'a\0' }),
      user.put(`/1/users/${id}`, { active: 'perhaps' }),
      user.put(`/1/users/${id}`, { active: false }),
    ])
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 400, 400, 400, 400, 403])
    expect((await admin.put(`/1/users/${id}`, { active: 'f' })).status).toBe(200)
    expect((await user.get('/1/users/current')).status).toBe(401)
    expect((await admin.get(`/1/users/${id}`)).body.active).toBe(false)
  })

  it('POST /1/users makes an account with an invitation, which sets the password once', async () => {
    const username = `invited-${unique()}`
    const body = { username, email: `${username}@example.org`, firstname: 'John', lastname: 'Smith' }
    expect((await anonymous.post('/1/users', body)).status).toBe(401)
    expect((await ada.post('/1/users', body)).status).toBe(403)
    const made = await admin.post('/1/users', body)
    const id = idIn(made)
    expect((await admin.post('/1/users', body)).status).toBe(409)
    expect((await admin.post('/1/users', { username: `${username}2` })).status).toBe(400)
    const { firstname, owner_id } = (await admin.get(`/1/users/${id}`)).body
    expect({ firstname, owner_id }).toEqual({ firstname: 'John', owner_id: 1 })
    const page = new URL(made.body.invitation)
    const shown = await (await fetch(page)).text()
    expect(shown).toContain(`<strong>${username}</strong>`)
    const set = (password: string) => fetch(page, { method: 'POST', body: new URLSearchParams({ password }) })
    expect((await set('short')).status).toBe(422)
    expect((await set('long enough')).status).toBe(200)
    expect((await set('long enough too')).status).toBe(404)
    expect((await fetch(page)).status).toBe(404)
    const invited = { 'api-username': username, 'api-password': 'long enough' }
    expect((await anonymous.get('/1/users/current', invited)).body.id).toBe(String(id))
  })

  it('DELETE /1/users/{id} takes keys and rights along, and leaves what it owns to the administrator', async () => {
    const user = await newGisCloudUser()
    const map = await makeMap(user)
    const { id } = user.account
    expect((await admin.delete(`/1/users/${id}.json`)).status).toBe(204)
    expect((await admin.delete(`/1/users/${id}.json`)).status).toBe(404)
    expect((await user.get('/1/maps')).status).toBe(401)
    expect((await admin.get(`/1/maps/${map}`)).body.owner).toBe('1')
    const leaving = await newGisCloudUser()
    expect((await leaving.delete('/1/users/current')).status).toBe(204)
    expect((await leaving.get('/1/users/current')).status).toBe(401)
  })
})

describe('roles', () => {
  it('POST, GET, PUT and DELETE /1/roles/{id}', async () => {
    const id = idIn(await ada.post('/1/roles.json', { name: 'EDIT' }))
    const role = {
      ...{ id, name: 'EDIT', app_role: false, parent_id: null },
      ...{ owner_id: ada.account.id, owner_name: ada.username, resource_id: id },
    }
    expect((await ada.get(`/1/roles/${id}.json`)).body).toEqual(role)
    const expanded = (await ada.get(`/1/roles/${id}?expand=owner,options,tags,permissions,whatever`)).body
    expect(expanded).toEqual({
      ...role,
      owner: { id: String(ada.account.id), username: ada.username },
      options: [],
      tags: [],
      permissions: [
        { username: ada.username, permissions: [{ type: 'OWNER', share_id: expect.any(String) }] },
      ],
    })
    const below = idIn(await ada.post('/1/roles', { name: 'below', parent_id: id }))
    const moves = await Promise.all([
      ada.put(`/1/roles/${id}`, { parent_id: id }),
      ada.put(`/1/roles/${id}`, { parent_id: below }),
      ada.put(`/1/roles/${id}`, { parent_id: UNKNOWN }),
      ada.put(`/1/roles/${id}`, { parent_id: 'x' }),
      ada.put(`/1/roles/${id}`, { name: '' }),
      ada.post('/1/roles', {}),
      ada.post('/1/roles', { name: 'Anonymous' }),
      bob.put(`/1/roles/${id}`, { name: 'mine' }),
      bob.delete(`/1/roles/${id}`),
      anonymous.post('/1/roles', { name: 'x' }),
    ])
    expect(moves.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 400, 404, 404, 401])
    const renamed = await ada.put(`/1/roles/${below}.json`, { name: 'top', parent_id: null })
    expect(renamed.body).toMatchObject({ id: below, name: 'top', parent_id: null })
    const list = await ada.get('/1/roles.json?order_by=name:desc&perpage=1')
    expect(list.body).toMatchObject({ type: 'roles', total: 2, page: 1, data: [{ name: 'top' }] })
    expect((await ada.delete(`/1/roles/${id}.json`)).status).toBe(204)
    expect((await ada.get(`/1/roles/${id}.json`)).status).toBe(404)
  })

  it('GET, POST and DELETE /1/roles/{id}/users: a role gives what is granted to it and to those above it', async () => {
    const name = `readers-${unique()}`
    const above = idIn(await ada.post('/1/roles', { name }))
    const below = idIn(await ada.post('/1/roles', { name: `${name}-b`, parent_id: above }))
    const map = await makeMap(ada)
    idIn(await ada.post(`/1/resources/${map}/permissions`, { username: name, permission: 'READ' }))
    expect((await bob.get(`/1/maps/${map}`)).status).toBe(404)
    const put = await ada.post(`/1/roles/${below}/users.json`, { username: bob.username })
    expect(idIn(put)).toBe(bob.account.id)
    expect((await bob.get(`/1/maps/${map}`)).status).toBe(200)
    const members = await bob.get(`/1/roles/${below}/users.json`)
    expect(members.body).toEqual({
      ...{ type: 'users', total: 1, page: 1 },
      data: [{ id: bob.account.id, username: bob.username }],
    })
    const refused = await Promise.all([
      ada.post(`/1/roles/${below}/users`, { username: bob.username }),
      ada.post(`/1/roles/${below}/users`, { username: `nobody-${unique()}` }),
      bob.post(`/1/roles/${below}/users`, { username: stranger.username }),
      bob.post('/1/roles', { name: 'x', parent_id: above }),
      stranger.get(`/1/roles/${below}/users`),
      stranger.delete(`/1/roles/${below}/users/${bob.account.id}`),
      ada.delete(`/1/roles/${below}/users/${stranger.account.id}`),
    ])
    expect(refused.map(({ status }) => status)).toEqual([409, 404, 403, 403, 404, 404, 404])
    expect((await ada.delete(`/1/roles/${below}/users/${bob.account.id}`)).status).toBe(204)
    expect((await bob.get(`/1/maps/${map}`)).status).toBe(404)
    idIn(await ada.post(`/1/roles/${above}/users`, { username: bob.username }))
    expect((await bob.get(`/1/maps/${map}`)).status).toBe(200)
    expect((await ada.delete(`/1/roles/${above}`)).status).toBe(204)
    expect((await bob.get(`/1/maps/${map}`)).status).toBe(404)
  })
})

interface Registered {
  id: number
  client_id: string
  client_secret: string
}

describe('OAuth 2', () => {
  let client: Registered
  let configuration: Configuration
  let browser: CookieBrowser
  const configure = (secret?: string): Promise<Configuration> =>
    discovery(new URL(baseUrl), client.client_id, secret, secret ? ClientSecretBasic(secret) : None(), {
      algorithm: 'oauth2',
      execute: [allowInsecureRequests],
    })
  const register = async (members: object = {}): Promise<Registered> => {
    const made = await ada.post('/1/oauth2_clients.json', {
      name: 'New app',
      redirect_uri: CALLBACK,
      ...members,
    })
    expect(made.status, made.text).toBe(201)
    return made.body
  }
  beforeAll(async () => {
    client = await register()
    configuration = await configure(client.client_secret)
    browser = await signInByPassword(bob.account)
  })

  /** Sends the browser to ask; `decide` presses the button where a question comes up. */
  async function authorize(
    more: Record<string, string> = {},
  ): Promise<{ shown: Shown; verifier: string; state: string }> {
    const verifier = randomPKCECodeVerifier()
    const state = randomState()
    const address = buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: CALLBACK, state },
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    const asked = await browser.open(address)
    const isQuestion = asked.text.includes('name="ticket"')
    return { shown: isQuestion ? await browser.decide(asked, 'approve') : asked, verifier, state }
  }

  const redeem = ({ shown, verifier, state }: Awaited<ReturnType<typeof authorize>>, by = configuration) =>
    authorizationCodeGrant(by, shown.url, { pkceCodeVerifier: verifier, expectedState: state })
  const who = (token: string) => clientOf({ authorization: `Bearer ${token}` }).get('/1/users/current')
  const post = (body: Record<string, string>, path = '/1/oauth2/token', headers = {}) =>
    anonymous.post(path, new URLSearchParams(body), headers)

  it('POST, GET and DELETE /1/oauth2_clients/{id}', async () => {
    const { id, client_id, client_secret } = client
    expect(client).toEqual({
      ...{ id: expect.any(Number), owner: ada.account.id, name: 'New app', description: null },
      client_id: expect.stringMatching(/^[0-9a-f]{20}$/),
      client_secret: expect.stringMatching(/^[0-9a-f]{40}$/),
      redirect_uri: CALLBACK,
    })
    expect((await ada.get(`/1/oauth2_clients/${id}.json`)).body).toMatchObject({ client_id, client_secret })
    const list = (await ada.get('/1/oauth2_clients.json')).body
    expect(list).toMatchObject({ type: 'oauth2_clients', page: 1, data: [{ id, client_secret }] })
    const other = await register({ description: 'my app', redirect_uri: 'https://my.redirecturi.com' })
    const refused = await Promise.all([
      bob.get(`/1/oauth2_clients/${id}`),
      bob.delete(`/1/oauth2_clients/${id}`),
      anonymous.get('/1/oauth2_clients'),
      ada.post('/1/oauth2_clients', { name: 'x' }),
      ...[
        'javascript:alert(1)',
        'http://example.org/',
        'https://a.example/#b',
        'data:text/html,x',
        '/a',
        'a b',
      ].map((redirect_uri) => ada.post('/1/oauth2_clients', { name: 'x', redirect_uri })),
    ])
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 401, ...Array(7).fill(400)])
    expect((await ada.delete(`/1/oauth2_clients/${other.id}`)).status).toBe(204)
    expect((await ada.get(`/1/oauth2_clients/${other.id}`)).status).toBe(404)
  })

  it('GET /1/oauth2/authorize asks, POST /1/oauth2/token gives a token, which is renewed and revoked', async () => {
    const verifier = randomPKCECodeVerifier()
    const state = randomState()
    const address = buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: CALLBACK, state, code_challenge_method: 'S256' },
      code_challenge: await calculatePKCECodeChallenge(verifier),
    })
    const asked = await browser.open(address)
    expect(asked.status, asked.text).toBe(200)
    expect(asked.text).toContain('<strong>New app</strong>')
    expect(asked.text).toContain(`<strong>${ada.username}</strong>`)
    expect(asked.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    const denied = await browser.decide(asked, 'deny')
    expect(denied.url.searchParams.get('error')).toBe('access_denied')
    expect(denied.url.searchParams.get('state')).toBe(state)
    const shown = await browser.decide(asked, 'approve')
    expect(`${shown.url.origin}${shown.url.pathname}`).toBe(CALLBACK)
    const tokens = await redeem({ shown, verifier, state })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: expect.closeTo(3600, -2), scope: 'all' })
    expect((await who(tokens.access_token)).body.username).toBe(bob.username)
    // Let in once, it is not asked again.
    expect((await browser.open(address)).url.searchParams.get('code')).toBeTruthy()
    const renewed = await refreshTokenGrant(configuration, tokens.refresh_token!)
    expect((await who(tokens.access_token)).status).toBe(401)
    expect((await who(renewed.access_token)).status).toBe(200)
    await tokenRevocation(configuration, renewed.access_token)
    expect((await who(renewed.access_token)).status).toBe(401)
  })

  it('neither makes keys for an application nor lets it change the account', async () => {
    const { access_token } = await redeem(await authorize())
    const app = clientOf({ authorization: `Bearer ${access_token}` })
    const refused = await Promise.all([
      app.post('/1/keys'),
      app.put('/1/users/current', { email: 'another@example.org' }),
      app.delete('/1/users/current'),
      app.get('/1/oauth2_clients'),
      app.post('/1/userapprovedapps', { client_id: client.id }),
    ])
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect((await call('/api/v1/auth/validate_token', { as: app.credential })).status).toBe(401)
    idIn(await app.post('/1/maps', { name: 'By an application' }))
  })

  it('takes a code once; a second time voids its tokens, and so does an old refresh token', async () => {
    const asked = await authorize()
    const [first, second] = await Promise.all([authorize(), authorize()])
    const tokens = await redeem(asked)
    await expect(redeem(asked)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect((await who(tokens.access_token)).status).toBe(401)
    const old = await redeem(first)
    const renewed = await refreshTokenGrant(configuration, old.refresh_token!)
    await expect(refreshTokenGrant(configuration, old.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await who(renewed.access_token)).status).toBe(401)
    // Of two at the same moment one at most is given a token.
    const raced = await Promise.allSettled([redeem(second), redeem(second)])
    expect(raced.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  it('is open to a client without its secret by PKCE alone', async () => {
    const publicly = await configure()
    const tokens = await redeem(await authorize(), publicly)
    expect((await who(tokens.access_token)).status).toBe(200)
    const renewed = await refreshTokenGrant(publicly, tokens.refresh_token!)
    expect((await who(renewed.access_token)).status).toBe(200)
    const confidential = await redeem(await authorize())
    await expect(refreshTokenGrant(publicly, confidential.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_client',
    })
    const { client_id, client_secret } = client
    const plain = new URL(`/1/oauth2/authorize?response_type=code&client_id=${client_id}`, baseUrl)
    const code = async () => (await browser.open(plain)).url.searchParams.get('code')!
    const grant = { grant_type: 'authorization_code', client_id }
    expect((await post({ ...grant, code: await code() })).body.error).toBe('invalid_client')
    expect((await post({ ...grant, client_secret, code: await code() })).status).toBe(200)
    const named = { ...grant, client_secret, redirect_uri: CALLBACK }
    expect((await post({ ...named, code: await code() })).status).toBe(200)
  })

  it('tells a person what an application cannot be told', async () => {
    const { client_id } = client
    const shown = async (query: Record<string, string> | string) => {
      const address = new URL('/1/oauth2/authorize', baseUrl)
      address.search = new URLSearchParams(query).toString()
      return browser.open(address)
    }
    const good = { response_type: 'code', client_id, redirect_uri: CALLBACK }
    const pages = await Promise.all([
      shown({ ...good, client_id: '0'.repeat(20) }),
      shown({ ...good, client_id: 'a\0' }),
      shown({ ...good, redirect_uri: `${CALLBACK}/` }),
      shown({ ...good, redirect_uri: CALLBACK.replace(/:\d+/, ':1') }),
      shown(`response_type=code&client_id=${client_id}&client_id=${client_id}`),
      shown({}),
    ])
    for (const { status, text } of pages) {
      expect(status, text).toBe(400)
      expect(text).toContain('The application cannot be let in')
    }
    const verifier = { code_challenge: 'x'.repeat(43) }
    const told = await Promise.all([
      shown({ client_id, state: 'a&b' }),
      shown({ ...good, response_type: 'token' }),
      shown({ ...good, ...verifier, code_challenge_method: 'plain' }),
      shown({ ...good, ...verifier }),
      shown({ ...good, code_challenge: 'short', code_challenge_method: 'S256' }),
    ])
    expect(told.map(({ url }) => url.searchParams.get('error'))).toEqual([
      ...[
        'invalid_request',
        'unsupported_response_type',
        'invalid_request',
        'invalid_request',
        'invalid_request',
      ],
    ])
    expect(told[0]!.url.searchParams.get('state')).toBe('a&b')
    expect(told[0]!.url.searchParams.get('iss')).toBe(new URL(baseUrl).origin)
    const another = await signInByPassword(stranger.account)
    const asked = await another.open(
      new URL(`/1/oauth2/authorize?response_type=code&client_id=${client_id}`, baseUrl),
    )
    expect((await browser.decide(asked, 'approve')).status).toBe(400)
  })

  it('POST /1/oauth2/token and POST /1/oauth2/revoke refuse as RFC 6749 has it', async () => {
    const { client_id, client_secret } = client
    const code = { ...client, grant_type: 'authorization_code' } as unknown as Record<string, string>
    const asked = await authorize()
    const good = asked.shown.url.searchParams.get('code')!
    const proof = { client_id, client_secret }
    const answers = await Promise.all([
      post({}),
      post({ grant_type: 'password', ...proof }),
      post({ grant_type: 'client_credentials', ...proof }),
      post({ grant_type: 'authorization_code', ...proof }),
      post({ grant_type: 'authorization_code', client_id, client_secret: 'x', code: good }),
      post({ ...code, client_id: 'nobody', code: good }),
      post({ grant_type: 'authorization_code', code: good }),
      post({ ...proof, grant_type: 'authorization_code', code: 'unknown' }),
      post({ ...proof, grant_type: 'refresh_token', refresh_token: 'unknown' }),
      post({ ...proof, grant_type: 'authorization_code', code: good, redirect_uri: CALLBACK }),
      post({ ...proof, grant_type: 'authorization_code', code: good, code_verifier: 'y'.repeat(43) }),
      anonymous.post('/1/oauth2/token', '{', { 'content-type': 'application/json' }),
      post({ ...proof }, '/1/oauth2/revoke'),
      post({ client_id: 'nobody', token: 'x' }, '/1/oauth2/revoke'),
    ])
    expect(answers.map(({ status, body }) => `${status} ${body.error}`)).toEqual([
      '400 invalid_request',
      '400 unsupported_grant_type',
      '400 unsupported_grant_type',
      '400 invalid_request',
      '401 invalid_client',
      '401 invalid_client',
      '401 invalid_client',
      '400 invalid_grant',
      '400 invalid_grant',
      '400 invalid_grant',
      '400 invalid_grant',
      '400 invalid_request',
      '400 invalid_request',
      '401 invalid_client',
    ])
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store')
    const basic = `Basic ${Buffer.from(`${client_id}:x`).toString('base64')}`
    const refused = await post({ grant_type: 'refresh_token', refresh_token: 'x' }, '/1/oauth2/token', {
      authorization: basic,
    })
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect((await post({ ...proof, token: 'unknown' }, '/1/oauth2/revoke')).status).toBe(200)
    expect((await redeem(asked)).access_token).toBeTruthy()
  })

  it('POST, GET and DELETE /1/userapprovedapps/{id}: an app shut out has no tokens any more', async () => {
    const app = await register({ name: 'Another' })
    const approved = await bob.post('/1/userapprovedapps.json', { client_id: app.id })
    const id = idIn(approved)
    const approval = { id, uid: bob.account.id, client_id: app.id }
    expect((await bob.get(`/1/userapprovedapps/${id}.json`)).body).toEqual(approval)
    const list = (await bob.get('/1/userapprovedapps.json?order_by=id:desc')).body
    expect(list).toMatchObject({ type: 'userapprovedapps', page: 1 })
    expect(list.data).toContainEqual(approval)
    const refused = await Promise.all([
      bob.post('/1/userapprovedapps', { client_id: app.id }),
      bob.post('/1/userapprovedapps', { client_id: UNKNOWN }),
      bob.post('/1/userapprovedapps', { client_id: 'x' }),
      bob.post('/1/userapprovedapps', {}),
      stranger.get(`/1/userapprovedapps/${id}`),
      stranger.delete(`/1/userapprovedapps/${id}`),
      anonymous.get('/1/userapprovedapps'),
    ])
    expect(refused.map(({ status }) => status)).toEqual([409, 404, 400, 400, 404, 404, 401])
    const address = `/1/oauth2/authorize?response_type=code&client_id=${app.client_id}`
    const code = (await browser.open(new URL(address, baseUrl))).url.searchParams.get('code')!
    const proof = { client_id: app.client_id, client_secret: app.client_secret }
    const { body } = await post({ ...proof, grant_type: 'authorization_code', code })
    expect((await who(body.access_token)).status).toBe(200)
    expect((await bob.delete(`/1/userapprovedapps/${id}.json`)).status).toBe(204)
    expect((await who(body.access_token)).status).toBe(401)
    const renewed = await post({ ...proof, grant_type: 'refresh_token', refresh_token: body.refresh_token })
    expect(renewed.body.error).toBe('invalid_grant')
    idIn(await bob.post('/1/userapprovedapps', { client_id: app.id }))
    const again = (await browser.open(new URL(address, baseUrl))).url.searchParams.get('code')!
    const last = (await post({ ...proof, grant_type: 'authorization_code', code: again })).body
    expect((await ada.delete(`/1/oauth2_clients/${app.id}`)).status).toBe(204)
    expect((await who(last.access_token)).status).toBe(401)
  })
})

describe('the page to sign in on', () => {
  it('leads on to where one was going, and signs nobody in for another site', async () => {
    const page = new URL('/account/sign_in?return_to=/1/users/current', baseUrl)
    const shown = await fetch(page)
    const cookie = shown.headers.getSetCookie()[0]!.split(';')[0]!
    const form = /name="form" value="([^"]+)"/.exec(await shown.text())![1]!
    const send = (fields: Record<string, string>, headers: Record<string, string> = { cookie }) =>
      fetch(page, { method: 'POST', body: new URLSearchParams(fields), headers })
    const good = { login: ada.username, password: ada.account.password, return_to: '/1/users/current', form }
    expect((await send(good, {})).status).toBe(400)
    expect((await send({ ...good, form: 'another' })).status).toBe(400)
    const wrong = await send({ ...good, login: '"><script>', password: 'another' })
    expect(wrong.status).toBe(401)
    expect(await wrong.text()).not.toContain('"><script>')
    const signedIn = await send(good)
    expect(signedIn.status).toBe(200)
    expect(signedIn.headers.get('refresh')).toBe('0;url=/1/users/current')
    const session = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
    expect((await clientOf({ cookie: session }).get('/1/users/current')).body.username).toBe(ada.username)
    for (const return_to of ['https://stranger.example/', '//stranger.example', 'javascript:alert(1)'])
      expect((await send({ ...good, return_to })).headers.get('refresh')).toMatch(
        /^0;url=\/(stranger\.example)?$/,
      )
  })
})
