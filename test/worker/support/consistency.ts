import { PMTiles } from 'pmtiles'
import { expect } from 'vitest'
import { BucketArchive } from '../../../src/store/bucket-archive.ts'
import { env } from './bindings.ts'
import { readScan, rectificationsOf } from './scans.ts'

/** An archive of the bucket, read anew by the format's own library. */
export const archiveAt = (key: string): PMTiles => new PMTiles(new BucketArchive(env.BUCKET, key))

/** Whatever the database names is there, and whole; nothing is under way. */
export async function expectConsistent(scanId: number): Promise<void> {
  const scan = await readScan(scanId)
  const rectifications = await rectificationsOf(scanId)
  expect(rectifications.filter(({ state }) => state === 'running')).toEqual([])
  expect(['available', 'warped', 'published', 'unloaded']).toContain(scan.status)
  for (const key of [scan.pyramidKey, scan.thumbnailKey])
    if (key) expect(await env.BUCKET.head(key), key).not.toBeNull()
  if (scan.pyramidKey) await expectWhole(scan.pyramidKey)
  expect(await brokenObjects(scanId)).toEqual([])
  const live = rectifications.find(({ id }) => id === scan.liveRectificationId)
  expect(live?.state).toBe(scan.liveRectificationId === null ? undefined : 'done')
  expect(scan.liveRectificationId).toBe(scan.bakedRectificationId)
}

/** What the database names of a scan's rectifications and is not there, or not whole. */
export async function brokenObjects(scanId: number): Promise<string[]> {
  const broken: string[] = []
  for (const { archive_key, archive_bytes, geotiff_key } of await rectificationsOf(scanId)) {
    if (archive_key && (await env.BUCKET.head(archive_key))?.size !== archive_bytes) broken.push(archive_key)
    if (archive_key && broken.length === 0) await expectWhole(archive_key)
    if (geotiff_key && !(await env.BUCKET.head(geotiff_key))) broken.push(geotiff_key)
  }
  return broken
}

/** The archive ends where its header says that it does. Returns its size in bytes. */
async function expectWhole(key: string): Promise<number> {
  const object = await env.BUCKET.head(key)
  expect(object, key).not.toBeNull()
  const header = await archiveAt(key).getHeader()
  expect(object?.size).toBe(header.tileDataOffset + (header.tileDataLength ?? 0))
  return object?.size ?? 0
}
