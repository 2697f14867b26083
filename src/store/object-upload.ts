import type { ByteSink } from '../formats/byte-sink.ts'
import { objectKeys } from './objects.ts'

/** Size of every part of a multipart upload but the last, which R2 wants to be equal. */
export const UPLOAD_PART_BYTES = 8 * 1024 * 1024
const FIRST_BUFFER_BYTES = 256 * 1024

/** The part of an R2 bucket that an upload needs. */
export interface UploadBucket {
  put(key: string, value: Uint8Array, options?: { httpMetadata?: { contentType: string } }): Promise<unknown>
  delete(key: string): Promise<void>
  createMultipartUpload(
    key: string,
    options?: { httpMetadata?: { contentType: string } },
  ): Promise<MultipartUpload>
}

interface MultipartUpload {
  uploadPart(partNumber: number, value: Uint8Array): Promise<UploadedPart>
  complete(parts: UploadedPart[]): Promise<unknown>
  abort(): Promise<void>
}

interface UploadedPart {
  partNumber: number
  etag: string
}

/** An incremental SHA-256. */
export interface Digest {
  update(chunk: Uint8Array): Promise<void>
  hex(): Promise<string>
}

export interface ObjectUploadOptions {
  contentType?: string
  /** Defaults to the runtime's `crypto.DigestStream`, which only workerd has. */
  createDigest?: (() => Digest) | undefined
  /** Size of a part; R2 takes no less than 5 MiB. */
  partBytes?: number
}

export interface ObjectUpload extends ByteSink {
  /** Stores the object. `size` in bytes, `sha256` in lower-case hexadecimal. */
  close(): Promise<{ size: number; sha256: string }>
  /** Leaves nothing in the bucket; does nothing once the object is stored. */
  abort(): Promise<void>
}

/** A new key for an original; nothing is known of its bytes yet. */
export function newSourceKey(): string {
  return objectKeys.source(crypto.randomUUID())
}

/**
 * Writes an object of unknown length: up to one part's size by one put, anything larger by a multipart upload
 * that holds one part in memory. Nothing is visible under `key` before `close` resolves. When `write` or `close`
 * throws, the upload is aborted already. `key` must be a new one: a failed upload deletes it.
 */
export function uploadStream(
  bucket: UploadBucket,
  key: string,
  options: ObjectUploadOptions = {},
): ObjectUpload {
  const metadata =
    options.contentType === undefined ? undefined : { httpMetadata: { contentType: options.contentType } }
  const partBytes = options.partBytes ?? UPLOAD_PART_BYTES
  const digest = (options.createDigest ?? workerdDigest)()
  const parts: UploadedPart[] = []
  let multipart: MultipartUpload | null = null
  let buffer = new Uint8Array(Math.min(FIRST_BUFFER_BYTES, partBytes))
  let buffered = 0
  let size = 0
  let state: 'open' | 'stored' | 'aborted' = 'open'

  async function flushPart(): Promise<void> {
    multipart ??= await bucket.createMultipartUpload(key, metadata)
    parts.push(await multipart.uploadPart(parts.length + 1, buffer.subarray(0, buffered)))
    buffered = 0
  }

  function makeRoom(): void {
    if (buffered < buffer.length) return
    const grown = new Uint8Array(Math.min(buffer.length * 2, partBytes))
    grown.set(buffer)
    buffer = grown
  }

  async function append(chunk: Uint8Array): Promise<void> {
    await digest.update(chunk)
    size += chunk.length
    for (let at = 0; at < chunk.length; ) {
      if (buffered === partBytes) await flushPart()
      makeRoom()
      const taken = chunk.subarray(at, at + buffer.length - buffered)
      buffer.set(taken, buffered)
      buffered += taken.length
      at += taken.length
    }
  }

  async function store(): Promise<{ size: number; sha256: string }> {
    const sha256 = await digest.hex()
    if (multipart === null) await bucket.put(key, buffer.subarray(0, buffered), metadata)
    else {
      if (buffered > 0) await flushPart()
      await multipart.complete(parts)
    }
    state = 'stored'
    return { size, sha256 }
  }

  async function abort(): Promise<void> {
    if (state !== 'open') return
    state = 'aborted'
    buffer = new Uint8Array(0)
    // Best effort: the error that led here is the one to report. A put or a complete whose answer was lost may
    // have stored the object, hence the delete.
    await multipart?.abort().catch(() => undefined)
    await bucket.delete(key).catch(() => undefined)
  }

  async function orAbort<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      await abort()
      throw error
    }
  }

  function assertOpen(): void {
    if (state !== 'open') throw new Error(`the upload is ${state} already`)
  }

  return {
    async write(chunk) {
      assertOpen()
      await orAbort(append(chunk))
    },
    async close() {
      assertOpen()
      return orAbort(store())
    },
    abort,
  }
}

interface DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>
}

function workerdDigest(): Digest {
  const { DigestStream } = crypto as unknown as { DigestStream: new (algorithm: string) => DigestStream }
  const stream = new DigestStream('SHA-256')
  const writer = stream.getWriter()
  return {
    update: (chunk) => writer.write(chunk),
    async hex() {
      await writer.close()
      const bytes = new Uint8Array(await stream.digest)
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    },
  }
}
