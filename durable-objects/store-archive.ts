import type { ArchivePlan } from '../src/formats/archive-plan.ts'
import type { Staging } from './staging.ts'

/**
 * Streams a planned archive from the staging into one object. The object appears whole or not at all; doing it again
 * writes the same bytes.
 * @param goesOn asked before every blob; once it says no, nothing is stored
 * @throws Error when the bucket fails, a blob is missing, or `goesOn` says no
 */
export async function storeArchive(
  bucket: R2Bucket,
  key: string,
  contentType: string,
  plan: ArchivePlan,
  staging: Staging,
  goesOn: () => boolean,
): Promise<void> {
  const { readable, writable } = new FixedLengthStream(plan.totalBytes)
  const writer = writable.getWriter()
  // Whichever side fails ends the other, which would wait for it for ever.
  const end = async (reason: unknown) => {
    await writer.abort(reason)
    throw reason
  }
  const stored = bucket.put(key, readable, { httpMetadata: { contentType } }).catch(end)
  const written = (async () => {
    await writer.write(plan.head)
    for (const hash of plan.blobs) {
      if (!goesOn()) throw new Error(`${key} is not wanted any more`)
      await writer.write(staging.blob(hash))
    }
    await writer.close()
  })().catch(end)
  const results = await Promise.allSettled([written, stored])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
