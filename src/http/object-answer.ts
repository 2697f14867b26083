import type { R2Bucket, R2Object, R2ObjectBody } from '@cloudflare/workers-types'
import { refusal } from './answers.ts'
import { type ByteRange, parseRange, spanOf } from './byte-range.ts'
import { cacheControl, type Freshness, matchesEtag } from './cache-policy.ts'

/** An object of the bucket with Range, conditional requests and HEAD. */
export async function objectAnswer(
  request: Request,
  bucket: R2Bucket,
  key: string,
  freshness: Freshness,
  fileName: string,
): Promise<Response> {
  const range = request.method === 'HEAD' ? null : parseRange(request.headers.get('range'))
  const object = await readObject(request, bucket, key, range)
  if (!object) return refusal(404, 'Not found', 'the file is gone')
  if (object === 'not satisfiable') return notSatisfiable(await bucket.head(key))
  const headers = new Headers({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'etag, content-length, content-range, accept-ranges',
    'accept-ranges': 'bytes',
    'cache-control': cacheControl(freshness),
    'content-disposition': `inline; filename="${fileName}"`,
    etag: object.httpEtag,
    'last-modified': object.uploaded.toUTCString(),
    'x-content-type-options': 'nosniff',
  })
  object.writeHttpMetadata(headers)
  if (request.method === 'HEAD') {
    if (matchesEtag(request.headers.get('if-none-match'), object.httpEtag))
      return new Response(null, { status: 304, headers })
    headers.set('content-length', String(object.size))
    return new Response(null, { headers })
  }
  if (!hasBody(object)) {
    const revalidation = request.headers.has('if-none-match') || request.headers.has('if-modified-since')
    return new Response(null, { status: revalidation ? 304 : 412, headers })
  }
  const { size } = object
  const span = range ? spanOf(range, size) : { offset: 0, length: size }
  if (!span) {
    await object.body.cancel()
    return notSatisfiable(object)
  }
  headers.set('content-length', String(span.length))
  if (!range) return new Response(object.body, { headers })
  headers.set('content-range', `bytes ${span.offset}-${span.offset + span.length - 1}/${size}`)
  return new Response(object.body, { status: 206, headers })
}

/** The bucket's code of a range that begins past the object's end. */
const RANGE_NOT_SATISFIABLE = '(10039)'

async function readObject(
  request: Request,
  bucket: R2Bucket,
  key: string,
  range: ByteRange | null,
): Promise<R2Object | R2ObjectBody | 'not satisfiable' | null> {
  if (request.method === 'HEAD') return bucket.head(key)
  // An empty suffix is no range to the bucket; whatever it sends for it is not used.
  const isEmpty = range !== null && 'suffix' in range && range.suffix === 0
  try {
    return await bucket.get(key, { onlyIf: request.headers, ...(range && !isEmpty ? { range } : {}) })
  } catch (error) {
    if (range && error instanceof Error && error.message.includes(RANGE_NOT_SATISFIABLE))
      return 'not satisfiable'
    throw error
  }
}

const notSatisfiable = (object: R2Object | null): Response =>
  object
    ? refusal(416, 'Range not satisfiable', `the file has ${object.size} bytes`, {
        'content-range': `bytes */${object.size}`,
      })
    : refusal(404, 'Not found', 'the file is gone')

const hasBody = (object: R2Object | R2ObjectBody): object is R2ObjectBody => 'body' in object
