import type { R2Bucket } from '@cloudflare/workers-types'
import { hexOf } from '../../../formats/hex.ts'
import { type Digest, uploadStream } from '../../../store/object-upload.ts'
import { objectBytes } from '../../storage/stored-objects.ts'
import { CODINGS, type Coding, compressed, compressedStream, isGain } from './compress.ts'
import type { MadeFile, MadeKeys, SourceFile } from './optimizer.ts'

/** Stores bytes, and what they are when compressed. */
export async function storeMade(
  bucket: R2Bucket,
  path: string,
  bytes: Uint8Array,
  keys: MadeKeys,
): Promise<MadeFile> {
  await bucket.put(keys[0], bytes)
  return { ...(await storeCompressed(bucket, path, bytes, keys)), objectKey: keys[0] }
}

/** Stores what the bytes of an object are when compressed. */
export async function storeCompressed(
  bucket: R2Bucket,
  path: string,
  bytes: Uint8Array,
  [objectKey, ...compressedKeys]: MadeKeys,
): Promise<MadeFile> {
  const kept: (string | null)[] = []
  for (const [index, coding] of CODINGS.entries()) {
    const made = compressed(bytes, coding)
    if (made) await bucket.put(compressedKeys[index]!, made)
    kept.push(made ? compressedKeys[index]! : null)
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  const sha256 = hexOf(new Uint8Array(digest))
  return { path, objectKey, byteSize: bytes.length, sha256, gzipKey: kept[0]!, brotliKey: kept[1]! }
}

/** Nobody asks for the digest of what is compressed. */
const undigested = (): Digest => ({ update: async () => {}, hex: async () => '' })

/** Stores what a large file is when compressed, read anew for each coding. */
export async function streamCompressed(
  bucket: R2Bucket,
  { path, objectKey, byteSize, sha256 }: SourceFile & { sha256: string },
  [, gzip, brotli]: MadeKeys,
): Promise<MadeFile> {
  const stored = async (coding: Coding, key: string) => {
    const upload = uploadStream(bucket, key, { createDigest: undigested })
    try {
      for await (const bytes of compressedStream(objectBytes({ bucket }, objectKey), byteSize, coding))
        await upload.write(bytes)
    } catch (error) {
      await upload.abort()
      throw error
    }
    const { size } = await upload.close()
    if (isGain(byteSize, size)) return key
    await bucket.delete(key)
    return null
  }
  const gzipKey = await stored('gzip', gzip)
  const brotliKey = await stored('br', brotli)
  return { path, objectKey, byteSize, sha256, gzipKey, brotliKey }
}
