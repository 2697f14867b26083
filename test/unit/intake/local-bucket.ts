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

/**
 * A bucket in memory with R2's documented rules for multipart uploads: parts are numbered from 1, all but the last
 * are of one size, and nothing is visible before the upload is complete.
 */
export function memoryBucket() {
  const objects = new Map<string, Uint8Array>()
  const unfinished = new Set<symbol>()
  const bucket: UploadBucket = {
    async put(key, value) {
      objects.set(key, value.slice())
    },
    async delete(key) {
      objects.delete(key)
    },
    async createMultipartUpload(key) {
      const id = Symbol(key)
      const parts = new Map<number, Uint8Array>()
      unfinished.add(id)
      return {
        async uploadPart(partNumber, value) {
          parts.set(partNumber, value.slice())
          return { partNumber, etag: `etag of ${partNumber}` }
        },
        async complete(uploaded) {
          const bytes = uploaded.map(({ partNumber }) => parts.get(partNumber)!)
          const last = bytes.at(-1)!
          if (bytes.slice(0, -1).some((part) => part.length !== bytes[0]!.length))
            throw new Error('unequal parts')
          if (last.length > bytes[0]!.length) throw new Error('the last part is the largest')
          unfinished.delete(id)
          objects.set(key, new Uint8Array(Buffer.concat(bytes)))
        },
        async abort() {
          unfinished.delete(id)
        },
      }
    },
  }
  return { bucket, objects, unfinished }
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
