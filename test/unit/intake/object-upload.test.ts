import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSourceKey, UPLOAD_PART_BYTES, uploadStream } from '../../../src/store/object-upload.ts'
import { cutEvery } from './chunks.ts'
import { failingBucket, keysOf, memoryBucket, nodeDigest, openLocalBucket, sha256 } from './local-bucket.ts'

/** Bytes in which every place can be told from its neighbours. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31) ^ (at >> 8) ^ (at >> 16)
  return bytes
}

describe('uploadStream', () => {
  const PART = 1000
  const small = { createDigest: nodeDigest, partBytes: PART }

  test.each([
    ['nothing', 0, 1, ['put']],
    ['one byte', 1, 1, ['put']],
    ['less than a part', PART - 1, 64, ['put']],
    ['exactly a part', PART, 64, ['put']],
    ['a part and a byte', PART + 1, 333, ['create', 'part', 'part', 'complete']],
    ['exactly two parts', 2 * PART, 1001, ['create', 'part', 'part', 'complete']],
    ['one chunk of many parts', 2 * PART + 500, 5000, ['create', 'part', 'part', 'part', 'complete']],
  ])('stores %s', async (_, length, chunkLength, expectedCalls) => {
    const { bucket, objects, unfinished } = memoryBucket()
    const watched = failingBucket(bucket, Number.POSITIVE_INFINITY, 'before')
    const bytes = pattern(length)
    const upload = uploadStream(watched.bucket, 'key', small)
    for (const chunk of cutEvery(bytes, chunkLength)) await upload.write(chunk)
    expect(objects.size).toBe(0)
    expect(await upload.close()).toEqual({ size: length, sha256: sha256(bytes) })
    expect(objects.get('key')).toEqual(bytes)
    expect(unfinished.size).toBe(0)
    expect(watched.calls).toEqual(expectedCalls)
  })

  test('a chunk may be changed once it is written', async () => {
    const { bucket, objects } = memoryBucket()
    const upload = uploadStream(bucket, 'key', small)
    const chunk = new Uint8Array(600).fill(1)
    await upload.write(chunk)
    chunk.fill(2)
    await upload.write(chunk)
    await upload.close()
    expect(objects.get('key')).toEqual(new Uint8Array(1200).fill(1, 0, 600).fill(2, 600))
  })

  test.each([[10], [PART + 10]])('an abort after %i bytes leaves nothing', async (length) => {
    const { bucket, objects, unfinished } = memoryBucket()
    const upload = uploadStream(bucket, 'key', small)
    await upload.write(pattern(length))
    await upload.abort()
    await upload.abort()
    expect([objects.size, unfinished.size]).toEqual([0, 0])
    await expect(upload.write(new Uint8Array(1))).rejects.toThrow('aborted')
    await expect(upload.close()).rejects.toThrow('aborted')
  })

  test('an abort after the close changes nothing', async () => {
    const { bucket, objects } = memoryBucket()
    const upload = uploadStream(bucket, 'key', small)
    await upload.close()
    await upload.abort()
    expect(objects.has('key')).toBe(true)
    await expect(upload.close()).rejects.toThrow('stored')
  })

  const faults = [
    [PART, 1],
    [2 * PART, 1],
    [2 * PART, 2],
    [2 * PART, 3],
    [2 * PART, 4],
  ] as const
  test.each(
    faults.flatMap(([length, call]) =>
      (['before', 'after'] as const).map((when) => [length, call, when] as const),
    ),
  )('of %i bytes nothing is left when call %i fails, %s it took effect', async (length, call, when) => {
    const { bucket, objects, unfinished } = memoryBucket()
    const failing = failingBucket(bucket, call, when)
    const upload = uploadStream(failing.bucket, 'key', small)
    const store = async () => {
      for (const chunk of cutEvery(pattern(length), 300)) await upload.write(chunk)
      await upload.close()
    }
    await expect(store()).rejects.toThrow('failed')
    expect(failing.calls).toHaveLength(call)
    expect(objects.size).toBe(0)
    // Of an upload whose creation was not answered nobody knows the id; R2 drops it after a week.
    expect(unfinished.size).toBe(failing.calls.at(-1) === 'create' && when === 'after' ? 1 : 0)
  })
})

describe('uploadStream to R2 as the local runtime implements it', () => {
  let local: Awaited<ReturnType<typeof openLocalBucket>>

  beforeAll(async () => {
    local = await openLocalBucket()
  })
  afterAll(() => local.dispose())

  test.each([
    ['a small object', 1000],
    ['an object of two parts', UPLOAD_PART_BYTES + 1000],
  ])('%s', async (key, length) => {
    const bytes = pattern(length)
    const upload = uploadStream(local.bucket, key, { createDigest: nodeDigest, contentType: 'image/png' })
    for (const chunk of cutEvery(bytes, 1_000_003)) await upload.write(chunk)
    expect(await local.bucket.get(key)).toBeNull()
    await upload.close()
    const object = await local.bucket.get(key)
    expect(sha256(new Uint8Array(await object!.arrayBuffer()))).toBe(sha256(bytes))
    expect(object!.httpMetadata?.contentType).toBe('image/png')
  })

  test('an abort', async () => {
    const upload = uploadStream(local.bucket, 'aborted', { createDigest: nodeDigest })
    await upload.write(pattern(UPLOAD_PART_BYTES + 1))
    await upload.abort()
    expect(await keysOf(local.bucket)).not.toContain('aborted')
  })
})

test('keys of originals differ', () => {
  expect(newSourceKey()).toMatch(/^sources\/[0-9a-f-]{36}$/)
  expect(newSourceKey()).not.toBe(newSourceKey())
})
