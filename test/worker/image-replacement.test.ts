import { runDurableObjectAlarm } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { INGEST } from '../../durable-objects/ingest.ts'
import { BAKE } from '../../durable-objects/scan.ts'
import type { RectifyRequest, ReplaceImageRequest } from '../../src/domain/scan-jobs.ts'
import { gcpsOfScan } from '../../src/store/gcps.ts'
import { objectKeys } from '../../src/store/objects.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { findTileSource } from '../../src/store/rectifications.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { db, env, ingestOf, objectKeysUnder, scanOf } from './support/bindings.ts'
import { expectConsistent } from './support/consistency.ts'
import { type AnyJob, inside, jobOf, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, faultyBucket, type Moment, withBucket, withDatabase } from './support/faults.ts'
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
/** More calls than any replacement of these tests makes to one service. */
const CALLS_MAX = 60
const DOUBLE = { x: 2, y: 2 }

let owner: UserPrincipal
let larger: Uint8Array<ArrayBuffer>
let small: SharedPyramid

beforeAll(async () => {
  owner = await makeUser()
  const data = new Uint8Array(600 * 400 * 4)
  for (let i = 0; i < data.length; i += 4) data.set([i & 255, (i >> 8) & 255, 90, 255], i)
  const id = await uploadScan(owner, await smallOriginal())
  await ingestOf(id).wait(id, WAIT_MS)
  const { pyramidKey, pyramid, thumbnailKey } = await readScan(id)
  small = { pyramidKey: pyramidKey!, pyramid: pyramid!, thumbnailKey: thumbnailKey! }
  larger = await (await rasterCodecs()).encodePng({ width: 600, height: 400, data })
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

/** A scan of 300 x 200 pixels with points and a mask; rectified unless told otherwise. */
async function scanWithPoints(isRectified = true): Promise<number> {
  const id = await uploadScan(owner, await smallOriginal())
  await ingestOf(id).wait(id, WAIT_MS)
  await setPoints(owner, id, SMALL_POINTS)
  const polygons = JSON.stringify([
    [
      [
        [10, 20],
        [100, 20],
        [100, 50],
        [10, 20],
      ],
    ],
  ])
  await db.execute(
    sql`insert into scan_masks (scan_id, gml, polygons) values (${id}, 'as sent', ${polygons}::jsonb)`,
  )
  if (isRectified) expect(await scanOf(id).rectify(requestOf(id))).toEqual({ state: 'done' })
  return id
}

const requestOf = (scanId: number): RectifyRequest => ({
  ...{ scanId, principal: owner, transform: 'p1', resampling: 'bilinear', useMask: false, srs: 'EPSG:3857' },
  waitMs: WAIT_MS,
})

/** The request to replace a scan's image, whose original lies in the bucket. */
async function replacement(
  scanId: number,
  bytes: Uint8Array<ArrayBuffer> = larger,
): Promise<ReplaceImageRequest> {
  const sourceKey = objectKeys.source(crypto.randomUUID())
  await env.BUCKET.put(sourceKey, bytes)
  return {
    ...{ scanId, principal: owner, scale: DOUBLE },
    image: {
      ...{ fileName: 'larger.png', contentType: 'image/png', byteSize: bytes.byteLength },
      ...{ width: 600, height: 400, sourceKey },
    },
  }
}

const reachOf = (id: number) => () => ingestOf(id)
const pixels = async (id: number) => (await gcpsOfScan(db, SYSTEM, id)).map(({ x, y }) => [x, y])
const given = SMALL_POINTS.map(([x, y]) => [x, y])
const doubled = SMALL_POINTS.map(([x, y]) => [2 * x, 2 * y])
const isThere = async (key: string | null) => key !== null && (await env.BUCKET.head(key)) !== null

async function maskOf(id: number) {
  const { rows } = await db.execute(sql`select gml, polygons from scan_masks where scan_id = ${id}`)
  return rows[0] as { gml: string; polygons: number[][][][] }
}

/** The scan has its new image, was rectified with it, and nothing of the one before is left. */
async function expectReplaced(id: number, { image }: ReplaceImageRequest, priorSourceKey: string | null) {
  await runToTheEnd(() => scanOf(id), BAKE)
  const scan = await readScan(id)
  expect(scan).toMatchObject({
    ...{ status: 'warped', statusDetail: null, width: 600, height: 400, sourceKey: image.sourceKey },
    ...{ transform: 'p1', resampling: 'bilinear', srs: 'EPSG:3857' },
  })
  expect(scan.pyramid).toMatchObject({ width: 600, height: 400 })
  expect(await pixels(id)).toEqual(doubled)
  const mask = await maskOf(id)
  expect(mask.polygons[0]![0]![1]).toEqual([200, 40])
  expect(mask.gml).toContain('20,360 200,360 200,300 20,360')
  await expectConsistent(id)
  expect(await isThere(priorSourceKey)).toBe(false)
  const rows = await rectificationsOf(id)
  const keys = [scan.pyramidKey!, scan.thumbnailKey!, ...rows.flatMap(({ archive_key }) => archive_key ?? [])]
  expect(await objectKeysUnder(objectKeys.scanPrefix(id))).toEqual(keys.sort())
  return scan
}

describe('an image that replaces another', () => {
  it('takes its place whenever its job is killed', async () => {
    const id = await scanWithPoints()
    const before = await readScan(id)
    const request = await replacement(id)
    const kills = await runKilledAtEveryStep(reachOf(id), INGEST, () => ingestOf(id).replace(request))
    const places = ['cut 0', 'cut 1', 'cut 2', 'cut 3', 'cut 4', 'cut 5', 'cut 6', 'cut 7', 'cut 8', 'cut 9']
    expect(kills.filter((kill) => !places.some((place) => kill.startsWith(place)))).toEqual(
      ['store', 'switch', 'clean', 'rectify'].flatMap((phase) => [
        expect.stringMatching(`^${phase} \\d+ before$`),
        expect.stringMatching(`^${phase} \\d+ after$`),
      ]),
    )
    await expectReplaced(id, request, before.sourceKey)
    const [first] = await rectificationsOf(id)
    expect(await findTileSource(db, SYSTEM, id, first!.id)).toBeNull()
    const { rows } = await db.execute(sql`select points from rectifications where id = ${first!.id}`)
    expect((rows[0]!.points as { x: number; y: number }[]).map(({ x, y }) => [x, y])).toEqual(doubled)
  })

  it('leaves a scan that was not rectified unrectified', async () => {
    const id = await scanWithPoints(false)
    expect(await ingestOf(id).replace(await replacement(id))).toBe('begun')
    await ingestOf(id).wait(id, WAIT_MS)
    expect(await readScan(id)).toMatchObject({ status: 'available', width: 600, transform: null })
    expect(await rectificationsOf(id)).toEqual([])
  })

  it('that cannot be read leaves the scan what it was and says why', async () => {
    const id = await scanWithPoints()
    const before = await readScan(id)
    const request = await replacement(id, larger.slice(0, larger.length >> 1))
    expect(await ingestOf(id).replace(request)).toBe('begun')
    expect(await readScan(id)).toMatchObject({ status: 'loading', sourceKey: before.sourceKey })
    expect((await findTileSource(db, SYSTEM, id))?.archiveKey).toBeTruthy()
    await runToTheEnd(reachOf(id), INGEST)
    const after = await readScan(id)
    expect(after.statusDetail).toMatch(/truncated|ends/)
    expect(after).toEqual({ ...before, statusDetail: after.statusDetail })
    expect(await pixels(id)).toEqual(given)
    expect((await maskOf(id)).gml).toBe('as sent')
    expect(await isThere(request.image.sourceKey)).toBe(false)
    expect(await isThere(before.sourceKey)).toBe(true)
    await expectConsistent(id)
  })

  it('waits for nobody: while the scan loads or is being rectified it is busy', async () => {
    const id = await scanWithPoints()
    const [first, second] = await Promise.all([replacement(id), replacement(id)])
    const outcomes = await Promise.all([ingestOf(id).replace(first), ingestOf(id).replace(second)])
    expect(outcomes.sort()).toEqual(['begun', 'busy'])
    expect(await scanOf(id).rectify(requestOf(id))).toMatchObject({ state: 'refused', reason: 'no-image' })
    await runToTheEnd(reachOf(id), INGEST)
    await runToTheEnd(() => scanOf(id), BAKE)

    await db.execute(sql`update scans set status = 'warping' where id = ${id}`)
    expect(await ingestOf(id).replace(await replacement(id))).toBe('busy')
    expect((await readScan(id)).status).toBe('warping')
  })

  it('is not begun for who may not edit the scan', async () => {
    const id = await scanWithPoints(false)
    const request = { ...(await replacement(id)), principal: await makeUser() }
    expect(await ingestOf(id).replace(request)).toBe('busy')
    expect(await readScan(id)).toMatchObject({ status: 'available', width: 300 })
  })

  it('that was interrupted as it began leaves the scan what it was', async () => {
    const id = await scanWithPoints()
    const before = await readScan(id)
    const request = await replacement(id)
    // The second call claims the scan; its answer comes to nobody.
    const database = new FaultyService('after', (call) => call === 2)
    await inside(reachOf(id), (_, state) => {
      database.atFailure = async () => state.abort('Instance dispose: killed')
    })
    await withDatabase(database, () =>
      ingestOf(id)
        .replace(request)
        .catch(() => undefined),
    )
    expect(await jobOf(reachOf(id), INGEST)).toMatchObject({ phase: 'claim' })
    expect(await readScan(id)).toMatchObject({ status: 'loading' })
    await runToTheEnd(reachOf(id), INGEST)
    const reason = 'the replacement of the image was interrupted as it began'
    expect(await readScan(id)).toEqual({ ...before, statusDetail: reason })
    expect(await isThere(request.image.sourceKey)).toBe(false)
    await expectConsistent(id)
  })

  it('goes with the scan when that is deleted meanwhile', async () => {
    const id = await scanWithPoints(false)
    const request = await replacement(id)
    await ingestOf(id).replace(request)
    await ingestOf(id).cancel()
    expect(await isThere(request.image.sourceKey)).toBe(false)
  })

  it('is rectified though that fails at first', async () => {
    const id = await scanWithPoints()
    const before = await readScan(id)
    const request = await replacement(id)
    let armed = false
    const database: FaultyService = new FaultyService('after', () => armed && database.failures < 4)
    await inside(reachOf(id), (instance) => {
      instance.beforeStep = (_, { phase }: AnyJob) => {
        armed = phase === 'rectify'
      }
    })
    await withDatabase(database, async () => {
      await ingestOf(id).replace(request)
      while (await jobOf(reachOf(id), INGEST)) {
        await Promise.all([
          runDurableObjectAlarm(ingestOf(id)).catch(() => undefined),
          runDurableObjectAlarm(scanOf(id)).catch(() => undefined),
        ])
        await scheduler.wait(5)
      }
    })
    expect(database.failures).toBe(4)
    await expectReplaced(id, request, before.sourceKey)
  })

  it.each<[string, Moment]>([
    ['bucket', 'before'],
    ['database', 'before'],
    ['database', 'after'],
  ])('recovers from any one failure of the %s, %s the call is served', async (which, moment) => {
    let untouched = false
    for (let n = 1; !untouched && n < CALLS_MAX; n++) {
      const id = await readyScan(owner, small, SMALL_POINTS)
      const request = await replacement(id)
      const faulty = new FaultyService(moment, (call) => call === n)
      const sound = new FaultyService()
      await inside(reachOf(id), (instance) => {
        const bucket = faultyBucket(instance.env.BUCKET, which === 'bucket' ? faulty : sound)
        instance.env = withBucket(instance.env, bucket)
      })
      const outcome = await withDatabase(which === 'database' ? faulty : sound, async () => {
        const begun = await ingestOf(id)
          .replace(request)
          .catch(() => null)
        await runToTheEnd(reachOf(id), INGEST)
        return begun
      })
      // Only what fails before the job is stored is not tried again.
      if (outcome === null) expect(which, `call ${n}`).toBe('database')
      const isReplaced = outcome === 'begun'
      expect(await readScan(id)).toMatchObject({ status: 'available', width: isReplaced ? 600 : 300 })
      expect(await pixels(id)).toEqual(isReplaced ? doubled : given)
      expect(await isThere(request.image.sourceKey)).toBe(isReplaced)
      await expectConsistent(id)
      untouched = faulty.failures === 0
    }
    expect(untouched).toBe(true)
  })
})
