import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { BAKE } from '../../durable-objects/scan.ts'
import type { RectifyRequest } from '../../src/domain/scan-jobs.ts'
import { gcpsOfScan } from '../../src/store/gcps.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { findRectification } from '../../src/store/rectification-history.ts'
import { db, ingestOf, scanOf } from './support/bindings.ts'
import { expectConsistent } from './support/consistency.ts'
import { inside, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, type Moment, withDatabase } from './support/faults.ts'
import {
  makeUser,
  readScan,
  readyScan,
  rectificationsOf,
  type SharedPyramid,
  SMALL_POINTS,
  SYSTEM,
  setPoints,
  smallOriginal,
  uploadScan,
} from './support/scans.ts'

const WAIT_MS = 100_000
const MOVED_POINTS = SMALL_POINTS.map(([x, y, lon, lat], i) => [x + (i === 0 ? 0 : 1), y, lon, lat] as const)

let owner: UserPrincipal
let small: SharedPyramid

beforeAll(async () => {
  owner = await makeUser()
  const id = await uploadScan(owner, await smallOriginal())
  await ingestOf(id).wait(id, WAIT_MS)
  const { pyramidKey, pyramid, thumbnailKey } = await readScan(id)
  small = { pyramidKey: pyramidKey!, pyramid: pyramid!, thumbnailKey: thumbnailKey! }
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const plain = (scanId: number): RectifyRequest => ({
  ...{ scanId, principal: owner, transform: 'p1', resampling: 'near', useMask: false, waitMs: WAIT_MS },
})

/** A scan rectified twice: by its first points in web mercator, then by others, of which one is the same. */
async function rectifiedTwice(): Promise<{ id: number; first: number }> {
  const id = await readyScan(owner, small, SMALL_POINTS)
  expect(await scanOf(id).rectify({ ...plain(id), srs: 'EPSG:3857' })).toEqual({ state: 'done' })
  await setPoints(owner, id, MOVED_POINTS)
  expect(await scanOf(id).rectify(plain(id))).toEqual({ state: 'done' })
  const [first] = await rectificationsOf(id)
  return { id, first: first!.id }
}

const back = (id: number, revertTo: number): RectifyRequest => ({ ...plain(id), srs: 'EPSG:3857', revertTo })

const pointsOf = async (id: number) =>
  (await gcpsOfScan(db, SYSTEM, id)).map(({ x, y, lon, lat }) => [x, y, Number(lon), Number(lat)])
const sorted = (points: readonly (readonly number[])[]) => [...points].sort(([a], [b]) => a! - b!)

async function activityOfPoints(id: number): Promise<{ action: string; count: number }[]> {
  const { rows } = await db.execute(sql`
    select action, count(*)::int as count from activity a
    where auditable_type = 'Gcp' and user_id = ${owner.id} and (auditable_id in (select id from gcps where scan_id = ${id})
      or action = 'destroy') group by action order by action`)
  return rows as { action: string; count: number }[]
}

describe('going back to a rectification', () => {
  it('restores its points and its way of warping, as a rectification of its own', async () => {
    const { id, first } = await rectifiedTwice()
    const kept = (await gcpsOfScan(db, SYSTEM, id))[0]!
    const destroyed = async () =>
      (await activityOfPoints(id)).find(({ action }) => action === 'destroy')?.count ?? 0
    const before = await destroyed()
    expect(await scanOf(id).rectify(back(id, first))).toEqual({ state: 'done' })
    expect(sorted(await pointsOf(id))).toEqual(sorted(SMALL_POINTS))
    expect((await gcpsOfScan(db, SYSTEM, id)).map((gcp) => gcp.id)).toContain(kept.id)
    expect((await destroyed()) - before).toBe(MOVED_POINTS.length - 1)
    const rows = await rectificationsOf(id)
    const newest = await findRectification(db, SYSTEM, id, rows.at(-1)!.id)
    const former = await findRectification(db, SYSTEM, id, first)
    expect(rows).toHaveLength(3)
    expect(newest).toMatchObject({
      isLive: true,
      srs: 'EPSG:3857',
      bbox: former!.bbox,
      points: former!.points,
    })
    expect(await readScan(id)).toMatchObject({ status: 'warped', srs: 'EPSG:3857' })
    await expectConsistent(id)
  })

  it('comes to the same whenever its job is killed', async () => {
    const { id, first } = await rectifiedTwice()
    const reach = () => scanOf(id)
    const kills = await runKilledAtEveryStep(reach, BAKE, async () => {
      await reach().rectify({ ...back(id, first), waitMs: 0 })
    })
    expect(kills.length).toBeGreaterThan(6)
    expect(sorted(await pointsOf(id))).toEqual(sorted(SMALL_POINTS))
    expect(await rectificationsOf(id)).toHaveLength(3)
    await expectConsistent(id)
  })

  it.each<[Moment, typeof SMALL_POINTS]>([
    ['before', [...MOVED_POINTS]],
    ['after', SMALL_POINTS],
  ])('killed as it begins, %s its transaction, has restored all points or none', async (moment, expected) => {
    const { id, first } = await rectifiedTwice()
    const former = await readScan(id)
    const reach = () => scanOf(id)
    // The third call is the transaction.
    const database = new FaultyService(moment, (call) => call === 3)
    await inside(reach, (_, state) => {
      database.atFailure = async () => state.abort('Instance dispose: killed')
    })
    await withDatabase(database, async () => {
      await reach()
        .rectify(back(id, first))
        .then(
          () => {},
          () => {},
        )
    })
    await runToTheEnd(reach, BAKE)
    expect(sorted(await pointsOf(id))).toEqual(sorted(expected))
    const { status, liveRectificationId } = await readScan(id)
    expect({ status, liveRectificationId }).toEqual({
      ...{ status: 'warped', liveRectificationId: former.liveRectificationId },
    })
    await expectConsistent(id)
    await inside(reach, (_, { storage }) => storage.kv.put('lock', Date.now() - 1))
    expect(await reach().rectify(back(id, first))).toEqual({ state: 'done' })
    expect(sorted(await pointsOf(id))).toEqual(sorted(SMALL_POINTS))
  })

  it('is not done while the scan is busy, and changes nothing then', async () => {
    const { id, first } = await rectifiedTwice()
    const outcomes = await Promise.all([scanOf(id).rectify(plain(id)), scanOf(id).rectify(back(id, first))])
    expect(outcomes.map(({ state }) => state)).toEqual(['done', 'busy'])
    expect(sorted(await pointsOf(id))).toEqual(sorted(MOVED_POINTS))
  })

  it('finds none of another scan', async () => {
    const [{ id }, other] = [await rectifiedTwice(), await rectifiedTwice()]
    expect(await scanOf(id).rectify(back(id, other.first))).toMatchObject({ state: 'refused' })
    expect(await scanOf(id).rectify(plain(id))).toEqual({ state: 'done' })
  })
})
