import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  ANONYMOUS_SOCKETS_MAX,
  LiveRoom,
  SOCKETS_MAX,
  USER_SOCKETS_MAX,
} from '../../durable-objects/live-room.ts'
import type { ScanNews } from '../../src/domain/live.ts'
import { ANONYMOUS, type Principal, type UserPrincipal } from '../../src/store/principal.ts'
import { insertScan } from '../../src/store/scans.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { db, env, scanOf } from './support/bindings.ts'
import { makeUser } from './support/scans.ts'

let ann: UserPrincipal
let bob: UserPrincipal
beforeAll(async () => {
  ;[ann, bob] = await Promise.all([makeUser(), makeUser()])
})

// biome-ignore lint/suspicious/noExplicitAny: what is in a message is what the tests assert
type Message = any

const newScan = () => insertScan(db, ann, { title: 'A scan' }, null)
const changed = (scanId: number): ScanNews => ({ kind: 'scan', scanId, change: 'mask', by: ann })

/** Opens a socket and collects what it says. */
async function watch(scanId: number, principal: Principal) {
  const { status, webSocket } = await scanJobs(env).watch(scanId, principal)
  const messages: Message[] = []
  const closed = new Promise<number>((resolve) => {
    webSocket?.addEventListener('message', ({ data }) => void messages.push(data))
    webSocket?.addEventListener('close', ({ code }) => resolve(code))
  })
  webSocket?.accept()
  const next = async (): Promise<Message> => {
    while (messages.length === 0) await scheduler.wait(5)
    const text = messages.shift()
    return text.startsWith('{') ? JSON.parse(text) : text
  }
  return { status, socket: webSocket!, closed, next, unread: () => messages.length }
}

describe('the room of a scan', () => {
  it('outlives the object: sockets, who they are and what they are told', async () => {
    const id = await newScan()
    const [first, second] = [await watch(id, ann), await watch(id, bob)]
    const { you } = await first.next()
    await first.next()
    await second.next()
    await evictDurableObject(scanOf(id))
    first.socket.send('ping')
    expect(await first.next()).toBe('pong')
    first.socket.send('{"type":"cursor","x":1,"y":2}')
    const by = { id: String(ann.id), login: ann.login }
    expect(await second.next()).toEqual({ type: 'cursor', session: you.session, by, x: 1, y: 2 })
    await evictDurableObject(scanOf(id))
    await scanOf(id).tell(changed(id))
    for (const { next } of [first, second])
      expect(await next()).toMatchObject({ type: 'map', change: 'mask', status: 'available', by })
    await evictDurableObject(scanOf(id))
    const third = await watch(id, ANONYMOUS)
    expect((await third.next()).editors.map(({ login }: Message) => login)).toEqual([ann.login, bob.login])
    second.socket.close(1000)
    expect(await second.closed).toBe(1000)
    expect(await first.next()).toMatchObject({ type: 'left', editor: { login: bob.login } })
    await scanOf(id).tell({ kind: 'deleted', scanId: id, by: ann })
    expect(await first.closed).toBe(1001)
  })

  it('has no more sockets than it may, and keeps places for who is signed in', async () => {
    const id = await newScan()
    const fill = async (principal: Principal, count: number) => {
      for (let i = 0; i < count; i++) expect((await watch(id, principal)).status).toBe(101)
    }
    await fill(ANONYMOUS, ANONYMOUS_SOCKETS_MAX)
    expect((await watch(id, ANONYMOUS)).status).toBe(503)
    await fill(ann, USER_SOCKETS_MAX)
    expect((await watch(id, ann)).status).toBe(503)
    for (let places = SOCKETS_MAX - ANONYMOUS_SOCKETS_MAX - USER_SOCKETS_MAX, n = 1; places > 0; n++) {
      const count = Math.min(places, USER_SOCKETS_MAX)
      await fill({ kind: 'user', id: 1_000_000 + n, login: `user ${n}`, roles: [] }, count)
      places -= count
    }
    expect((await watch(id, bob)).status).toBe(503)
  })

  it('does not let somebody in with a state that changed while it was looked up', async () => {
    const id = await newScan()
    await runInDurableObject(scanOf(id), async (_, state) => {
      let lookUps = 0
      const room: LiveRoom = new LiveRoom(state, () => {
        lookUps++
        if (lookUps === 1) void room.tell(changed(id))
        return db
      })
      expect((await room.admit(id, ANONYMOUS)).status).toBe(101)
      expect(lookUps).toBe(2)
    })
  })
})
