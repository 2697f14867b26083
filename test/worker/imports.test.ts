import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobEnv } from '../../durable-objects/environment.ts'
import { IMPORT } from '../../durable-objects/import-job.ts'
import type { Context } from '../../src/domain/context.ts'
import {
  changeImport,
  createImport,
  readImport,
  removeImport,
  startImport,
} from '../../src/domain/imports/imports.ts'
import { type StagedImport, stageImport, withoutFiles } from '../../src/domain/imports/stage-import.ts'
import { insertMosaic } from '../../src/store/mosaic-changes.ts'
import { importUuidOf, objectKeys } from '../../src/store/objects.ts'
import type { UserPrincipal } from '../../src/store/principal.ts'
import { insertScan } from '../../src/store/scans.ts'
import { processJobs } from '../../workers/process-jobs.ts'
import { scanJobs } from '../../workers/scan-jobs.ts'
import { zipFile } from '../support/zip-file.ts'
import { db, env, importOf, ingestOf, objectBytes, objectKeysUnder } from './support/bindings.ts'
import { expectSameBytes } from './support/bytes.ts'
import { inside, jobOf, runKilledAtEveryStep, runToTheEnd } from './support/crash.ts'
import { FaultyService, faultyBucket, type Moment, withBucket } from './support/faults.ts'
import { makeUser, type Original, readScan, SYSTEM, smallOriginal } from './support/scans.ts'

const WAIT_MS = 100_000

const context: Context = {
  ...{
    db,
    bucket: env.BUCKET,
    jobs: scanJobs(env),
    processes: processJobs(env),
    authSecret: '',
    fetchAllow: [],
    identity: {},
  },
}
let administrator: UserPrincipal
let small: Original

beforeAll(async () => {
  administrator = { ...(await makeUser()), roles: ['administrator'] }
  small = await smallOriginal()
}, WAIT_MS)

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
  return () => vi.restoreAllMocks()
})

const utf8 = (text: string) => Uint8Array.from(new TextEncoder().encode(text))
const table = (...lines: string[]) => utf8(['uuid,filename,title', ...lines].join('\n'))

async function stagedForm(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  csv: Uint8Array,
): Promise<StagedImport & { table: Uint8Array }> {
  const form = new FormData()
  form.set('data[attributes][metadata]', new Blob([csv as Uint8Array<ArrayBuffer>]), 'table.csv')
  for (const [name, bytes] of Object.entries(files))
    form.append('data[attributes][images][]', new Blob([bytes]), name)
  const response = new Response(form)
  const staged = await stageImport(context, {
    stream: response.body as unknown as AsyncIterable<Uint8Array>,
    contentType: response.headers.get('content-type'),
    contentLength: null,
  })
  return { ...staged, table: staged.table! }
}

const layer = async () =>
  (await insertMosaic(db, administrator, { name: 'A layer' }, { add: [], order: [] })).id

/** An import of a picture, one in an archive, and a map that is there; two rows are bad. */
async function mixedImport() {
  const there = crypto.randomUUID()
  const existing = await insertScan(db, administrator, { title: 'There', uniqueId: there }, null)
  const archive = zipFile([{ path: 'folder/zipped.png', bytes: small.bytes }])
  const staged = await stagedForm(
    { 'plain.png': small.bytes, 'more.zip': archive },
    table(',plain.png,Plain', ',missing.png,Missing', ',ZIPPED.png,Zipped', `${there},,There`, ',plain.png,'),
  )
  const layerIds = [await layer()]
  const { id, metadataKey } = await createImport(context, administrator, { name: 'Mixed', layerIds }, staged)
  return { id, uuid: importUuidOf(metadataKey), layerId: layerIds[0]!, existing }
}

type Import = Awaited<ReturnType<typeof mixedImport>>

const membersOf = async (layerId: number) =>
  (
    await db.execute<{ scan_id: number }>(
      sql`select scan_id from mosaic_scans where mosaic_id = ${layerId} order by position`,
    )
  ).rows.map(({ scan_id }) => scan_id)

/** Originals of an import's rows that lie in the bucket, and those that maps have adopted. */
async function originalsOf(uuid: string) {
  const prefix = objectKeys.importedSourcePrefix(uuid)
  const adopted = await db.execute<{ source_key: string }>(
    sql`select source_key from scans where starts_with(source_key, ${prefix}) order by source_key`,
  )
  return { stored: await objectKeysUnder(prefix), adopted: adopted.rows.map((row) => row.source_key) }
}

/** Every row has come to its end, once. */
async function expectImported({ id, uuid, layerId, existing }: Import): Promise<void> {
  const { record, faults } = await readImport(context, administrator, id)
  expect(record).toMatchObject({ status: 'finished', failure: null, finishedAt: expect.any(Date) })
  expect(record.outcomes).toEqual({ created: 2, found: 1, skipped: 1, failed: 1 })
  expect(faults).toEqual([
    { line: 3, detail: 'filename "missing.png" names no picture' },
    { line: 6, detail: 'has no title' },
  ])
  const [plain, zipped, found] = record.scanIds
  expect(found).toBe(existing)
  expect(await membersOf(layerId)).toEqual([plain, zipped, existing])
  const keys = [2, 4].map((line) => objectKeys.importedSource(uuid, line))
  expect(await originalsOf(uuid)).toEqual({ stored: keys, adopted: keys })
  for (const [scanId, title, fileName] of [
    [plain!, 'Plain', 'plain.png'],
    [zipped!, 'Zipped', 'zipped.png'],
  ] as const) {
    await ingestOf(scanId).wait(scanId, WAIT_MS)
    const scan = await readScan(scanId)
    expect(scan).toMatchObject({ title, fileName, status: 'available', ownerId: administrator.id })
    expectSameBytes(await objectBytes(scan.sourceKey!), small.bytes)
  }
  expect(await objectKeysUnder(objectKeys.importPrefix(uuid))).toEqual([])
}

/** An import of one picture in an archive. */
async function oneRowImport() {
  const archive = zipFile([{ path: 'a.png', bytes: small.bytes }])
  const staged = await stagedForm({ 'a.zip': archive }, table(',a.png,A'))
  const layerId = await layer()
  const attributes = { name: 'One', layerIds: [layerId] }
  const { id } = await createImport(context, administrator, attributes, staged)
  return { id, layerId, uuid: staged.uuid }
}

async function expectOneMap({ id, layerId, uuid }: Omit<Import, 'existing'>, message: string): Promise<void> {
  const { record, faults } = await readImport(context, administrator, id)
  expect([record.status, record.outcomes, faults], message).toEqual(['finished', { created: 1 }, []])
  expect(await membersOf(layerId), message).toEqual(record.scanIds)
  const keys = [objectKeys.importedSource(uuid, 2)]
  expect(await originalsOf(uuid), message).toEqual({ stored: keys, adopted: keys })
}

/** The bindings of a Worker whose ingests are begun and never end. */
const withoutIngest = (bindings: JobEnv): JobEnv =>
  ({
    ...bindings,
    INGEST: { idFromName: (name: string) => name, get: () => ({ start: async () => {} }) },
  }) as JobEnv

/** Runs `work` while every statement that writes goes through `service`. */
async function withWrites<T>(service: FaultyService, work: () => Promise<T>): Promise<T> {
  const fetch = globalThis.fetch
  globalThis.fetch = ((input: RequestInfo, init?: RequestInit) =>
    /"query":"\s*(insert|update|delete)/i.test(String(init?.body))
      ? service.call(() => fetch(input, init))
      : fetch(input, init)) as typeof fetch
  try {
    return await work()
  } finally {
    globalThis.fetch = fetch
  }
}

const start = (id: number) => startImport(context, administrator, id)

describe('an import', () => {
  it('that is killed at every step makes one map of every row', async () => {
    const made = await mixedImport()
    const kills = await runKilledAtEveryStep(
      () => importOf(made.id),
      IMPORT,
      () => start(made.id),
    )
    const places = [
      'read 0',
      ...[0, 1, 2, 3, 4, 5].map((row) => `rows ${row}`),
      'layers 0',
      'layers 1',
      'end 0',
    ]
    expect(kills).toEqual(places.flatMap((place) => [`${place} before`, `${place} after`]))
    await expectImported(made)
  })

  it.each<Moment>(['before', 'after'])('recovers from any one failure of the bucket (%s)', async (moment) => {
    // Of what only reads, a lost answer is the same as a lost question.
    const concerned = (name: string) => moment === 'before' || ['put', 'delete'].includes(name)
    const failing = async (n: number) => {
      const made = await oneRowImport()
      const bucket = new FaultyService(moment, (call) => call === n)
      await inside(
        () => importOf(made.id),
        (instance) => {
          const faulty = faultyBucket(instance.env.BUCKET, bucket, concerned)
          instance.env = withoutIngest(withBucket(instance.env, faulty))
        },
      )
      await start(made.id)
      await runToTheEnd(() => importOf(made.id), IMPORT)
      await expectOneMap(made, `call ${n}`)
      return bucket
    }
    const { calls } = await failing(0)
    const buckets = await Promise.all(Array.from({ length: calls }, (_, n) => failing(n + 1)))
    expect(buckets.map(({ failures }) => failures)).toEqual(buckets.map(() => 1))
  })

  it.each<Moment>(['before', 'after'])('recovers from any one write that fails (%s)', async (moment) => {
    let untouched = false
    for (let n = 1; !untouched; n++) {
      const made = await oneRowImport()
      await db.execute(sql`update imports set status = 'running' where id = ${made.id}`)
      await inside(
        () => importOf(made.id),
        (instance) => {
          instance.env = withoutIngest(instance.env)
        },
      )
      const writes = new FaultyService(moment, (call) => call === n)
      await withWrites(writes, async () => {
        await importOf(made.id).start(made.id)
        await runToTheEnd(() => importOf(made.id), IMPORT)
      })
      untouched = writes.failures === 0
      await expectOneMap(made, `write ${n}`)
    }
  })

  it('whose services stay out of order fails, says so, and can be started again', async () => {
    const made = await mixedImport()
    const reach = () => importOf(made.id)
    let down = true
    const bucket = new FaultyService('before', () => down)
    await inside(reach, (instance) => {
      instance.env = withBucket(instance.env, faultyBucket(instance.env.BUCKET, bucket))
    })
    await start(made.id)
    await runToTheEnd(reach, IMPORT)
    const { record } = await readImport(context, administrator, made.id)
    expect(record).toMatchObject({ status: 'failed', failure: expect.stringContaining('internal error') })
    down = false
    await start(made.id)
    await runToTheEnd(reach, IMPORT)
    await expectImported(made)
  })

  it('whose table is gone fails and says so', async () => {
    const made = await mixedImport()
    await env.BUCKET.delete(objectKeys.importTable(made.uuid))
    await start(made.id)
    await runToTheEnd(() => importOf(made.id), IMPORT)
    const { record } = await readImport(context, administrator, made.id)
    expect(record).toMatchObject({ status: 'failed', failure: 'its table is gone' })
  })

  it('of which no row makes a map has failed, and keeps its files', async () => {
    const staged = await stagedForm({ 'a.png': utf8('no image'), 'b.png': small.bytes }, table(',a.png,A'))
    const { id } = await createImport(context, administrator, { name: 'None', layerIds: [] }, staged)
    await start(id)
    await runToTheEnd(() => importOf(id), IMPORT)
    const { record, faults } = await readImport(context, administrator, id)
    expect(record).toMatchObject({ status: 'failed', failure: 'no row made a map', outcomes: { failed: 1 } })
    expect(faults).toEqual([
      { line: 0, detail: 'pictures that no row names: b.png' },
      { line: 2, detail: expect.stringMatching(/^a\.png: the file is not an image/) },
    ])
    expect(await originalsOf(staged.uuid)).toEqual({ stored: [], adopted: [] })
    expect(await objectKeysUnder(objectKeys.importPrefix(staged.uuid))).toHaveLength(3)
    await removeImport(context, administrator, id)
    expect(await objectKeysUnder(objectKeys.importPrefix(staged.uuid))).toEqual([])
  })

  it('whose start was lost goes on when it is started again', async () => {
    const made = await mixedImport()
    await db.execute(sql`update imports set status = 'running' where id = ${made.id}`)
    await expect(start(made.id)).rejects.toThrow('Import is running so cannot be started')
    await runToTheEnd(() => importOf(made.id), IMPORT)
    await expectImported(made)
    await expect(start(made.id)).rejects.toThrow('Import is finished so cannot be started')
  })

  it('deleted while it runs has stopped, and leaves its maps and nothing else', async () => {
    const made = await mixedImport()
    const reach = () => importOf(made.id)
    const reached = Promise.withResolvers<void>()
    await inside(reach, (instance) => {
      const step = instance.step.bind(instance)
      instance.step = async (name, job) => {
        const next = await step(name, job)
        if (job.phase === 'rows') reached.resolve()
        return next
      }
    })
    await start(made.id)
    await reached.promise
    // As a crash between the copy of a picture and its map leaves it.
    const orphan = objectKeys.importedSource(made.uuid, 99)
    await env.BUCKET.put(orphan, small.bytes)
    await removeImport(context, administrator, made.id)
    expect(await jobOf(reach, IMPORT)).toBeUndefined()
    const { stored, adopted } = await originalsOf(made.uuid)
    expect(adopted).toContain(objectKeys.importedSource(made.uuid, 2))
    expect(stored).toEqual(adopted)
    expect(await objectKeysUnder(objectKeys.importPrefix(made.uuid))).toEqual([])
    await expect(readImport(context, administrator, made.id)).rejects.toThrow("Couldn't find Import")
  })

  it('gives its maps to layers it gets after its end, once', async () => {
    const made = await mixedImport()
    await start(made.id)
    await runToTheEnd(() => importOf(made.id), IMPORT)
    const layerId = await layer()
    for (const _ of [1, 2])
      await changeImport(context, administrator, made.id, { layerIds: [layerId, made.layerId] })
    expect(await membersOf(layerId)).toEqual(
      (await readImport(context, administrator, made.id)).record.scanIds,
    )
    await expectImported(made)
  })

  it('of nobody does nothing', async () => {
    const owner: UserPrincipal = { ...(await makeUser()), roles: ['administrator'] }
    const staged = await stagedForm({ 'a.png': small.bytes }, table(',a.png,A'))
    const { id } = await createImport(context, owner, { name: 'A', layerIds: [] }, staged)
    await db.execute(sql`delete from users where id = ${owner.id}`)
    await start(id)
    await runToTheEnd(() => importOf(id), IMPORT)
    const { record } = await readImport(context, administrator, id)
    expect(record).toMatchObject({ status: 'failed', failure: 'the user who made it is gone', userId: null })
  })
})

describe('files that come with an import', () => {
  const kept = async () => (await objectKeysUnder('imports/')).length

  it.each<[string, Record<string, Uint8Array<ArrayBuffer>>, RegExp]>([
    [
      'two of one name',
      { 'a.png': utf8('a'), 'x.zip': zipFile([{ path: 'b/a.png', bytes: utf8('b') }]) },
      /more than one file named "a.png"/,
    ],
    [
      'a broken archive',
      { 'a.png': utf8('a'), 'x.zip': zipFile([{ path: 'b', bytes: utf8('b') }]).slice(0, 40) },
      /images cannot be read: not a valid zip/,
    ],
    [
      'a bomb',
      { 'x.zip': zipFile([{ path: 'b', bytes: new Uint8Array(3e6) }]) },
      /images cannot be read: the archive is too large/,
    ],
    [
      'a name the database cannot hold',
      { 'x.zip': zipFile([{ path: 'b\0c', bytes: utf8('b') }]) },
      /images have a file whose name cannot be stored/,
    ],
    [
      'a table too large',
      { 'a.png': utf8('a'), metadata: new Uint8Array(0) },
      /is larger than the limit of 10485760 bytes/,
    ],
  ])('leave nothing behind when they are refused: %s', async (_, files, reason) => {
    const before = await kept()
    const isTable = 'metadata' in files
    const csv = isTable ? new Uint8Array(10 * 1024 * 1024 + 1) : table(',a.png,A')
    await expect(stagedForm(files, csv)).rejects.toThrow(reason)
    expect(await kept()).toBe(before)
  })

  it('leave nothing behind when the table or a layer is refused', async () => {
    const before = await kept()
    const bad = await stagedForm({ 'a.png': small.bytes }, utf8('title'))
    await expect(createImport(context, administrator, { name: 'A', layerIds: [] }, bad)).rejects.toThrow(
      'metadata is not a valid CSV: it has no rows',
    )
    const good = { ...withoutFiles({}), table: table(',a.png,A') }
    await expect(
      createImport(context, administrator, { name: 'A', layerIds: [2147483647] }, good),
    ).rejects.toThrow("Couldn't find Layer with 'id'=2147483647")
    expect(await kept()).toBe(before)
  })

  it('are seen by administrators alone', async () => {
    const made = await mixedImport()
    const other: UserPrincipal = { ...(await makeUser()), roles: ['editor'] }
    for (const work of [readImport, removeImport, startImport])
      await expect(work(context, other, made.id)).rejects.toThrow("Couldn't find Import")
    expect((await readImport(context, SYSTEM, made.id)).record.status).toBe('ready')
  })
})
