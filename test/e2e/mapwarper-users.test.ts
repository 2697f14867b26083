import { randomBytes } from 'node:crypto'
import { inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../src/store/schema.ts'
import {
  administrator,
  baseUrl,
  call,
  newUser,
  notFound,
  notSignedIn,
  type TestUser,
  unauthorized,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'

const origin = new URL(baseUrl).origin

let user: TestUser
let trusted: TestUser
beforeAll(async () => {
  ;[user, trusted] = await Promise.all([newUser(), newUser(['trusted', 'editor'])])
})

interface Listed {
  id: string
  attributes: { login: string; email: string; provider: string | null; enabled: boolean }
}

const list = (parameters: Record<string, string>) =>
  call(`/api/v1/users.json?${new URLSearchParams(parameters)}`, { as: administrator })

describe('a user', () => {
  it('is shown to anybody who is signed in, without email and roles', async () => {
    const { status, json } = await call(`/api/v1/users/${trusted.id}.json`, { as: user.basic })
    expect(status).toBe(200)
    expect(json).toEqual({
      data: {
        id: String(trusted.id),
        type: 'users',
        attributes: {
          login: trusted.login,
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          enabled: true,
          provider: null,
        },
        links: { self: `${origin}/api/v1/users/${trusted.id}` },
      },
    })
    const own = await call(`/api/v1/users/${trusted.id}`, { as: trusted.basic })
    expect(own.json).toEqual(json)
  })

  it('is shown to administrators with email and roles', async () => {
    const { status, json } = await call(`/api/v1/users/${trusted.id}`, { as: administrator })
    expect(status).toBe(200)
    expect(json.data.attributes.email).toBe(trusted.email)
    const roles = [
      { id: '3', type: 'roles' },
      { id: '5', type: 'roles' },
    ]
    expect(json.data.relationships).toEqual({ roles: { data: roles } })
    expect(json.included).toEqual([
      { id: '3', type: 'roles', attributes: { name: 'editor' } },
      { id: '5', type: 'roles', attributes: { name: 'trusted' } },
    ])
    const plain = await call(`/api/v1/users/${user.id}`, { as: administrator })
    expect(plain.json.data.relationships.roles.data).toEqual([])
    expect(plain.json.included).toBeUndefined()
  })

  it('is for nobody who is not signed in', async () => {
    for (const id of [user.id, 'abc']) {
      const { status, json, headers } = await call(`/api/v1/users/${id}`)
      expect(status).toBe(401)
      expect(json).toEqual(notSignedIn)
      expect(headers.get('www-authenticate')).toBe('Basic realm="Application"')
    }
  })

  it.each(['2147483647', '0', '-1', '1.5', 'abc', '99999999999', '1%00', 'é'])(
    'is not found by the id %s',
    async (id) => {
      const { status, json } = await call(`/api/v1/users/${id}`, { as: user.basic })
      expect(status).toBe(404)
      expect(json).toEqual(notFound('User', decodeURIComponent(id)))
    },
  )
})

describe('the list of users', () => {
  /** In the logins of all who were made for it, as it is. */
  const mark = `q%_${randomBytes(4).toString('hex')}`
  const COUNT = 33
  beforeAll(async () => {
    const db = await platformDatabase()
    const rows = Array.from({ length: COUNT }, (_, index) => ({
      login: `${mark} ${String(index).padStart(2, '0')}`,
      email: `${String(COUNT - index).padStart(2, '0')}.${mark}@example.org`,
      enabled: index % 2 === 0,
      ...(index < 3 ? { provider: index === 0 ? 'github' : 'osm', uid: `${mark}${index}` } : {}),
    }))
    // One that the mark's wildcards would find, were they any.
    const decoy = mark.replace('%_', 'xy')
    await db.insert(users).values([...rows, { login: decoy, email: `${decoy}@example.org` }])
  })

  const indexOf = ({ attributes }: Listed) => Number(attributes.login.slice(-2))

  it('is for administrators alone, whatever the page', async () => {
    for (const page of ['1', 'abc']) {
      expect((await call(`/api/v1/users?page=${page}`)).json).toEqual(notSignedIn)
      const refused = await call(`/api/v1/users?page=${page}`, { as: trusted.basic })
      expect(refused.status).toBe(401)
      expect(refused.json).toEqual(unauthorized)
    }
  })

  it('has pages of thirty, and links that can be followed', async () => {
    const found = { query: mark, field: 'login', sort_key: 'login', sort_order: 'asc' }
    const first = await list({ ...found, per_page: '5' })
    expect(first.status).toBe(200)
    expect(first.json.meta).toEqual({ total_entries: COUNT, total_pages: 2 })
    expect(first.json.data.map(indexOf)).toEqual(Array.from({ length: 30 }, (_, index) => index))
    expect(Object.keys(first.json.links)).toEqual(['self', 'next', 'last'])
    const next = await call(first.json.links.next, { as: administrator })
    expect(next.json.data.map(indexOf)).toEqual([30, 31, 32])
    expect(Object.keys(next.json.links)).toEqual(['self', 'first', 'prev'])
    expect((await list({ ...found, page: '2' })).json.data).toEqual(next.json.data)
    const one = await list({ ...found, query: `${mark} 07` })
    expect(one.json.links).toEqual({})
    expect(one.json.data[0].attributes.email).toContain(mark)
    expect(one.json.data[0].relationships.roles.data).toEqual([])
  })

  it('is searched by each field, in any case, and wildcards are no wildcards', async () => {
    const upper = await list({ query: `${mark} 1`.toUpperCase(), field: 'login' })
    expect(upper.json.meta.total_entries).toBe(10)
    const byEmail = await list({ query: `05.${mark}@EXAMPLE`, field: 'email' })
    expect(byEmail.json.data.map(indexOf)).toEqual([COUNT - 5])
    const byProvider = await list({ query: 'GITHU', field: 'provider' })
    for (const { attributes } of byProvider.json.data as Listed[]) expect(attributes.provider).toBe('github')
    expect(byProvider.json.meta.total_entries).toBeGreaterThan(0)
    for (const query of ['\\', "'", '%%%', 'nobody at all', '(', '\u{1f5fa}'])
      expect((await list({ query: `${query}${mark}`, field: 'login' })).json.data).toEqual([])
  })

  it('is sorted by each key, empty values last when descending and first when ascending', async () => {
    const sorted = async (sort_key: string, sort_order?: string) => {
      const found = { query: mark, field: 'login', sort_key, ...(sort_order ? { sort_order } : {}) }
      return (await list(found)).json.data as Listed[]
    }
    expect(indexOf((await sorted('login'))[0]!)).toBe(COUNT - 1)
    expect(indexOf((await sorted('email', 'asc'))[0]!)).toBe(COUNT - 1)
    const descending = (await sorted('provider', 'desc')).map(({ attributes }) => attributes.provider)
    expect(descending.slice(0, 4)).toEqual(['osm', 'osm', 'github', null])
    const ascending = (await sorted('provider', 'asc')).map(({ attributes }) => attributes.provider)
    expect(ascending[0]).toBeNull()
    const enabled = (await sorted('enabled', 'asc')).map(({ attributes }) => attributes.enabled)
    expect(enabled).toEqual([...enabled].sort((a, b) => Number(a) - Number(b)))
    for (const key of ['created_at', 'nonsense']) expect(indexOf((await sorted(key))[0]!)).toBe(COUNT - 1)
  })

  it('has the roles of its users beside them', async () => {
    const { json } = await list({ query: trusted.login, field: 'login' })
    expect(json.included.map((role: { id: string }) => role.id)).toEqual(['3', '5'])
  })

  it('refuses what it cannot search or show', async () => {
    const refused: [Record<string, string>, number, string][] = [
      [{ query: 'a' }, 422, 'Missing param'],
      [{ query: 'a', field: 'password_hash' }, 422, 'Invalid param'],
      [{ query: 'a\0', field: 'login' }, 422, 'Invalid param'],
      [{ query: 'a'.repeat(501), field: 'login' }, 422, 'Invalid param'],
      [{ page: '0' }, 404, 'Not found'],
      [{ page: 'abc' }, 404, 'Not found'],
    ]
    for (const [parameters, status, title] of refused) {
      const answer = await list(parameters)
      expect(answer.status, JSON.stringify(parameters)).toBe(status)
      expect(answer.json.errors[0].title).toBe(title)
    }
    for (const parameters of [{ per_page: 'abc' }, { field: 'nonsense' }, { query: ' ', sort_order: 'x' }])
      expect((await list(parameters)).status).toBe(200)
    const beyond = await list({ page: '999999999' })
    expect(beyond.json.data).toEqual([])
  })

  it('says the same of a disabled account', async () => {
    const db = await platformDatabase()
    await db
      .update(users)
      .set({ enabled: false })
      .where(inArray(users.id, [user.id]))
    const seen = await call(`/api/v1/users/${user.id}`, { as: trusted.basic })
    expect(seen.json.data.attributes.enabled).toBe(false)
    expect((await call(`/api/v1/users/${user.id}`, { as: user.basic })).status).toBe(401)
  })
})
