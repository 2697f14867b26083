import type { R2Bucket } from '@cloudflare/workers-types'

/** As much of a bucket as files are read from and put into. */
export function memoryBucket(objects: Map<string, Uint8Array>): R2Bucket {
  const bucket = {
    async get(key: string) {
      const bytes = objects.get(key)
      return bytes
        ? { arrayBuffer: async () => bytes.slice().buffer, body: new Blob([bytes.slice()]).stream() }
        : null
    },
    async put(key: string, bytes: Uint8Array) {
      objects.set(key, bytes)
    },
    async delete(key: string) {
      objects.delete(key)
    },
  }
  return bucket as unknown as R2Bucket
}
