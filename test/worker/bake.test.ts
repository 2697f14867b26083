import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { BAKE, EXPORT, type Scan } from '../../durable-objects/scan.ts'
import { ByteLru } from '../../src/domain/render/byte-lru.ts'
import { rendererOf } from '../../src/domain/render/draw.ts'
import { tileIds } from '../../src/domain/render/tile-pyramid.ts'
import type { RectifyOutcome, RectifyRequest } from '../../src/domain/scan-jobs.ts'
import { tileRange } from '../../src/geo/mercator.ts'
import { objectKeys } from '../../src/store/objects.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { findTileSource, type TileSource } from '../../src/store/rectifications.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { db, env, ingestOf, objectBytes, objectKeysUnder, scanOf } from './support/bindings.ts'
import { expectSameBytes } from './support/bytes.ts'
import { archiveAt, brokenObjects, expectConsistent } from './support/consistency.ts'
import { type AnyJob, inside, jobOf, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, faultyBucket, type Moment, withBucket, withDatabase } from './support/faults.ts'
import {
  HAAS_POINTS,
  haasOriginal,
  makeUser,
  type Original,
  type Point,
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
/** More calls than any job of these tests makes to one service. */
const CALLS_MAX = 60
/** Another place for the small scan: every point a little to the east. */
const MOVED_POINTS = SMALL_POINTS.map(([x, y, lon, lat]) => [x, y, lon + 0.05, lat] as const)
/** The Haas map, turned by 45 degrees. */
const ASKEW_POINTS: Point[] = [
  [0, 0, 7, 47],
  [1600, 0, 8, 48],
  [1600, 1018, 8.64, 47.36],
  [0, 1018, 7.64, 46.36],
]
const COLLINEAR_POINTS: Point[] = [0, 1, 2, 3].map((i) => [10 + 50 * i, 20 + 30 * i, 7 + i / 20, 47 + i / 30])

let owner: UserPrincipal
let small: SharedPyramid
let haas: SharedPyramid

async function ingested(original: Original): Promise<SharedPyramid> {
  const id = await uploadScan(owner, original)
  await ingestOf(id).wait(id, WAIT_MS)
  const { pyramidKey, pyramid, thumbnailKey } = await readScan(id)
  return { pyramidKey: pyramidKey!, pyramid: pyramid!, thumbnailKey: thumbnailKey! }
}

beforeAll(async () => {
  owner = await makeUser()
  small = await ingested(await smallOriginal())
  haas = await ingested(haasOriginal())
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const smallScan = () => readyScan(owner, small, SMALL_POINTS)
const haasScan = () => readyScan(owner, haas, HAAS_POINTS)

const requestOf = (scanId: number): RectifyRequest => ({
  ...{ scanId, principal: owner, transform: 'p1', resampling: 'near', useMask: false, waitMs: WAIT_MS },
})

const rectify = (scanId: number, request: Partial<RectifyRequest> = {}): Promise<RectifyOutcome> =>
  scanOf(scanId).rectify({ ...requestOf(scanId), ...request })

/** As `rectify`, but no pause between attempts is waited for. Null when the call itself failed. */
async function rectifyInHaste(scanId: number) {
  let isAnswered = false
  const answer = inside(
    () => scanOf(scanId),
    (instance) => (instance as unknown as Scan).rectify(requestOf(scanId)).catch(() => null),
  ).finally(() => {
    isAnswered = true
  })
  while (!isAnswered) {
    await runDurableObjectAlarm(scanOf(scanId)).catch(() => undefined)
    await scheduler.wait(5)
  }
  await runToTheEnd(() => scanOf(scanId), BAKE)
  return answer
}

async function sourceOf(scanId: number, rectificationId?: number): Promise<TileSource> {
  const source = await findTileSource(db, SYSTEM, scanId, rectificationId)
  if (!source) throw new Error(`scan ${scanId} has no tiles`)
  return source
}

const archiveBytes = async (scanId: number) => objectBytes((await sourceOf(scanId)).archiveKey!)

const lockOf = (scanId: number) =>
  inside(
    () => scanOf(scanId),
    (_, { storage }) => storage.kv.get<number>('lock'),
  )

/** Tiles and blobs that wait in the object's storage. */
const stagedRows = (scanId: number) =>
  inside(
    () => scanOf(scanId),
    (_, { storage: { sql } }) => {
      const tables = sql.exec("select name from sqlite_master where name like 'staged%'").toArray()
      return tables.flatMap(({ name }) => sql.exec(`select * from ${name}`).toArray()).length
    },
  )

/** Lets the scan's bucket fail for calls that `concerns` names. */
const disturbBucket = (
  scanId: number,
  service: FaultyService,
  concerns?: (name: string, key: unknown) => boolean,
) =>
  inside(
    () => scanOf(scanId),
    (instance) => {
      instance.env = withBucket(env, faultyBucket(env.BUCKET, service, concerns))
    },
  )

describe('a bake', () => {
  it.each([
    ['a small scan', smallScan],
    ['the Haas map', haasScan],
  ])('of %s that is killed at every step gives the same bytes', async (_, ready) => {
    const whole = await ready()
    expect(await rectify(whole)).toEqual({ state: 'done' })
    const killed = await ready()
    const reach = () => scanOf(killed)
    const kills = await runKilledAtEveryStep(reach, BAKE, () => rectify(killed, { waitMs: 0 }))

    const { output, minZoom, maxZoom } = await sourceOf(whole)
    const count = tileIds(output.bbox, minZoom, maxZoom).length
    const places = Array.from({ length: Math.ceil(count / 16) }, (_, i) => `draw ${16 * i}`)
    places.push(...['store', 'switch', 'clean'].map((phase) => `${phase} ${count}`))
    expect(kills).toEqual(places.flatMap((place) => [`${place} before`, `${place} after`]))

    await expectConsistent(killed)
    expect(await readScan(killed)).toMatchObject({ status: 'warped', statusDetail: null })
    expectSameBytes(await archiveBytes(killed), await archiveBytes(whole))
    expect(await stagedRows(killed)).toBe(0)
    expect(await lockOf(killed)).toBeUndefined()
  })

  it('stores every tile that is not empty, as it is drawn live', async () => {
    const scanId = await haasScan()
    expect(await rectify(scanId, { transform: 'p3', resampling: 'bilinear' })).toEqual({ state: 'done' })
    const source = await sourceOf(scanId)
    const codecs = await rasterCodecs()
    const tools = { bucket: env.BUCKET, codecs, decoded: new ByteLru<Uint8Array>(2 ** 25) }
    const renderer = rendererOf(tools, source)
    const archive = archiveAt(source.archiveKey!)
    const header = await archive.getHeader()
    expect([header.minZoom, header.maxZoom]).toEqual([source.minZoom, source.maxZoom])
    const seen = { stored: 0, empty: 0 }
    for (let z = source.minZoom; z <= source.maxZoom; z++) {
      const { minX, minY, maxX, maxY } = tileRange(source.output.bbox, z)
      const last = 2 ** z - 1
      // One tile further than the extent on each side: the archive must not have these.
      for (let x = Math.max(0, minX - 1); x <= Math.min(last, maxX + 1); x++) {
        for (let y = Math.max(0, minY - 1); y <= Math.min(last, maxY + 1); y++) {
          const stored = await archive.getZxy(z, x, y)
          const data = await renderer.tile(z, x, y, 256)
          const live = data && (await codecs.encodeWebp({ width: 256, height: 256, data }))
          expectSameBytes(stored && new Uint8Array(stored.data), live ?? undefined, `${z}/${x}/${y}`)
          seen[stored ? 'stored' : 'empty']++
        }
      }
    }
    expect(seen.stored).toBeGreaterThan(50)
    expect(seen.empty).toBeGreaterThan(10)
    expect(header.numAddressedTiles).toBe(seen.stored)
  })

  it('is the same when its alarm is delivered twice', async () => {
    const whole = await smallScan()
    await rectify(whole)
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    const steps: string[] = []
    await inside(reach, async (instance) => {
      instance.beforeStep = (_, { phase, cursor }: AnyJob) => steps.push(`${phase} ${cursor}`)
      await rectify(scanId, { waitMs: 0 })
      await Promise.all([instance.alarm(), instance.alarm()])
    })
    await runToTheEnd(reach, BAKE)
    expect(new Set(steps).size).toBe(steps.length)
    expectSameBytes(await archiveBytes(scanId), await archiveBytes(whole))

    const scan = await readScan(scanId)
    const rows = await rectificationsOf(scanId)
    await inside(reach, (instance) => instance.alarm())
    expect(await readScan(scanId)).toEqual(scan)
    expect(await rectificationsOf(scanId)).toEqual(rows)
    expect(await runDurableObjectAlarm(reach())).toBe(false)
  })

  it('keeps the objects of the newest two rectifications and deletes older ones', async () => {
    const scanId = await smallScan()
    for (let i = 0; i < 4; i++) expect(await rectify(scanId)).toEqual({ state: 'done' })
    const rows = await rectificationsOf(scanId)
    const keys = rows.map(({ id }) => objectKeys.tiles(scanId, id))
    expect(rows.map(({ archive_key }) => archive_key)).toEqual([null, null, ...keys.slice(2)])
    expect(await objectKeysUnder(`scans/${scanId}/tiles/`)).toEqual(keys.slice(2).sort())
  })

  it('cancelled in the middle has stopped and leaves nothing', async () => {
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    const reached = Promise.withResolvers<void>()
    await inside(reach, (instance) => {
      instance.beforeStep = (_, { phase }: AnyJob) => {
        if (phase === 'store') reached.resolve()
      }
    })
    const outcome = rectify(scanId)
    await reached.promise
    await reach().cancel()
    await inside(reach, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull()
      expect([...storage.kv.list()]).toEqual([])
    })
    expect(await objectKeysUnder(`scans/${scanId}/tiles/`)).toEqual([])
    expect(await outcome).toEqual({ state: 'running' })
  })
})

describe('the lock of a scan', () => {
  it('lets one of two calls at once work; the other is told the scan is busy', async () => {
    const scanId = await smallScan()
    const outcomes = await Promise.all([rectify(scanId), rectify(scanId)])
    expect(outcomes.map(({ state }) => state).sort()).toEqual(['busy', 'done'])
    expect(await rectificationsOf(scanId)).toHaveLength(1)
    expect(await lockOf(scanId)).toBeUndefined()
    expect(await rectify(scanId)).toEqual({ state: 'done' })
  })

  it('is held while its lease lasts, and free once that is over', async () => {
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    await inside(reach, (_, { storage }) => storage.kv.put('lock', Date.now() + 20_000))
    expect(await rectify(scanId)).toEqual({ state: 'busy' })
    expect(await rectificationsOf(scanId)).toEqual([])
    await inside(reach, (_, { storage }) => storage.kv.put('lock', Date.now() - 1))
    expect(await rectify(scanId)).toEqual({ state: 'done' })
  })

  it('is renewed by every step', async () => {
    const scanId = await smallScan()
    const lives: boolean[] = []
    await inside(
      () => scanOf(scanId),
      (instance, { storage }) => {
        instance.beforeStep = () => {
          lives.push((storage.kv.get<number>('lock') ?? 0) > Date.now() + 10_000)
          storage.kv.put('lock', Date.now() + 1)
        }
      },
    )
    expect(await rectify(scanId)).toEqual({ state: 'done' })
    expect(lives.length).toBeGreaterThan(4)
    expect(lives.every(Boolean)).toBe(true)
  })

  it('left by a dead job is taken over once its lease is over; the dead rectification has failed', async () => {
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    await inside(reach, (instance, state) => {
      instance.beforeStep = (_, { phase }: AnyJob) => {
        if (phase !== 'store') return
        state.abort('Instance dispose: killed')
        throw new Error('Instance dispose: killed')
      }
    })
    await rectify(scanId).catch(() => undefined)
    expect(await jobOf(reach, BAKE)).toMatchObject({ phase: 'store' })
    expect(await rectify(scanId)).toEqual({ state: 'busy' })
    await inside(reach, async (_, { storage }) => {
      await storage.deleteAlarm()
      storage.kv.put('lock', Date.now() - 1)
    })
    expect(await readScan(scanId)).toMatchObject({ status: 'warping' })

    expect(await rectify(scanId)).toEqual({ state: 'done' })
    const [dead, next] = await rectificationsOf(scanId)
    expect(dead).toMatchObject({ state: 'failed', failure: 'the rectification stopped and was given up' })
    expect(next).toMatchObject({ state: 'done', prior_status: 'available' })
    expect(await readScan(scanId)).toMatchObject({ status: 'warped', liveRectificationId: next?.id })
    await expectConsistent(scanId)
  })

  it('of a rectification killed as it begins is freed, and the scan is as before', async () => {
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    // The third call writes the rectification; its answer comes to nobody.
    const database = new FaultyService('after', (call) => call === 3)
    await inside(reach, (_, state) => {
      database.atFailure = async () => state.abort('Instance dispose: killed')
    })
    await withDatabase(database, () => rectify(scanId).catch(() => undefined))
    expect(await jobOf(reach, BAKE)).toMatchObject({ phase: 'begin' })
    expect(await readScan(scanId)).toMatchObject({ status: 'warping' })
    expect(await rectify(scanId)).toEqual({ state: 'busy' })

    await runToTheEnd(reach, BAKE)
    const reason = 'the rectification was interrupted as it began'
    expect(await readScan(scanId)).toMatchObject({ status: 'available', statusDetail: reason })
    expect(await rectificationsOf(scanId)).toMatchObject([{ state: 'failed', failure: reason }])
    await expectConsistent(scanId)
    expect(await rectify(scanId)).toEqual({ state: 'done' })
  })

  it('is not disturbed by an alarm that comes while a rectification begins', async () => {
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    const reached = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const database = new FaultyService()
    const call = database.call.bind(database)
    database.call = async <T>(work: () => Promise<T>) => {
      const result = await call(work)
      // The third call writes the rectification.
      if (database.calls === 3) {
        reached.resolve()
        await goOn.promise
      }
      return result
    }
    await withDatabase(database, async () => {
      const outcome = rectify(scanId)
      await reached.promise
      const alarm = inside(reach, (instance) => instance.alarm())
      await scheduler.wait(20)
      await inside(reach, () => goOn.resolve())
      expect(await outcome).toEqual({ state: 'done' })
      await alarm
    })
  })

  it('taken over from a job that was only slow is not disturbed by it', async () => {
    const expected = await smallScan()
    await setPoints(owner, expected, MOVED_POINTS)
    await rectify(expected)
    const scanId = await smallScan()
    const reach = () => scanOf(scanId)
    const reached = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    let slow = true
    await inside(reach, (instance) => {
      const step = instance.step.bind(instance)
      instance.step = async (name, job) => {
        const next = await step(name, job)
        if (!slow) return next
        slow = false
        reached.resolve()
        await goOn.promise
        return next
      }
    })
    await rectify(scanId, { waitMs: 0 })
    await reached.promise
    await inside(reach, (_, { storage }) => storage.kv.put('lock', Date.now() - 1))
    await setPoints(owner, scanId, MOVED_POINTS)
    const outcome = rectify(scanId)
    while ((await rectificationsOf(scanId)).length < 2) await scheduler.wait(5)
    await inside(reach, () => goOn.resolve())
    expect(await outcome).toEqual({ state: 'done' })
    expect((await rectificationsOf(scanId)).map(({ state }) => state)).toEqual(['failed', 'done'])
    expectSameBytes(await archiveBytes(scanId), await archiveBytes(expected))
    await expectConsistent(scanId)
  })
})

describe('a rectification that fails', () => {
  it.each(['warped', 'published'])('leaves a %s scan its tiles and tells why', async (status) => {
    const scanId = await smallScan()
    await rectify(scanId)
    await db.execute(sql`update scans set status = ${status} where id = ${scanId}`)
    const before = await readScan(scanId)
    const bytes = await archiveBytes(scanId)
    await setPoints(owner, scanId, MOVED_POINTS)
    await disturbBucket(scanId, new FaultyService('before', () => true), (name) => name === 'put')
    const outcome = await rectifyInHaste(scanId)
    const reason = 'an internal error; it was tried several times'
    expect(outcome).toEqual({ state: 'failed', message: reason })

    const scan = await readScan(scanId)
    expect(scan).toMatchObject({ status, statusDetail: reason, bbox: before.bbox })
    expect(scan.liveRectificationId).toBe(before.liveRectificationId)
    const [kept, failed] = await rectificationsOf(scanId)
    expect(failed).toMatchObject({ state: 'failed', failure: reason, archive_key: null })
    const source = await sourceOf(scanId)
    expect(source).toMatchObject({ rectificationId: kept?.id, archiveKey: kept?.archive_key })
    expectSameBytes(await archiveBytes(scanId), bytes)
    await expectConsistent(scanId)
    const { rows } = await db.execute(
      sql`select st_xmin(extent) as west, st_ymax(extent) as north from resources where id = ${scanId}`,
    )
    expect([rows[0]?.west, rows[0]?.north].map(Number)).toEqual([
      source.output.bbox[0],
      source.output.bbox[3],
    ])

    await disturbBucket(scanId, new FaultyService())
    expect(await rectify(scanId)).toEqual({ state: 'done' })
    expect(await readScan(scanId)).toMatchObject({ status, statusDetail: null })
  })

  it('for want of a solution or of points is refused, and nothing changes', async () => {
    const scanId = await smallScan()
    await rectify(scanId)
    const unchanged = async () => ({
      scan: { ...(await readScan(scanId)), version: null, updatedAt: null },
      rectifications: await rectificationsOf(scanId),
    })
    const before = await unchanged()
    await setPoints(owner, scanId, COLLINEAR_POINTS)
    expect(await rectify(scanId)).toEqual({
      ...{ state: 'refused', reason: 'unsolvable', message: expect.stringMatching(/line/) },
    })
    await setPoints(owner, scanId, SMALL_POINTS.slice(0, 2))
    expect(await rectify(scanId)).toEqual({ state: 'refused', reason: 'too-few-points', needed: 3 })
    expect(await unchanged()).toEqual(before)
    expect(await lockOf(scanId)).toBeUndefined()
  })

  it('on a scan without an image is refused', async () => {
    const id = await uploadScan(owner, await smallOriginal())
    expect(await rectify(id)).toMatchObject({ state: 'refused', reason: 'no-image' })
    expect((await readScan(id)).status).toBe('loading')
  })
})

describe('a bake whose services fail', () => {
  const SERVICES = ['bucket', 'database'] as const

  /**
   * Rectifies one scan again and again, `faulty(n)` in the place of one service, until that is not hurt any more.
   * The object forgets its memory before each time.
   */
  async function untilUntouched(
    which: (typeof SERVICES)[number],
    faulty: (n: number) => FaultyService,
    check: (scanId: number, outcome: { state: string } | null, n: number) => Promise<void>,
  ): Promise<void> {
    const scanId = await smallScan()
    for (let n = 1; n < CALLS_MAX; n++) {
      await evictDurableObject(scanOf(scanId)).catch(() => undefined)
      const service = faulty(n)
      const broken: string[] = []
      service.atFailure = async () => void broken.push(...(await brokenObjects(scanId)))
      const sound = new FaultyService()
      await disturbBucket(scanId, which === 'bucket' ? service : sound)
      const outcome = await withDatabase(which === 'database' ? service : sound, () => rectifyInHaste(scanId))
      expect(broken, `at call ${n}`).toEqual([])
      await expectConsistent(scanId)
      expect(await lockOf(scanId)).toBeUndefined()
      expect(await stagedRows(scanId)).toBe(0)
      await check(scanId, outcome, n)
      if (service.failures === 0) return
    }
    throw new Error('the job never went through untouched')
  }

  describe.each<Moment>(['before', 'after'])('%s the call is served', (moment) => {
    it.each(SERVICES)('once, at any call of the %s, is whole or has cleanly failed', async (which) => {
      let done = 0
      await untilUntouched(
        which,
        (n) => new FaultyService(moment, (call) => call === n),
        async (scanId, outcome, n) => {
          // Only the calls made before the job is stored are not tried again.
          if (outcome === null) expect(which, `call ${n}`).toBe('database')
          else expect(outcome, `call ${n}`).toEqual({ state: 'done' })
          if (outcome) done++
          const { status } = await readScan(scanId)
          expect(status).toBe(done > 0 ? 'warped' : 'available')
        },
      )
      expect(done).toBeGreaterThan(3)
    })
  })

  it('for good, from any call of the bucket on, is whole or has cleanly failed', async () => {
    const states: string[] = []
    await untilUntouched(
      'bucket',
      (n) => new FaultyService('before', (call) => call >= n),
      async (_, outcome) => void states.push(outcome?.state ?? 'none'),
    )
    expect(states[0]).toBe('failed')
    expect(states.at(-1)).toBe('done')
    expect([...states].sort()).toEqual(
      ['done', 'failed'].flatMap((s) => states.filter((state) => state === s)),
    )
  })

  it('sweeps later what it could not delete', async () => {
    const scanId = await smallScan()
    for (let i = 0; i < 2; i++) await rectify(scanId)
    await disturbBucket(scanId, new FaultyService('before', () => true), (name) => name === 'delete')
    expect(await rectifyInHaste(scanId)).toEqual({ state: 'done' })
    await expectConsistent(scanId)
    expect(await objectKeysUnder(`scans/${scanId}/tiles/`)).toHaveLength(3)
    await disturbBucket(scanId, new FaultyService())
    expect(await rectify(scanId)).toEqual({ state: 'done' })
    expect(await objectKeysUnder(`scans/${scanId}/tiles/`)).toHaveLength(2)
  })
})

describe('the export of a GeoTIFF', () => {
  it('that is killed at every step gives the same bytes', async () => {
    // A scan that lies askew: its extent has more tiles than one step makes.
    const [whole, killed] = [
      await readyScan(owner, haas, ASKEW_POINTS),
      await readyScan(owner, haas, ASKEW_POINTS),
    ]
    for (const id of [whole, killed]) await rectify(id)
    const exported = (id: number, rectificationId: number, waitMs = WAIT_MS) =>
      scanOf(id).exportGeotiff(id, rectificationId, waitMs)
    const { rectificationId } = await sourceOf(whole)
    const key = objectKeys.geotiff(whole, rectificationId)
    expect(await exported(whole, rectificationId)).toEqual({ state: 'done', key })
    expect((await sourceOf(whole)).geotiffKey).toBe(key)

    const other = await sourceOf(killed)
    const kills = await runKilledAtEveryStep(
      () => scanOf(killed),
      EXPORT,
      () => exported(killed, other.rectificationId, 0),
    )
    const phases = ['draw', 'draw', 'store', 'switch', 'clean']
    expect(kills.map((place) => place.split(' ')[0])).toEqual(phases.flatMap((phase) => [phase, phase]))
    const bytes = await objectBytes((await sourceOf(killed)).geotiffKey!)
    expectSameBytes(bytes, await objectBytes(key))
    expect(await stagedRows(killed)).toBe(0)
  })

  it('asked for by several callers at once is made once', async () => {
    const scanId = await smallScan()
    await rectify(scanId)
    const { rectificationId } = await sourceOf(scanId)
    const puts = new FaultyService()
    await disturbBucket(scanId, puts, (name) => name === 'put')
    const ask = () => scanOf(scanId).exportGeotiff(scanId, rectificationId, WAIT_MS)
    const done = { state: 'done', key: objectKeys.geotiff(scanId, rectificationId) }
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([done, done, done])
    expect(await ask()).toEqual(done)
    expect(puts.calls).toBe(1)
    expect(await objectKeysUnder(`scans/${scanId}/export/`)).toEqual([done.key])
  })

  it('fails with the reason where the rectification is gone, and can be asked for again', async () => {
    const scanId = await smallScan()
    await rectify(scanId)
    const { rectificationId } = await sourceOf(scanId)
    expect(await scanOf(scanId).exportGeotiff(scanId, rectificationId + 1_000_000, WAIT_MS)).toEqual({
      ...{ state: 'failed', message: 'the map or its rectification is gone' },
    })
    expect(await scanOf(scanId).exportGeotiff(scanId, rectificationId, WAIT_MS)).toMatchObject({
      state: 'done',
    })
  })
})
