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
  /** The table of an import, and its pictures and archives as they were uploaded. */
  importTable: (importUuid: string) => `imports/${importUuid}/table.csv`,
  importFile: (importUuid: string, index: number) => `imports/${importUuid}/files/${index}`,
  importPrefix: (importUuid: string) => `imports/${importUuid}/`,
  /** The original that one row of an import's table has made, by the row's line. */
  importedSource: (importUuid: string, line: number) => `sources/${importUuid}-${line}`,
  /** A dataset's vector tiles as they were at one of its versions. */
  datasetTiles: (datasetId: number, version: number) => `datasets/${datasetId}/tiles/${version}.pmtiles`,
  /** A raster dataset's file as it was uploaded. */
  datasetOriginal: (datasetId: number) => `datasets/${datasetId}/original.tif`,
  /** Everything that was made of one dataset. */
  datasetPrefix: (datasetId: number) => `datasets/${datasetId}/`,
  /** A file that came with a job's inputs, and one that it made. */
  jobInput: (jobId: string, name: string) => `jobs/${jobId}/in/${name}`,
  jobOutput: (jobId: string, name: string) => `jobs/${jobId}/out/${name}`,
  jobPrefix: (jobId: string) => `jobs/${jobId}/`,
  /** A file of somebody's storage, under the number of who sent it. */
  storedFile: (senderId: number, uuid: string) => `storage/${senderId}/${uuid}`,
  /** A file of an app, under the act that brought it, and what has been made of an app's files at one of its versions. */
  appFile: (actUuid: string, index: number) => `apps/files/${actUuid}/${index}`,
  appOptimized: (appId: number, jobId: string, index: number) => `apps/optimized/${appId}/${jobId}/${index}`,
  appOptimizedPrefix: (appId: number, jobId: string) => `apps/optimized/${appId}/${jobId}/`,
  importedSourcePrefix: (importUuid: string) => `sources/${importUuid}-`,
}

/** What the keys of an import's objects have in common, of the one of its table. */
export const importUuidOf = (tableKey: string): string => tableKey.split('/')[1]!

/** Deletes every object under a prefix but those to be kept, a page of keys at a time. */
export async function deletePrefix(
  bucket: R2Bucket,
  prefix: string,
  kept: readonly string[] = [],
): Promise<void> {
  for (;;) {
    const page = await bucket.list({ prefix, limit: 500 + kept.length })
    const keys = page.objects.map(({ key }) => key).filter((key) => !kept.includes(key))
    if (keys.length === 0) return
    await bucket.delete(keys)
  }
}
