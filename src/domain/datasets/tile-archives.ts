import type { R2Bucket } from '@cloudflare/workers-types'
import { PMTiles, ResolvedValueCache } from 'pmtiles'
import type { TilePlace } from '../../geo/tile-matrix-set.ts'
import { BucketArchive } from '../../store/bucket-archive.ts'
import type { DatasetRecord } from '../../store/datasets.ts'

/** Headers and directories of the archives read last in this isolate. */
const directories = new ResolvedValueCache(64)

/** The archive of a dataset's tiles in the web mercator set; its tiles are given as they are stored. */
const open = (bucket: R2Bucket, key: string): PMTiles =>
  new PMTiles(new BucketArchive(bucket, key), directories, async (bytes) => bytes)

/** The key of the archive that shows a dataset as it is; null where there is none. */
export const currentArchive = ({
  archive,
  version,
}: Pick<DatasetRecord, 'archive' | 'version'>): string | null =>
  archive && archive.version === version ? archive.key : null

/** Whether an archive has tiles of a zoom. */
export async function reachesZoom(bucket: R2Bucket, key: string, zoom: number): Promise<boolean> {
  const { minZoom, maxZoom } = await open(bucket, key).getHeader()
  return zoom >= minZoom && zoom <= maxZoom
}

/** The bytes of a tile, compressed by gzip; none where the archive has nothing there. */
export async function archivedTile(
  bucket: R2Bucket,
  key: string,
  { zoom, row, column }: TilePlace,
): Promise<Uint8Array> {
  const stored = await open(bucket, key).getZxy(zoom, column, row)
  return stored ? new Uint8Array(stored.data) : new Uint8Array()
}
