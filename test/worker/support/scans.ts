import { sql } from 'drizzle-orm'
import type { PyramidInfo } from '../../../src/formats/pyramid-info.ts'
import { insertGcps } from '../../../src/store/gcps.ts'
import { objectKeys } from '../../../src/store/objects.ts'
import type { SystemPrincipal, UserPrincipal } from '../../../src/store/principal.ts'
import { findScan, insertScan, type ScanRecord, setScanIngested } from '../../../src/store/scans.ts'
import { insertUser } from '../../../src/store/users.ts'
import { rasterCodecs } from '../../../workers/codecs.ts'
import haasGcps from '../../fixtures/haas-1798.gcps.csv?raw'
import haasUri from '../../fixtures/haas-1798.jpg?inline'
import { db, env } from './bindings.ts'

export const SYSTEM: SystemPrincipal = { kind: 'system', reason: 'test' }

/** A ground control point: pixels, then lon and lat. */
export type Point = readonly [x: number, y: number, lon: number, lat: number]

export const HAAS = { width: 1600, height: 1018 }
const haasJpeg = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(haasUri.slice(haasUri.indexOf(',') + 1)), (character) => character.charCodeAt(0))
export const HAAS_POINTS: Point[] = haasGcps
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').slice(1).map(Number) as unknown as Point)

/** A small scan: 300 x 200 px at about a thousandth of a degree each, a little turned. */
const SMALL = { width: 300, height: 200 }
export const SMALL_POINTS: Point[] = [
  [10, 10, 7.01, 47.19],
  [290, 12, 7.29, 47.17],
  [285, 190, 7.27, 47.0],
  [12, 188, 7.0, 47.02],
]

/** An opaque picture without two equal rows or columns. */
async function smallPng(): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = SMALL
  const data = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    const x = i % width
    const y = Math.floor(i / width)
    data.set([(x * 5) & 255, (y * 3 + x) & 255, ((x >> 4) ^ (y >> 4)) & 1 ? 220 : 40, 255], i * 4)
  }
  return (await rasterCodecs()).encodePng({ width, height, data })
}

export async function makeUser(): Promise<UserPrincipal> {
  const login = `user-${crypto.randomUUID()}`
  const { id, roles } = await insertUser(db, SYSTEM, {
    ...{ login, email: `${login}@example.org`, passwordHash: '', roles: [] },
  })
  return { kind: 'user', id, login, roles }
}

export interface Original {
  bytes: Uint8Array<ArrayBuffer>
  contentType: string
  width: number
  height: number
}

export const haasOriginal = (): Original => ({ ...HAAS, bytes: haasJpeg(), contentType: 'image/jpeg' })
export const smallOriginal = async (): Promise<Original> => ({
  ...SMALL,
  bytes: await smallPng(),
  contentType: 'image/png',
})

/** A scan whose original lies in the bucket and waits for its ingest. */
export async function uploadScan(owner: UserPrincipal, original: Original): Promise<number> {
  const { bytes, contentType, width, height } = original
  const sourceKey = objectKeys.source(crypto.randomUUID())
  await env.BUCKET.put(sourceKey, bytes)
  return insertScan(
    db,
    owner,
    { title: 'A scan' },
    {
      ...{ fileName: 'scan', contentType, byteSize: bytes.byteLength, width, height, sourceKey },
    },
  )
}

/** A pyramid that scans of a test file share. */
export interface SharedPyramid {
  pyramidKey: string
  pyramid: PyramidInfo
  thumbnailKey: string
}

/** A scan that has been ingested: it borrows a pyramid that is there. */
export async function readyScan(
  owner: UserPrincipal,
  pyramid: SharedPyramid,
  points: readonly Point[],
): Promise<number> {
  const { width, height } = pyramid.pyramid
  const id = await insertScan(
    db,
    owner,
    { title: 'A scan' },
    {
      ...{
        fileName: 'scan',
        contentType: 'image/png',
        byteSize: 1,
        width,
        height,
        sourceKey: 'sources/none',
      },
    },
  )
  await setScanIngested(db, SYSTEM, id, pyramid)
  await setPoints(owner, id, points)
  return id
}

/** Replaces all ground control points of a scan. */
export async function setPoints(
  owner: UserPrincipal,
  scanId: number,
  points: readonly Point[],
): Promise<void> {
  await db.execute(sql`delete from gcps where scan_id = ${scanId}`)
  await insertGcps(
    db,
    owner,
    points.map(([x, y, lon, lat]) => ({ scanId, x, y, lon: String(lon), lat: String(lat), name: null })),
  )
}

export async function readScan(id: number): Promise<ScanRecord> {
  const scan = await findScan(db, SYSTEM, id)
  if (!scan) throw new Error(`no scan ${id}`)
  return scan
}

/** A scan's rectifications, oldest first, as the database has them. */
export async function rectificationsOf(scanId: number): Promise<RectificationRow[]> {
  const { rows } = await db.execute(sql`
    select id, state, failure, archive_key, archive_bytes::int as archive_bytes, geotiff_key, prior_status
    from rectifications where scan_id = ${scanId} order by id`)
  return rows as unknown as RectificationRow[]
}

interface RectificationRow {
  id: number
  state: 'running' | 'done' | 'failed'
  failure: string | null
  archive_key: string | null
  archive_bytes: number | null
  geotiff_key: string | null
  prior_status: string
}
