import type { R2Bucket } from '@cloudflare/workers-types'
import type { ByteSource } from '../formats/probe/byte-source.ts'

/** Random access to one object of the bucket. Reading past what is there gives what is there. */
export function bucketSource(bucket: R2Bucket, key: string, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      if (offset >= size || length <= 0) return new Uint8Array()
      const object = await bucket.get(key, { range: { offset, length: Math.min(length, size - offset) } })
      if (!object) throw new Error(`the object ${key} is gone`)
      return new Uint8Array(await object.arrayBuffer())
    },
  }
}
