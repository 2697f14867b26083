import { describe, expect, it } from 'vitest'
import { administrator, baseUrl, call, newUser, notSignedIn, type TestUser } from './mapwarper-client.ts'

const INVALID = { error: 'Invalid email or password.' }

const credentials = ({ email, password }: TestUser) => ({ user: { email, password } })
const signIn = (user: TestUser) => call('/api/v1/auth/sign_in.json', { json: credentials(user) })
const cookieOf = (headers: Headers) => headers.getSetCookie()[0]!.split(';')[0]!
const validate = (headers: Record<string, string>) => call('/api/v1/auth/validate_token.json', { headers })

async function tokenOf(user: TestUser): Promise<Record<string, string>> {
  const { json } = await signIn(user)
  return { 'x-user-id': json.data.id, 'x-user-token': json.meta.auth_token }
}

describe('sign_in', () => {
  it('answers with the user, a token and a cookie', async () => {
    const user = await newUser()
    const { status, json, headers } = await signIn(user)
    expect(status).toBe(200)
    expect(json).toEqual({
      data: {
        id: String(user.id),
        type: 'users',
        attributes: { login: user.login, created_at: expect.any(String), enabled: true, provider: null },
        links: { self: `${new URL(baseUrl).origin}/api/v1/users/${user.id}` },
      },
      meta: { auth_token: expect.any(String) },
    })
    expect(json.data.attributes.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const cookie = headers.getSetCookie()[0]
    expect(cookie).toMatch(/^_rails4_mapwarper_session=/)
    for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age='])
      expect(cookie).toContain(attribute)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('shows administrators their email and roles', async () => {
    const user = await newUser(['administrator', 'trusted'])
    const { json } = await signIn(user)
    expect(json.data.attributes.email).toBe(user.email)
    expect(json.data.relationships.roles.data).toEqual([
      { id: '2', type: 'roles' },
      { id: '5', type: 'roles' },
    ])
  })

  it('refuses what does not hold', async () => {
    const user = await newUser()
    const wrong = [
      { user: { email: user.email, password: 'wrong password' } },
      { user: { email: 'nobody@example.org', password: user.password } },
      { user: { email: 'a\0@example.org', password: user.password } },
      { user: { email: user.email } },
      { user: [] },
      {},
    ]
    for (const json of wrong) {
      const refused = await call('/api/v1/auth/sign_in.json', { json })
      expect(refused.status).toBe(401)
      expect(refused.json).toEqual(INVALID)
      expect(refused.headers.getSetCookie()).toEqual([])
    }
  })

  it('refuses what is not JSON with the position', async () => {
    const headers = { 'content-type': 'application/json' }
    const refused = await call('/api/v1/auth/sign_in', { body: '{"user" "a"}', headers })
    expect(refused.status).toBe(400)
    expect(refused.json.errors[0].detail).toContain('position 8')
  })

  it('takes a form, and email and password without `user`', async () => {
    const user = await newUser()
    const form = new URLSearchParams({ 'user[email]': user.email, 'user[password]': user.password })
    expect((await call('/api/v1/auth/sign_in', { body: form })).status).toBe(200)
    const bare = { email: user.email, password: user.password }
    expect((await call('/api/v1/auth/sign_in', { json: bare })).status).toBe(200)
  })

  it('voids the token before', async () => {
    const user = await newUser()
    const first = await tokenOf(user)
    expect((await validate(first)).status).toBe(200)
    const second = await tokenOf(user)
    expect((await validate(first)).status).toBe(401)
    expect((await validate(second)).status).toBe(200)
  })
})

describe('a credential', () => {
  it('may be headers, parameters, a cookie or Basic', async () => {
    const user = await newUser()
    const signedIn = await signIn(user)
    const token = signedIn.json.meta.auth_token
    const parameters = new URLSearchParams({ user_id: String(user.id), user_token: token })
    const forms: [string, Promise<{ status: number; json: { meta: unknown; data: { id: string } } }>][] = [
      ['headers', validate({ 'x-user-id': String(user.id), 'x-user-token': token })],
      ['parameters', call(`/api/v1/auth/validate_token?${parameters}`)],
      ['cookie', validate({ cookie: cookieOf(signedIn.headers) })],
      ['basic', validate(user.basic)],
    ]
    for (const [name, answer] of forms) {
      const { status, json } = await answer
      expect(status, name).toBe(200)
      expect(json.data.id, name).toBe(String(user.id))
      expect(json.meta, name).toEqual({ auth_token: token })
    }
  })

  it('may be in a form, beside what the form says', async () => {
    const user = await newUser()
    const token = (await signIn(user)).json.meta.auth_token
    const body = new URLSearchParams({
      user_id: String(user.id),
      user_token: token,
      'data[type]': 'gcps',
      'data[attributes][x]': '1',
    })
    const answer = await call('/api/v1/gcps', { body })
    expect(answer.status).toBe(422)
    expect(answer.json.errors[0].source.pointer).toBe('/data/attributes/y')
  })

  it('may be members of a JSON body, beside its data', async () => {
    const user = await newUser()
    const user_token = (await signIn(user)).json.meta.auth_token
    const gcp = { data: { type: 'gcps', attributes: { x: 1 } } }
    const post = (body: object) =>
      call('/api/v1/gcps', { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    expect((await post({ ...gcp, user_id: user.id, user_token })).status).toBe(422)
    expect((await post({ ...gcp, user_id: user.id, user_token: `${user_token}x` })).status).toBe(401)
  })

  it('that does not hold leaves public reads open and closes the rest', async () => {
    const user = await newUser()
    const token = await tokenOf(user)
    const stranger = await newUser()
    const bad: Record<string, string>[] = [
      { ...token, 'x-user-token': `${token['x-user-token']}x` },
      { ...token, 'x-user-id': String(stranger.id) },
      { ...token, 'x-user-id': '99999999999' },
      { ...token, 'x-user-id': 'admin' },
      { cookie: '_rails4_mapwarper_session=forged' },
      { authorization: `Basic ${Buffer.from(`${user.email}:wrong`).toString('base64')}` },
      { authorization: 'Basic %%%' },
      {},
    ]
    for (const headers of bad) {
      expect((await call('/api/v1/maps.json?per_page=1', { headers })).status).toBe(200)
      const refused = await call('/api/v1/gcps', { json: {}, headers })
      expect(refused.status).toBe(401)
      expect(refused.json).toEqual(notSignedIn)
      expect(refused.headers.get('www-authenticate')).toBe('Basic realm="Application"')
      const invalid = await validate(headers)
      expect(invalid.status).toBe(401)
      expect(invalid.json).toEqual(INVALID)
    }
  })
})

describe('sign_out', () => {
  it('voids token, cookie and session', async () => {
    const user = await newUser()
    const { json, headers } = await signIn(user)
    const token = { 'x-user-id': json.data.id, 'x-user-token': json.meta.auth_token }
    const out = await call('/api/v1/auth/sign_out.json', { method: 'DELETE', headers: token })
    expect(out.status).toBe(200)
    expect(out.json).toEqual({})
    expect(out.headers.getSetCookie()[0]).toMatch(/^_rails4_mapwarper_session=;.*Max-Age=0/)
    expect((await validate(token)).status).toBe(401)
    expect((await validate({ cookie: cookieOf(headers) })).status).toBe(401)
  })

  it('has nothing to do for a stranger', async () => {
    const out = await call('/api/v1/auth/sign_out', { method: 'DELETE' })
    expect(out.status).toBe(422)
    expect(out.json).toEqual({})
  })
})

describe('/u/sign_in', () => {
  it('answers 201 with the user, and the cookie signs in', async () => {
    const user = await newUser()
    const { status, json, headers } = await call('/u/sign_in.json', { json: credentials(user) })
    expect(status).toBe(201)
    expect(json.data).toMatchObject({ id: String(user.id), type: 'users' })
    expect(json.meta).toBeUndefined()
    expect((await validate({ cookie: cookieOf(headers) })).status).toBe(200)
  })

  it('refuses what does not hold', async () => {
    const json = { user: { email: 'admin@example.org', password: 'not it, surely' } }
    const refused = await call('/u/sign_in.json', { json })
    expect(refused.status).toBe(401)
    expect(refused.json).toEqual(INVALID)
  })
})

describe('the first administrator', () => {
  it('has every role', async () => {
    const { json } = await call('/api/v1/auth/validate_token', { as: administrator })
    expect(json.data.attributes).toMatchObject({ login: 'admin', email: 'admin@example.org' })
    expect(json.data.relationships.roles.data.map((role: { id: string }) => role.id)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ])
  })
})
