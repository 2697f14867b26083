import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { getPlatformProxy } from 'wrangler'
import type { Digest, UploadBucket } from '../../../src/store/object-upload.ts'

/** The part of R2 that the tests look with. */
export interface LocalBucket extends UploadBucket {
  list(): Promise<{ objects: { key: string; size: number }[] }>
  get(key: string): Promise<{
    arrayBuffer(): Promise<ArrayBuffer>
    httpMetadata?: { contentType?: string }
  } | null>
}

/** An empty R2 bucket as the local runtime implements it, in memory. */
export async function openLocalBucket(): Promise<{ bucket: LocalBucket; dispose(): Promise<void> }> {
  const platform = await getPlatformProxy<{ BUCKET: LocalBucket }>({
    configPath: fileURLToPath(new URL('bucket.wrangler.json', import.meta.url)),
    persist: false,
  })
  return { bucket: platform.env.BUCKET, dispose: platform.dispose }
}

/** Node's SHA-256 in the place of workerd's. */
export function nodeDigest(): Digest {
  const hash = createHash('sha256')
  return {
    async update(chunk) {
      hash.update(chunk)
    },
    hex: async () => hash.digest('hex'),
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function keysOf(bucket: LocalBucket): Promise<string[]> {
  return (await bucket.list()).objects.map(({ key }) => key)
}

export async function emptyBucket(bucket: LocalBucket): Promise<void> {
  for (const key of await keysOf(bucket)) await bucket.delete(key)
}

/** The bucket with its n-th writing call (from 1) failing, before or after the call took effect. */
export function failingBucket(bucket: UploadBucket, failAt: number, when: 'before' | 'after') {
  const calls: string[] = []
  async function perhaps<T>(name: string, call: () => Promise<T>): Promise<T> {
    calls.push(name)
    if (calls.length !== failAt) return call()
    if (when === 'after') await call()
    throw new Error(`${name} failed`)
  }
  const failing: UploadBucket = {
    put: (key, value, options) => perhaps('put', () => bucket.put(key, value, options)),
    delete: (key) => bucket.delete(key),
    createMultipartUpload: (key, options) =>
      perhaps('create', async () => {
        const upload = await bucket.createMultipartUpload(key, options)
        return {
          uploadPart: (number, value) => perhaps('part', () => upload.uploadPart(number, value)),
          complete: (parts) => perhaps('complete', () => upload.complete(parts)),
          abort: () => upload.abort(),
        }
      }),
  }
  return { bucket: failing, calls }
}
