import type { R2Bucket } from '@cloudflare/workers-types'
import type { RangeResponse, Source } from 'pmtiles'

/** A PMTiles archive in the bucket. Its key is written once, so no entity tag needs to be compared. */
export class BucketArchive implements Source {
  readonly #bucket: R2Bucket
  readonly #key: string

  constructor(bucket: R2Bucket, key: string) {
    this.#bucket = bucket
    this.#key = key
  }

  getKey(): string {
    return this.#key
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const object = await this.#bucket.get(this.#key, { range: { offset, length } })
    if (!object) throw new Error(`the archive ${this.#key} is gone`)
    return { data: await object.arrayBuffer() }
  }
}
