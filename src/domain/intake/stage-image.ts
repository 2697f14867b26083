import type { ByteSink } from '../../formats/byte-sink.ts'
import { FormatError } from '../../formats/format-error.ts'
import { JSON_REST_MAX_BYTES, readJsonUpload } from '../../formats/json-upload-stream.ts'
import { FIELDS_MAX_BYTES, type MultipartFile, readMultipart } from '../../formats/multipart-upload.ts'
import {
  type Digest,
  newSourceKey,
  type ObjectUpload,
  type UploadBucket,
  uploadStream,
} from '../../store/object-upload.ts'
import { declaredLength, limitBytes } from './byte-limit.ts'
import {
  FetchRefusedError,
  type ImageAttribute,
  PayloadTooLargeError,
  UploadRejectedError,
} from './errors.ts'
import { fileNameOfUrl, sanitizeFileName } from './file-name.ts'
import { type FetchedResource, type SafeFetchOptions, safeFetch } from './safe-fetch.ts'

export const BODY_MAX_BYTES = 100 * 1024 * 1024

/** What intake works with. */
export interface IntakeContext {
  bucket: UploadBucket
  /** `host:port` pairs an `upload_url` may name although they are private. */
  fetchAllow: readonly string[]
  createDigest?: (() => Digest) | undefined
}

/** An image in the bucket that nobody has looked at. Who asked for it keeps the object or deletes it. */
export interface StagedImage {
  key: string
  size: number
  /** Lower-case hexadecimal. */
  sha256: string
  /** Sanitized, never empty. */
  fileName: string
  /** The media type as the sender declared it, to be believed by nobody. */
  declaredType: string | null
  /** What gets the blame when the bytes turn out to be unusable. */
  attribute: ImageAttribute
  /** The address it was fetched from, as the user gave it; null when it came in the body. */
  sourceUrl: string | null
}

export interface StagedBody {
  image: StagedImage | null
  /** The rest of the body: any JSON value, or a form's fields as nested objects of strings; no body counts as `{}`. */
  document: unknown
}

export interface RequestBody {
  stream: AsyncIterable<Uint8Array> | null
  contentType: string | null
  contentLength: string | null
}

/** Names of the form parts whose file is the image. */
const FILE_FIELDS = ['file', 'upload', 'data[attributes][file]', 'data[attributes][upload]']

/**
 * Takes the image out of a request's body and into the bucket while the body arrives; neither is ever whole in
 * memory. A `multipart/form-data` body brings it as a file part, any other body is read as JSON with a data URI in
 * `data.attributes.upload`. When this throws, nothing is left in the bucket.
 *
 * Throws `PayloadTooLargeError`, `UploadRejectedError` (the image's value is unusable) and `FormatError` (the body
 * is neither valid JSON nor a valid form: `bad-json`, `bad-multipart`, `bad-field`).
 */
export async function stageFromBody(context: IntakeContext, body: RequestBody): Promise<StagedBody> {
  const tooLarge = () => new PayloadTooLargeError('The body', BODY_MAX_BYTES)
  const length = declaredLength(body.contentLength)
  if (length !== null && length > BODY_MAX_BYTES) throw tooLarge()
  if (!body.stream || length === 0) return { image: null, document: {} }
  const stream = limitBytes(body.stream, BODY_MAX_BYTES, tooLarge)
  const contentType = body.contentType ?? ''
  return /^\s*multipart\/form-data\b/i.test(contentType)
    ? stageFromMultipart(context, stream, contentType)
    : stageFromJson(context, stream)
}

/**
 * Fetches `sourceUrl` (see `safeFetch`) into the bucket. Throws `UploadRejectedError` on `upload_url`, with the
 * `FetchRefusedError` as its cause; the message tells of the reason only that the file is too large, so that the
 * answer is no port scanner. When this throws, nothing is left in the bucket.
 */
export async function stageFromUrl(
  context: IntakeContext,
  sourceUrl: string,
  limits: Pick<SafeFetchOptions, 'maxBytes' | 'firstByteMs' | 'totalMs' | 'fetch'> = {},
): Promise<StagedImage> {
  try {
    return await stageFetched(
      context,
      await safeFetch(sourceUrl, { ...limits, allow: context.fetchAllow }),
      sourceUrl,
    )
  } catch (error) {
    throw fetchFault(error)
  }
}

/** Stores what was fetched. @throws FetchRefusedError when it breaks off */
export async function stageFetched(
  context: IntakeContext,
  { url, headers, body }: FetchedResource,
  sourceUrl: string,
): Promise<StagedImage> {
  const declaredType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || null
  const stored = await stageBytes(context, body)
  const fileName = sanitizeFileName(fileNameOfUrl(url), declaredType)
  return { ...stored, fileName, declaredType, attribute: 'upload_url', sourceUrl }
}

/** Stores bytes under a new key while they come; when that fails, nothing is left in the bucket. */
export async function stageBytes(
  context: IntakeContext,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Pick<StagedImage, 'key' | 'size' | 'sha256'>> {
  const { object } = await stage(context, async (open) => {
    const sink = open()
    for await (const chunk of bytes) await sink.write(chunk)
  })
  return object!
}

/** What is told of an address that could not be fetched; anything else is handed through. */
export function fetchFault(error: unknown): unknown {
  if (!(error instanceof FetchRefusedError)) return error
  const why =
    error.reason === 'too-large'
      ? `is invalid or inaccessible: ${error.message}`
      : 'is invalid or inaccessible'
  return new UploadRejectedError('upload_url', why, error)
}

/** Deletes an image that is not wanted. */
export async function discardStaged(context: IntakeContext, image: StagedImage): Promise<void> {
  await context.bucket.delete(image.key)
}

async function stageFromJson(context: IntakeContext, stream: AsyncIterable<Uint8Array>): Promise<StagedBody> {
  const { result, object } = await stage(context, (open) =>
    readJsonUpload(stream, open).catch((error) => {
      throw uploadFault(error, JSON_REST_MAX_BYTES)
    }),
  )
  const { document, upload } = result
  const attributes = attributesOf(document)
  if (object === null) {
    const value = attributes.upload
    if (value !== undefined && value !== null && value !== '') {
      throw new UploadRejectedError('upload', 'is not a data URI')
    }
    return { image: null, document }
  }
  const declaredType = upload?.mediaType ?? null
  const fileName = sanitizeFileName(textOrNull(attributes.upload_file_name), declaredType)
  return { image: { ...object, fileName, declaredType, attribute: 'upload', sourceUrl: null }, document }
}

async function stageFromMultipart(
  context: IntakeContext,
  stream: AsyncIterable<Uint8Array>,
  contentType: string,
): Promise<StagedBody> {
  const files: MultipartFile[] = []
  const { result: document, object } = await stage(context, (open) =>
    readMultipart(stream, contentType, (part) => {
      if (!FILE_FIELDS.includes(part.field)) return null
      if (files.length > 0) throw new UploadRejectedError('file', 'is given more than once')
      files.push(part)
      return open()
    }).catch((error) => {
      throw uploadFault(error, FIELDS_MAX_BYTES)
    }),
  )
  if (object === null) {
    if (attributesOf(document).upload) throw new UploadRejectedError('upload', 'must be sent as a file')
    return { image: null, document }
  }
  const { fileName, mediaType } = files[0]!
  const name = fileName ?? textOrNull(attributesOf(document).upload_file_name)
  return {
    image: {
      ...object,
      fileName: sanitizeFileName(name, mediaType),
      declaredType: mediaType,
      attribute: 'file',
      sourceUrl: null,
    },
    document,
  }
}

/** Runs `feed` with a sink that is opened on demand; stores the object when it succeeds, leaves nothing when not. */
async function stage<T>(
  context: IntakeContext,
  feed: (open: () => ByteSink) => Promise<T>,
): Promise<{ result: T; object: { key: string; size: number; sha256: string } | null }> {
  const key = newSourceKey()
  const staged: { upload: ObjectUpload | null } = { upload: null }
  const open = () => {
    staged.upload = uploadStream(context.bucket, key, { createDigest: context.createDigest })
    return staged.upload
  }
  try {
    const result = await feed(open)
    const object = staged.upload === null ? null : { key, ...(await staged.upload.close()) }
    return { result, object }
  } catch (error) {
    await staged.upload?.abort()
    throw error
  }
}

/** What a reader's complaint means here; anything else is handed through. */
function uploadFault(error: unknown, textMaxBytes: number): unknown {
  if (!(error instanceof FormatError)) return error
  switch (error.code) {
    case 'bad-data-uri':
    case 'bad-base64':
      return new UploadRejectedError('upload', `is not a valid data URI: ${error.message}`, error)
    case 'json-too-large':
    case 'fields-too-large':
      return new PayloadTooLargeError('The body without its image', textMaxBytes)
    default:
      return error
  }
}

function attributesOf(document: unknown): Record<string, unknown> {
  return asRecord(asRecord(asRecord(document).data).attributes)
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
