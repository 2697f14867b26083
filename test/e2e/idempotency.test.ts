import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { idempotencyKeys } from '../../src/store/schema.ts'
import {
  type Call,
  call,
  dataUri,
  mapBody,
  newMap,
  newUser,
  pngImage,
  type TestUser,
} from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'

let user: TestUser
let editor: TestUser
beforeAll(async () => {
  ;[user, editor] = await Promise.all([newUser(), newUser(['editor'])])
})

const post = (key: string, options: Call = {}, path = '/api/v1/maps') =>
  call(path, {
    ...{ json: mapBody({ title: 'A map' }), as: user.basic, method: 'POST' },
    ...options,
    headers: { 'idempotency-key': key, ...options.headers },
  })

const mapsTitled = async (title: string): Promise<number> =>
  (await call(`/api/v1/maps?field=title&query=${title}`)).json.data.length

const form = (title: string, width = 64): FormData => {
  const body = new FormData()
  body.set('data[type]', 'maps')
  body.set('data[attributes][title]', title)
  body.set('file', new Blob([pngImage(width, 48)]), 'a.png')
  return body
}

const reused = [422, 'Idempotency key reused']
const refused = ({ status, json }: Awaited<ReturnType<typeof call>>) => [status, json.errors[0].title]

/** Makes a request with a key older than it is. */
async function aged(key: string, interval: string, change: object = {}): Promise<void> {
  await (await platformDatabase())
    .update(idempotencyKeys)
    .set({ createdAt: sql`now() - ${interval}::interval`, ...change })
    .where(and(eq(idempotencyKeys.userId, user.id), eq(idempotencyKeys.key, key)))
}

describe('a POST with an Idempotency-Key', () => {
  it('is carried out once and answered alike every time', async () => {
    const key = randomUUID()
    const first = await post(key)
    expect(first.status).toBe(201)
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    for (const again of [key, `"${key}"`]) {
      const { status, text, headers } = await post(again)
      expect([status, text]).toEqual([201, first.text])
      expect(headers.get('idempotency-replayed')).toBe('true')
      expect(headers.get('content-type')).toBe(first.headers.get('content-type'))
    }
    const refusedOnce = { json: mapBody({ title: '' }) }
    const wrong = await post(`${key}-2`, refusedOnce)
    expect(wrong.status).toBe(422)
    expect((await post(`${key}-2`, refusedOnce)).headers.get('idempotency-replayed')).toBe('true')
    const empty = () => post(`${key}-3`, { json: undefined })
    expect([(await empty()).status, (await empty()).headers.get('idempotency-replayed')]).toEqual([
      422,
      'true',
    ])
  })

  it('makes one map of identical requests at once', async () => {
    const key = randomUUID()
    const title = `once-${key}`
    const json = mapBody({
      title,
      upload: dataUri(pngImage(300, 200), 'image/png'),
      upload_file_name: 'a.png',
    })
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(key, { json })))
    const busy = answers.filter(({ status }) => status === 409)
    for (const answer of busy) {
      expect(answer.json.errors[0].title).toBe('Request under way')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    const made = new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text))
    expect(made.size).toBe(1)
    expect(busy.length).toBeLessThan(6)
    expect((await post(key, { json })).text).toBe([...made][0])
    expect(await mapsTitled(title)).toBe(1)
  })

  it('knows an upload that is sent again with another boundary, and one that is not the same', async () => {
    const key = randomUUID()
    const title = `form-${key}`
    const first = await post(key, { json: undefined, body: form(title) })
    expect(first.status, first.text).toBe(201)
    const again = await post(key, { json: undefined, body: form(title) })
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(refused(await post(key, { json: undefined, body: form(title, 65) }))).toEqual(reused)
    expect(await mapsTitled(title)).toBe(1)
  })

  it('is refused where another request had the key', async () => {
    const key = randomUUID()
    await post(key)
    expect(refused(await post(key, { json: mapBody({ title: 'Another map' }) }))).toEqual(reused)
    expect(refused(await post(key, {}, '/api/v1/maps?x=1'))).toEqual(reused)
    expect(refused(await post(key, {}, '/api/v1/layers'))).toEqual(reused)
  })

  it('is another one where another user sends it', async () => {
    const key = randomUUID()
    const [mine, theirs] = [await post(key), await post(key, { as: editor.basic })]
    expect(theirs.status).toBe(201)
    expect(theirs.json.data.id).not.toBe(mine.json.data.id)
  })

  it.each(['', 'two words', 'x'.repeat(256)])('is malformed with the key %j', async (key) => {
    expect(refused(await post(key))).toEqual([400, 'Malformed Idempotency-Key'])
  })

  it('needs somebody who is signed in; other methods take no notice of it', async () => {
    const key = 'two words'
    expect((await post(key, { as: {} })).status).toBe(401)
    expect((await call('/api/v1/maps', { headers: { 'idempotency-key': key }, as: user.basic })).status).toBe(
      200,
    )
    const id = await newMap(user.basic)
    const json = mapBody({ title: 'New' })
    const headers = { 'idempotency-key': key }
    expect(
      (await call(`/api/v1/maps/${id}`, { method: 'PATCH', json, headers, as: user.basic })).status,
    ).toBe(200)
  })

  it('does not have a sign-in answered with an old token', async () => {
    const key = randomUUID()
    const json = { user: { email: user.email, password: user.password } }
    const tokens = [
      await post(key, { json }, '/api/v1/auth/sign_in'),
      await post(key, { json }, '/api/v1/auth/sign_in'),
    ]
    expect(tokens[0]?.status).toBe(200)
    expect(tokens[0]?.json.meta.auth_token).not.toBe(tokens[1]?.json.meta.auth_token)
  })

  it('is made anew a day later, and ten minutes after one that never ended', async () => {
    const key = randomUUID()
    const first = (await post(key)).json.data.id
    await aged(key, '23 hours')
    expect((await post(key)).json.data.id).toBe(first)
    await aged(key, '25 hours')
    const second = (await post(key)).json.data.id
    expect(second).not.toBe(first)
    await aged(key, '9 minutes', {
      ...{ status: null, requestHash: sql`split_part(request_hash, '.', 1)` },
    })
    expect((await post(key)).status).toBe(409)
    await aged(key, '11 minutes')
    const third = await post(key)
    expect(third.status).toBe(201)
    expect(third.json.data.id).not.toBe(second)
  })

  it('is not carried out again though its answer is too long to be kept', async () => {
    const id = await newMap(user.basic)
    const gcps = Array.from({ length: 2000 }, (_, x) => ({ mapid: id, x, y: 0, lat: 1, lon: 2 }))
    const key = randomUUID()
    const send = () => post(key, { json: { gcps }, as: editor.basic }, '/api/v1/gcps/add_many')
    expect((await send()).json.data).toHaveLength(2000)
    expect(refused(await send())).toEqual([409, 'Answer not kept'])
  })
})
