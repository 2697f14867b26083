import { eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { rectifications, resources, scans } from '../../src/store/schema.ts'
import { call, gcpBody, mapBody, newUser, pngImage, statusAfter, type TestUser } from './mapwarper-client.ts'
import { platformDatabase } from './platform-database.ts'
import { pinCorners, placeInTile, uploadFile } from './rectified-map.ts'

let user: TestUser
let other: TestUser
beforeAll(async () => {
  ;[user, other] = await Promise.all([newUser(), newUser()])
})

async function pinnedMap(): Promise<number> {
  const { id } = await uploadFile(user, 'a.png', pngImage(300, 200))
  expect(await statusAfter(id, 'loading')).toBe('available')
  await pinCorners(user, id, [300, 200], placeInTile(8, 133, 89))
  return id
}

const rectify = (id: number, as: TestUser, query = 'transform_options=p1') =>
  call(`/api/v1/maps/${id}/rectify?${query}`, { method: 'PATCH', as: as.basic })
const remove = (id: number) => call(`/api/v1/maps/${id}`, { method: 'DELETE', as: user.basic })
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).sort()

describe('calls that overlap', () => {
  it('of three rectifications one works, the others are told the map is busy', async () => {
    const id = await pinnedMap()
    const answers = await Promise.all([
      rectify(id, user),
      rectify(id, other),
      rectify(id, user, 'transform_options=helmert'),
    ])
    expect(statuses(answers)).toEqual([200, 422, 422])
    for (const { status, json } of answers)
      if (status === 422)
        expect(json.errors).toEqual([
          { title: 'Map busy', detail: 'Map currently being rectified. Try again later.' },
        ])
  })

  it('a map that is deleted while it is rectified is gone, and nobody is told of an internal error', async () => {
    for (const pause of [0, 10, 30]) {
      const id = await pinnedMap()
      const answers = await Promise.all([
        rectify(id, user),
        new Promise((resolve) => setTimeout(resolve, pause)).then(() => remove(id)),
        rectify(id, other),
        call('/api/v1/gcps', { json: gcpBody({ map_id: id, x: 1, y: 1, lat: 1, lon: 1 }), as: other.basic }),
      ])
      expect(Math.max(...statuses(answers)), answers.map(({ text }) => text).join('\n')).toBeLessThan(500)
      expect((await call(`/maps/tile/${id}/8/133/89.png`)).status).toBe(404)
      const db = await platformDatabase()
      const count = sql<number>`count(*)::int`
      expect(await db.select({ count }).from(resources).where(eq(resources.id, id))).toEqual([{ count: 0 }])
      expect(await db.select({ count }).from(scans).where(eq(scans.id, id))).toEqual([{ count: 0 }])
      expect(await db.select({ count }).from(rectifications).where(eq(rectifications.scanId, id))).toEqual([
        { count: 0 },
      ])
    }
  })

  it('a map that is deleted twice, or while its image is read, is gone', async () => {
    const { id } = await uploadFile(user, 'a.png', pngImage(1500, 1200))
    expect(statuses(await Promise.all([remove(id), remove(id)]))).toEqual([200, 404])
    expect((await call(`/api/v1/maps/${id}`)).status).toBe(404)
  })

  it('of uploads with the same unique_id one is taken', async () => {
    const unique_id = `twin-${user.login}`
    const answers = await Promise.all(
      [user, other, user, other].map(({ basic }) =>
        call('/api/v1/maps', { json: mapBody({ title: 'Twin', unique_id }), as: basic }),
      ),
    )
    expect(statuses(answers)).toEqual([201, 422, 422, 422])
  })

  it('of tokens that many sign-ins gave the last one is valid, and no other', async () => {
    const { email, password, id } = await newUser()
    const signedIn = await Promise.all(
      Array.from({ length: 10 }, () => call('/api/v1/auth/sign_in', { json: { user: { email, password } } })),
    )
    expect(statuses(signedIn)).toEqual(Array(10).fill(200))
    const checks = signedIn.map(({ json }) =>
      call('/api/v1/auth/validate_token', {
        headers: { 'x-user-id': String(id), 'x-user-token': json.meta.auth_token },
      }),
    )
    expect(statuses(await Promise.all(checks)).filter((status) => status === 200)).toHaveLength(1)
  })
})
