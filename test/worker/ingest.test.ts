import { runDurableObjectAlarm } from 'cloudflare:test'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { INGEST } from '../../durable-objects/ingest.ts'
import { ingestSteps } from '../../src/domain/pyramid/steps.ts'
import { createScan } from '../../src/domain/scans.ts'
import { deletePrefix, objectKeys } from '../../src/store/objects.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { scanIdOfSource } from '../../src/store/scans.ts'
import { rasterCodecs } from '../../workers/codecs.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { db, env, ingestOf, objectBytes, objectKeysUnder } from './support/bindings.ts'
import { expectSameBytes } from './support/bytes.ts'
import { archiveAt, expectConsistent } from './support/consistency.ts'
import { type AnyJob, inside, jobOf, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, faultyBucket, type Moment, withBucket, withDatabase } from './support/faults.ts'
import {
  HAAS,
  haasOriginal,
  makeUser,
  type Original,
  readScan,
  smallOriginal,
  uploadScan,
} from './support/scans.ts'

const WAIT_MS = 100_000
type Spoil = (jpeg: Uint8Array<ArrayBuffer>) => Uint8Array
/** More calls than any ingest of these tests makes to one service. */
const CALLS_MAX = 40
let owner: UserPrincipal
let small: Original

beforeAll(async () => {
  owner = await makeUser()
  small = await smallOriginal()
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

/** Ingests a scan without any disturbance. */
async function ingested(original: Original) {
  const id = await uploadScan(owner, original)
  await ingestOf(id).wait(id, WAIT_MS)
  const scan = await readScan(id)
  expect(scan.status).toBe('available')
  return scan
}

/** Pyramid and thumbnail of a scan that has been ingested. */
async function output(scan: { pyramidKey: string | null; thumbnailKey: string | null }) {
  return { pyramid: await objectBytes(scan.pyramidKey!), thumbnail: await objectBytes(scan.thumbnailKey!) }
}

type Output = Awaited<ReturnType<typeof output>>

function expectSameOutput(actual: Output, expected: Output): void {
  expectSameBytes(actual.pyramid, expected.pyramid)
  expectSameBytes(actual.thumbnail, expected.thumbnail)
}

/** Rows of everything that waits in the object's storage. */
const staged = (id: number) =>
  inside(
    () => ingestOf(id),
    (_, { storage }) => ({
      tiles: storage.sql.exec('select * from staged_tiles').toArray().length,
      blobs: storage.sql.exec('select * from staged_blobs').toArray().length,
    }),
  )

describe('an ingest', () => {
  it('cuts the scan into a pyramid whose tiles are all there', async () => {
    const scan = await ingested(haasOriginal())
    expect(scan.pyramid).toEqual({
      ...{ ...HAAS, tileSize: 512, levels: 3, hasAlpha: false, tileFormat: 'jpeg' },
    })
    const archive = archiveAt(scan.pyramidKey!)
    expect(await archive.getMetadata()).toEqual(scan.pyramid)
    const codecs = await rasterCodecs()
    for (let z = 0; z < 3; z++) {
      const width = Math.ceil(HAAS.width / 2 ** (2 - z))
      const height = Math.ceil(HAAS.height / 2 ** (2 - z))
      for (let y = 0; y * 512 < height; y++) {
        for (let x = 0; x * 512 < width; x++) {
          const tile = await archive.getZxy(z, x, y)
          const image = await codecs.decode('jpeg', new Uint8Array(tile!.data))
          expect([image.width, image.height]).toEqual([
            Math.min(512, width - x * 512),
            Math.min(512, height - y * 512),
          ])
        }
      }
    }
    expect(await staged(scan.id)).toEqual({ tiles: 0, blobs: 0 })
  })

  it.each([
    ['a JPEG of 11 tiles', haasOriginal],
    ['a PNG of one', smallOriginal],
  ])('that is killed at every step of %s gives the same bytes', async (_, original) => {
    const whole = await ingested(await original())
    const id = await uploadScan(owner, await original())
    const reach = () => ingestOf(id)
    const kills = await runKilledAtEveryStep(reach, INGEST, () => reach().start(id))

    const cursors = ingestSteps(whole.pyramid!).length + 1
    const places = Array.from({ length: cursors }, (_, cursor) => `cut ${cursor}`)
    places.push(`store ${cursors - 1}`, `switch ${cursors - 1}`)
    expect(kills).toEqual(places.flatMap((place) => [`${place} before`, `${place} after`]))
    const scan = await readScan(id)
    expect(scan).toMatchObject({ status: 'available', statusDetail: null, pyramid: whole.pyramid })
    expectSameOutput(await output(scan), await output(whole))
    expect(await staged(id)).toEqual({ tiles: 0, blobs: 0 })
  })

  it('is the same when its alarm is delivered twice', async () => {
    const whole = await ingested(small)
    const id = await uploadScan(owner, small)
    const steps: string[] = []
    await inside(
      () => ingestOf(id),
      async (instance) => {
        instance.beforeStep = (_, { phase, cursor }: AnyJob) => steps.push(`${phase} ${cursor}`)
        await ingestOf(id).start(id)
        await Promise.all([instance.alarm(), instance.alarm()])
      },
    )
    await runToTheEnd(() => ingestOf(id), INGEST)
    const scan = await readScan(id)
    expectSameOutput(await output(scan), await output(whole))
    expect(new Set(steps).size).toBe(steps.length)

    const keys = await objectKeysUnder(objectKeys.scanPrefix(id))
    await inside(
      () => ingestOf(id),
      (instance) => instance.alarm(),
    )
    expect(await readScan(id)).toEqual(scan)
    expect(await objectKeysUnder(objectKeys.scanPrefix(id))).toEqual(keys)
    expect(await runDurableObjectAlarm(ingestOf(id))).toBe(false)
  })

  it('asked for again after its end changes nothing', async () => {
    const scan = await ingested(small)
    await ingestOf(scan.id).wait(scan.id, WAIT_MS)
    expect(await readScan(scan.id)).toEqual(scan)
  })

  it.each<[string, Spoil, RegExp]>([
    ['is cut off', (jpeg) => jpeg.slice(0, jpeg.length >> 1), /^truncated JPEG: ends at byte \d+/],
    [
      'is damaged in its middle',
      (jpeg) => jpeg.fill(0x55, jpeg.length >> 1, (jpeg.length >> 1) + 4000),
      /Corrupt JPEG data/,
    ],
    ['is not an image', () => new TextEncoder().encode('no image at all'), /^the file is not an image/],
  ])('of an original that %s leaves the scan without an image and says why', async (_, spoil, reason) => {
    const original = haasOriginal()
    const id = await uploadScan(owner, { ...original, bytes: Uint8Array.from(spoil(original.bytes)) })
    await ingestOf(id).wait(id, WAIT_MS)
    const scan = await readScan(id)
    expect(scan).toMatchObject({ status: 'unloaded', pyramidKey: null, thumbnailKey: null })
    expect(scan.statusDetail).toMatch(reason)
    expect(await staged(id)).toEqual({ tiles: 0, blobs: 0 })
    expect(await objectKeysUnder(objectKeys.scanPrefix(id))).toEqual([])
  })

  it.each(['cut', 'store'])('cancelled in the phase %s has stopped and leaves nothing', async (phase) => {
    const id = await uploadScan(owner, small)
    const reach = () => ingestOf(id)
    const reached = Promise.withResolvers<void>()
    let ended = false
    await inside(reach, (instance) => {
      const step = instance.step.bind(instance)
      instance.step = async (name, job) => {
        if (job.phase === phase) reached.resolve()
        const next = await step(name, job).finally(() => scheduler.wait(50))
        ended ||= job.phase === phase
        return next
      }
    })
    await reach().start(id)
    await reached.promise
    await reach().cancel()
    expect(ended).toBe(true)
    await inside(reach, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull()
      expect([...storage.kv.list()]).toEqual([])
      expect(storage.sql.exec("select name from sqlite_master where name like 'staged%'").toArray()).toEqual(
        [],
      )
    })
    await deletePrefix(env.BUCKET, objectKeys.scanPrefix(id))
    expect(await runDurableObjectAlarm(reach())).toBe(false)
    expect(await objectKeysUnder(objectKeys.scanPrefix(id))).toEqual([])
    expect((await readScan(id)).status).toBe('loading')
  })
})

describe('an ingest whose services fail', () => {
  /** Runs an ingest with a disturbed bucket and database until it has ended. */
  async function disturbed(bucket: FaultyService, database: FaultyService) {
    const id = await uploadScan(owner, small)
    const reach = () => ingestOf(id)
    await inside(reach, (instance) => {
      instance.env = withBucket(instance.env, faultyBucket(instance.env.BUCKET, bucket))
    })
    await withDatabase(database, async () => {
      await reach().start(id)
      await runToTheEnd(reach, INGEST)
    })
    expect(await jobOf(reach, INGEST)).toBeUndefined()
    return readScan(id)
  }

  describe.each<Moment>(['before', 'after'])('%s the call is served', (moment) => {
    it.each(['bucket', 'database'])('recovers from any one failure of the %s', async (which) => {
      const whole = await output(await ingested(small))
      let untouched = false
      for (let n = 1; !untouched && n < CALLS_MAX; n++) {
        const faulty = new FaultyService(moment, (call) => call === n)
        const sound = new FaultyService()
        const scan = await (which === 'bucket' ? disturbed(faulty, sound) : disturbed(sound, faulty))
        expect(scan, `call ${n}`).toMatchObject({ status: 'available', statusDetail: null })
        expectSameOutput(await output(scan), whole)
        await expectConsistent(scan.id)
        untouched = faulty.failures === 0
      }
      expect(untouched).toBe(true)
    })
  })

  it('fails cleanly when the bucket fails for good, from whichever call on', async () => {
    let untouched = false
    for (let n = 1; !untouched && n < CALLS_MAX; n++) {
      const faulty = new FaultyService('before', (call) => call >= n)
      const scan = await disturbed(faulty, new FaultyService())
      await expectConsistent(scan.id)
      untouched = faulty.failures === 0
      expect(scan.status).toBe(untouched ? 'available' : 'unloaded')
      if (!untouched) expect(scan.statusDetail).toMatch(/internal error/)
    }
    expect(untouched).toBe(true)
  })

  it('goes on when the database comes back after a long time', async () => {
    let down = true
    const database = new FaultyService('before', () => down)
    const id = await uploadScan(owner, small)
    const reach = () => ingestOf(id)
    await withDatabase(database, async () => {
      await reach().start(id)
      while (database.failures < 8) {
        await runDurableObjectAlarm(reach()).catch(() => undefined)
        await scheduler.wait(5)
      }
      down = false
      await runToTheEnd(reach, INGEST)
    })
    expect(await readScan(id)).toMatchObject({ status: 'available' })
  })
})

describe('an upload', () => {
  it.each<Moment>(['before', 'after'])(
    'has a row and an original, or neither, whichever database call fails (%s)',
    async (moment) => {
      for (let failing = 1, untouched = false; !untouched; failing++) {
        const key = objectKeys.source(crypto.randomUUID())
        await env.BUCKET.put(key, small.bytes)
        const service = new FaultyService(moment, (call) => call === failing)
        const image = {
          ...{ key, size: small.bytes.byteLength, sha256: '', fileName: 'scan.png' },
          ...{ declaredType: null, attribute: 'file' as const, sourceUrl: null },
        }
        const context = {
          db,
          bucket: env.BUCKET,
          jobs: scanJobs(env),
          processes: processJobs(env),
          authSecret: '',
          fetchAllow: [],
          identity: {},
        }
        const made = await withDatabase(service, () =>
          createScan(context, owner, { title: 'An upload' }, image).catch(() => null),
        )
        untouched = service.failures === 0
        expect(failing).toBeLessThan(CALLS_MAX)
        const id = await scanIdOfSource(db, owner, key)
        if (made) expect(id).toBe(made.id)
        expect((await env.BUCKET.head(key)) !== null, `call ${failing}`).toBe(id !== null)
        if (id !== null) await ingestOf(id).wait(id, WAIT_MS)
        if (id !== null) expect((await readScan(id)).status).toBe('available')
      }
    },
    WAIT_MS,
  )
})
