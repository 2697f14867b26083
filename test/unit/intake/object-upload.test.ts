import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newStagingKey, UPLOAD_PART_BYTES, uploadStream } from '../../../src/store/object-upload.ts'
import { cutEvery } from './chunks.ts'
import {
  emptyBucket,
  failingBucket,
  keysOf,
  type LocalBucket,
  nodeDigest,
  openLocalBucket,
  sha256,
} from './local-bucket.ts'

const options = { createDigest: nodeDigest }

/** Bytes in which every place can be told from its neighbours. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31) ^ (at >> 8) ^ (at >> 16)
  return bytes
}

describe('uploadStream', () => {
  let local: Awaited<ReturnType<typeof openLocalBucket>>
  let bucket: LocalBucket

  beforeAll(async () => {
    local = await openLocalBucket()
    bucket = local.bucket
  })
  afterAll(() => local.dispose())
  beforeEach(() => emptyBucket(bucket))

  test.each([
    ['nothing', 0, 1, ['put']],
    ['one byte', 1, 1, ['put']],
    ['less than a part', 1_000_000, 65_536, ['put']],
    ['exactly a part', UPLOAD_PART_BYTES, 65_536, ['put']],
    ['a part and a byte', UPLOAD_PART_BYTES + 1, 1_000_003, ['create', 'part', 'part', 'complete']],
    ['exactly two parts', 2 * UPLOAD_PART_BYTES, 3_000_017, ['create', 'part', 'part', 'complete']],
    ['one chunk of many parts', 20_000_000, 20_000_000, ['create', 'part', 'part', 'part', 'complete']],
  ])('stores %s', async (_, length, chunkLength, expectedCalls) => {
    const bytes = pattern(length)
    const watched = failingBucket(bucket, Number.POSITIVE_INFINITY, 'before')
    const upload = uploadStream(watched.bucket, 'a/key', { ...options, contentType: 'image/png' })
    for (const chunk of cutEvery(bytes, chunkLength)) await upload.write(chunk)
    expect(await keysOf(bucket)).toEqual([])
    expect(await upload.close()).toEqual({ size: length, sha256: sha256(bytes) })
    const object = await bucket.get('a/key')
    expect(sha256(new Uint8Array(await object!.arrayBuffer()))).toBe(sha256(bytes))
    expect(object!.httpMetadata?.contentType).toBe('image/png')
    expect(watched.calls).toEqual(expectedCalls)
  })

  test('a chunk may be changed once it is written', async () => {
    const upload = uploadStream(bucket, 'key', options)
    const chunk = new Uint8Array(100).fill(1)
    await upload.write(chunk)
    chunk.fill(2)
    await upload.write(chunk)
    await upload.close()
    const stored = new Uint8Array(await (await bucket.get('key'))!.arrayBuffer())
    expect([stored[0], stored[99], stored[100], stored.length]).toEqual([1, 1, 2, 200])
  })

  test.each([[10], [UPLOAD_PART_BYTES + 10]])('an abort after %i bytes leaves nothing', async (length) => {
    const upload = uploadStream(bucket, 'key', options)
    await upload.write(pattern(length))
    await upload.abort()
    await upload.abort()
    expect(await keysOf(bucket)).toEqual([])
    await expect(upload.write(new Uint8Array(1))).rejects.toThrow('aborted')
    await expect(upload.close()).rejects.toThrow('aborted')
  })

  test('an abort after the close changes nothing', async () => {
    const upload = uploadStream(bucket, 'key', options)
    await upload.close()
    await upload.abort()
    expect(await keysOf(bucket)).toEqual(['key'])
    await expect(upload.close()).rejects.toThrow('stored')
  })

  const large = [1, 2, 3, 4].flatMap((call) => [
    [2 * UPLOAD_PART_BYTES, call, 'before'] as const,
    [2 * UPLOAD_PART_BYTES, call, 'after'] as const,
  ])
  test.each([[10, 1, 'before'] as const, [10, 1, 'after'] as const, ...large])(
    'of %i bytes nothing is left when call %i fails, %s it took effect',
    async (length, call, when) => {
      const failing = failingBucket(bucket, call, when)
      const upload = uploadStream(failing.bucket, 'key', options)
      const store = async () => {
        for (const chunk of cutEvery(pattern(length), 5_000_000)) await upload.write(chunk)
        await upload.close()
      }
      await expect(store()).rejects.toThrow('failed')
      expect(failing.calls).toHaveLength(call)
      expect(await keysOf(bucket)).toEqual([])
    },
  )
})

test('staging keys differ', () => {
  expect(newStagingKey()).toMatch(/^staging\/[0-9a-f-]{36}$/)
  expect(newStagingKey()).not.toBe(newStagingKey())
})
