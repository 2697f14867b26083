import type { ArchivePlan } from '../src/formats/archive-plan.ts'
import type { Staging } from './staging.ts'

/**
 * Streams a planned archive from the staging into one object. The object appears whole or not at all; doing it again
 * writes the same bytes.
 */
export async function storeArchive(
  bucket: R2Bucket,
  key: string,
  contentType: string,
  plan: ArchivePlan,
  staging: Staging,
): Promise<void> {
  const { readable, writable } = new FixedLengthStream(plan.totalBytes)
  const stored = bucket.put(key, readable, { httpMetadata: { contentType } })
  const writer = writable.getWriter()
  const written = (async () => {
    await writer.write(plan.head)
    for (const hash of plan.blobs) await writer.write(staging.blob(hash))
    await writer.close()
  })()
  const results = await Promise.allSettled([written, stored])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
