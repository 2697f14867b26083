import { expect, it } from 'vitest'
import type { Account } from '../../../src/domain/accounts.ts'
import { LAUNCH_SECONDS, launchToken, principalOfLaunch } from '../../../src/domain/apps/launch.ts'
import type { Context } from '../../../src/domain/context.ts'
import type { UserRecord } from '../../../src/store/users.ts'

const user = (changes: Partial<UserRecord> = {}): UserRecord => ({
  ...{ id: 7, login: 'ada', email: 'a@example.org', passwordHash: null, roles: ['editor'], enabled: true },
  ...{ provider: null, uid: null, tokenVersion: 3, createdAt: new Date(0), groups: [5] },
  ...changes,
})

/** A context whose database knows one account. */
function contextWith(record: UserRecord | null, authSecret = 'secret') {
  const found = { limit: async () => (record ? [record] : []) }
  const db = { select: () => ({ from: () => ({ where: () => found }) }) }
  return { db, authSecret } as unknown as Context
}

const NOW = 1_700_000_000_000
const LATER = NOW + LAUNCH_SECONDS * 1000
const made = launchToken(contextWith(null), 'myApp', { user: user() } as Account, NOW)

it('a launch stands for its user as he is, in its app, for its time', async () => {
  const given = contextWith(user({ roles: ['trusted'] }))
  const principal = { kind: 'user', id: 7, login: 'ada', roles: ['trusted'], groups: [5] }
  expect(await principalOfLaunch(given, 'myApp', made, LATER - 1000)).toEqual(principal)
  expect(await principalOfLaunch(given, 'myApp', made, LATER)).toBeNull()
  expect(await principalOfLaunch(given, 'otherApp', made, NOW)).toBeNull()
})

it('a launch ends with the account, its sign-in, or the secret', async () => {
  for (const context of [
    contextWith(null),
    contextWith(user({ enabled: false })),
    contextWith(user({ tokenVersion: 4 })),
    contextWith(user({ id: 8 })),
    contextWith(user(), 'another'),
  ])
    expect(await principalOfLaunch(context, 'myApp', made, NOW)).toBeNull()
})

it('nothing else is a launch', async () => {
  const [id, expiry, mac] = made.split('.')
  const given = contextWith(user())
  for (const token of [
    '',
    `${id}.${Number(expiry) + 1}.${mac}`,
    `${id}.${expiry}.`,
    `${id}.${expiry}.${mac}x`,
    `${id}.${expiry}.${mac!.replace(/.$/, '!')}`,
    `99999999999.${expiry}.${mac}`,
    `4294967303.${expiry}.${mac}`,
    `7e0.${expiry}.${mac}`,
  ])
    expect(await principalOfLaunch(given, 'myApp', token, NOW), token).toBeNull()
})
