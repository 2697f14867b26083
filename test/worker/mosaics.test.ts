import { eq, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PyramidInfo } from '../../src/formats/pyramid-info.ts'
import type { Bbox } from '../../src/geo/bbox.ts'
import { fitTransform } from '../../src/geo/transform.ts'
import {
  insertMosaic,
  mergeMosaics,
  removeMember,
  setMosaicPublished,
  toggleMosaicVisibility,
  updateMosaic,
} from '../../src/store/mosaic-changes.ts'
import { refreshMosaicsOf } from '../../src/store/mosaic-extents.ts'
import { findMosaic, type MosaicRecord } from '../../src/store/mosaics.ts'
import { ANONYMOUS, type UserPrincipal } from '../../src/store/principal.ts'
import { beginRectification, failRectification, finishRectification } from '../../src/store/rectifications.ts'
import { deleteScan, insertScan } from '../../src/store/scans.ts'
import { grants, mosaicScans } from '../../src/store/schema.ts'
import { db } from './support/bindings.ts'
import { makeUser, readyScan, SMALL_POINTS, SYSTEM } from './support/scans.ts'

const NONE = { add: [], order: [] }
const PYRAMID_KEY = 'pyramids/none'

let owner: UserPrincipal
let administrator: UserPrincipal
let stranger: UserPrincipal

beforeAll(async () => {
  ;[owner, administrator, stranger] = await Promise.all([makeUser(), makeUser(), makeUser()])
  administrator = { ...administrator, roles: ['administrator'] }
})

const newMosaic = (add: number[] = []): Promise<MosaicRecord> =>
  insertMosaic(db, owner, { name: 'A mosaic' }, { add, order: [] })

async function readMosaic(id: number): Promise<MosaicRecord> {
  const mosaic = await findMosaic(db, owner, id)
  if (!mosaic) throw new Error(`no mosaic ${id}`)
  return mosaic
}

const hide = (scanId: number) => db.delete(grants).where(eq(grants.resourceId, scanId))

/** Begins a rectification that puts a scan somewhere. */
async function begin(scanId: number, bbox: Bbox): Promise<number> {
  const points = SMALL_POINTS.map(([x, y, lon, lat]) => ({ x, y, lon, lat }))
  const id = await beginRectification(db, owner, {
    scanId,
    points,
    fit: fitTransform(points, 'p1'),
    pyramidKey: PYRAMID_KEY,
    transform: 'p1',
    resampling: 'near',
    useMask: false,
    mask: null,
    restoresPoints: false,
    restoredMask: null,
    priorStatus: 'available',
    minZoom: 0,
    maxZoom: 1,
    output: { width: 1, height: 1, west: 0, north: 0, pixelSizeX: 1, pixelSizeY: 1, bbox },
  })
  return Number(id)
}

const finish = (rectificationId: number) =>
  finishRectification(db, SYSTEM, rectificationId, { key: 'archives/none', bytes: 1 })

const readyScans = (count: number): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      readyScan(
        owner,
        {
          ...{ pyramidKey: PYRAMID_KEY, thumbnailKey: 'none' },
          pyramid: { width: 300, height: 200 } as PyramidInfo,
        },
        [],
      ),
    ),
  )

describe('the extent of a mosaic', () => {
  it('follows its members as they are rectified, fail, are hidden and deleted', async () => {
    const [a, b, c] = (await readyScans(3)) as [number, number, number]
    const { id, version } = await newMosaic([a, b, c])
    const bbox = async () => (await readMosaic(id)).bbox
    expect(await bbox()).toBeNull()

    await finish(await begin(a, [7, 47, 7.5, 47.25]))
    expect(await bbox()).toBe('7.000000,47.000000,7.500000,47.250000')
    expect((await readMosaic(id)).version).toBeGreaterThan(version)
    expect((await readMosaic(id)).members).toEqual({ ids: [a, b, c], maps: 3, rectified: 1 })

    await begin(b, [8, 46, 9, 46.1])
    expect(await bbox()).toBe('7.000000,46.000000,9.000000,47.250000')
    await failRectification(db, SYSTEM, b, 'no reason')
    expect(await bbox()).toBe('7.000000,47.000000,7.500000,47.250000')

    await finish(await begin(c, [-1.23456789, 40, -1, 41]))
    expect(await bbox()).toBe('-1.234568,40.000000,7.500000,47.250000')
    await hide(c)
    await db.batch(refreshMosaicsOf(db, sql`select ${c}::int`))
    expect(await bbox()).toBe('7.000000,47.000000,7.500000,47.250000')

    expect(await deleteScan(db, stranger, a)).toBe(false)
    expect(await bbox()).not.toBeNull()
    expect(await deleteScan(db, owner, a)).toBe(true)
    expect(await bbox()).toBeNull()
    expect((await readMosaic(id)).members).toEqual({ ids: [b, c], maps: 2, rectified: 1 })
  })

  it('goes with the members of a mosaic that is merged', async () => {
    const [a, b] = (await readyScans(2)) as [number, number]
    await finish(await begin(a, [1, 2, 3, 4]))
    await finish(await begin(b, [5, 6, 7, 8]))
    const from = await newMosaic([a])
    const into = await newMosaic([b])
    expect([from.bbox, into.bbox]).toEqual([
      '1.000000,2.000000,3.000000,4.000000',
      '5.000000,6.000000,7.000000,8.000000',
    ])
    const merged = await mergeMosaics(db, administrator, from.id, into.id)
    expect([merged?.bbox, merged?.members.ids]).toEqual(['1.000000,2.000000,7.000000,8.000000', [b, a]])
    expect((await readMosaic(from.id)).bbox).toBeNull()
    const without = await removeMember(db, owner, into.id, b)
    expect(without?.bbox).toBe('1.000000,2.000000,3.000000,4.000000')
  })
})

describe('changes of a mosaic', () => {
  it('do nothing for who may not make them', async () => {
    const scan = await insertScan(db, owner, { title: 'A scan' }, null)
    const before = await newMosaic([scan])
    const other = await newMosaic()
    for (const principal of [stranger, ANONYMOUS, administrator]) {
      expect(await updateMosaic(db, principal, before.id, { name: 'Mine' }, NONE)).toBeNull()
      expect(await removeMember(db, principal, before.id, scan)).toBeNull()
    }
    for (const principal of [stranger, ANONYMOUS, owner]) {
      expect(await toggleMosaicVisibility(db, principal, before.id)).toBeNull()
      expect(await setMosaicPublished(db, principal, before.id, true)).toBeNull()
      expect(await mergeMosaics(db, principal, before.id, other.id)).toBeNull()
    }
    expect(await readMosaic(before.id)).toEqual(before)
    expect(await readMosaic(other.id)).toEqual(other)
  })

  it('take a scan in only once, and none that its new place does not see', async () => {
    const [a, hidden] = (await readyScans(2)) as [number, number]
    await hide(hidden)
    const { id } = await insertMosaic(db, stranger, { name: 'A mosaic' }, { add: [a, a, hidden], order: [] })
    expect((await findMosaic(db, SYSTEM, id))?.members.ids).toEqual([a])
  })
})

type Step =
  | { do: 'add'; mosaic: number; scans: number[] }
  | { do: 'order'; mosaic: number; scans: number[] }
  | { do: 'remove'; mosaic: number; scan: number }
  | { do: 'merge'; from: number }

const SCANS = 5
const mosaic = fc.integer({ min: 0, max: 1 })
const scan = fc.integer({ min: 0, max: SCANS - 1 })
const someScans = fc.uniqueArray(scan, { minLength: 1 })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), mosaic, scans: someScans }),
    fc.record({ do: fc.constant('order' as const), mosaic, scans: someScans }),
    fc.record({ do: fc.constant('remove' as const), mosaic, scan }),
    fc.record({ do: fc.constant('merge' as const), from: mosaic }),
  ),
  { maxLength: 12 },
)

/** What a step makes of the members of two mosaics, the lowest first. */
function model(members: [number[], number[]], step: Step): void {
  if (step.do === 'merge') {
    const into = members[1 - step.from]!
    into.push(...members[step.from]!.filter((id) => !into.includes(id)))
    members[step.from] = []
    return
  }
  const held = members[step.mosaic]!
  if (step.do === 'add') held.push(...step.scans.filter((id) => !held.includes(id)))
  else if (step.do === 'remove') members[step.mosaic] = held.filter((id) => id !== step.scan)
  else {
    const named = step.scans.filter((id) => held.includes(id))
    members[step.mosaic] = held.map((id) => (step.scans.includes(id) ? named.shift()! : id))
  }
}

function take(
  step: Step,
  mosaics: readonly number[],
  scans: readonly number[],
): Promise<MosaicRecord | null> {
  const ids = (list: readonly number[]) => list.map((index) => scans[index]!)
  switch (step.do) {
    case 'add':
      return updateMosaic(db, owner, mosaics[step.mosaic]!, {}, { add: ids(step.scans), order: [] })
    case 'order':
      return updateMosaic(db, owner, mosaics[step.mosaic]!, {}, { add: [], order: ids(step.scans) })
    case 'remove':
      return removeMember(db, owner, mosaics[step.mosaic]!, scans[step.scan]!)
    case 'merge':
      return mergeMosaics(db, administrator, mosaics[step.from]!, mosaics[1 - step.from]!)
  }
}

describe('any sequence of changes', () => {
  it('keeps the order, one place a member, the counts and a version a change', async () => {
    const scans = await Promise.all(
      Array.from({ length: SCANS }, (_, index) =>
        insertScan(db, owner, { title: 'A scan', mapType: index === 0 ? 'not_map' : 'is_map' }, null),
      ),
    )
    const warped = scans.slice(0, 3)
    await db.execute(
      sql`update scans set status = 'warped' where id in (${sql.join(
        warped.map((id) => sql`${id}`),
        sql`, `,
      )})`,
    )
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const made = [await newMosaic(), await newMosaic()]
        const mosaics = made.map(({ id }) => id)
        const members: [number[], number[]] = [[], []]
        const versions = [1, 1]
        for (const step of sequence) {
          model(members, step)
          const answered = await take(step, mosaics, scans)
          const moved = step.do === 'merge' ? [0, 1] : [step.mosaic]
          for (const index of moved) versions[index]! += 1
          const shown = step.do === 'merge' ? 1 - step.from : step.mosaic
          expect({ ...answered, mayEdit: true }).toEqual(await readMosaic(mosaics[shown]!))
        }
        for (const [index, id] of mosaics.entries()) {
          const { members: held, version } = await readMosaic(id)
          const ids = members[index]!.map((scanIndex) => scans[scanIndex]!)
          expect(held).toEqual({
            ids,
            maps: ids.filter((scanId) => scanId !== scans[0]).length,
            rectified: ids.filter((scanId) => scanId === scans[1] || scanId === scans[2]).length,
          })
          expect(version).toBe(versions[index])
          const rows = await db.select().from(mosaicScans).where(eq(mosaicScans.mosaicId, id))
          expect(new Set(rows.map(({ position }) => position)).size).toBe(rows.length)
          const { rows: recorded } = await db.execute(
            sql`select version from activity where auditable_type = 'Layer' and auditable_id = ${id} order by id`,
          )
          expect(recorded.map((row) => row.version)).toEqual(
            Array.from({ length: versions[index]! }, (_, at) => at + 1),
          )
        }
      }),
      { numRuns: 12 },
    )
  })
})
