import type { R2Bucket } from '@cloudflare/workers-types'
/** Where a scan's objects lie in the bucket. Every key is written once; new output gets a new key. */
export const objectKeys = {
  /** An original as it was uploaded. */
  source: (uploadUuid: string) => `sources/${uploadUuid}`,
  /** The image pyramid (PMTiles in image space) of one original. */
  pyramid: (scanId: number, sourceUuid: string) => `scans/${scanId}/pyramid/${sourceUuid}.pmtiles`,
  thumbnail: (scanId: number, sourceUuid: string) => `scans/${scanId}/thumbnail/${sourceUuid}.png`,
  /** The web mercator tiles of one rectification. */
  tiles: (scanId: number, rectificationId: number) => `scans/${scanId}/tiles/${rectificationId}.pmtiles`,
  geotiff: (scanId: number, rectificationId: number) => `scans/${scanId}/export/${rectificationId}.tif`,
  /** Everything that was made of one scan, but for its original. */
  scanPrefix: (scanId: number) => `scans/${scanId}/`,
}

/** Deletes every object under a prefix, a page of keys at a time. */
export async function deletePrefix(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const page = await bucket.list({ prefix, limit: 500 })
    if (page.objects.length === 0) return
    await bucket.delete(page.objects.map((object) => object.key))
  }
}
