import { refusal } from './answers.ts'
import { cacheControl, type Freshness } from './cache-policy.ts'

/** An object of the bucket with Range, conditional requests and HEAD. */
export async function objectAnswer(
  request: Request,
  bucket: R2Bucket,
  key: string,
  freshness: Freshness,
  fileName: string,
): Promise<Response> {
  const options = { range: request.headers, onlyIf: request.headers }
  const wantsRange = /^bytes=/.test(request.headers.get('range') ?? '')
  let object: R2Object | R2ObjectBody | null
  try {
    object = request.method === 'HEAD' ? await bucket.head(key) : await bucket.get(key, options)
  } catch (error) {
    const whole = await bucket.head(key)
    if (!whole || !wantsRange) throw error
    return refusal(416, 'Range not satisfiable', `the file has ${whole.size} bytes`, {
      'content-range': `bytes */${whole.size}`,
    })
  }
  if (!object) return refusal(404, 'Not found', 'the file is gone')
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
    headers.set('content-length', String(object.size))
    return new Response(null, { headers })
  }
  if (!hasBody(object)) {
    const revalidation = request.headers.has('if-none-match') || request.headers.has('if-modified-since')
    return new Response(null, { status: revalidation ? 304 : 412, headers })
  }
  const { offset, length } = wantedBytes(object)
  headers.set('content-length', String(length))
  if (!wantsRange) return new Response(object.body, { headers })
  headers.set('content-range', `bytes ${offset}-${offset + length - 1}/${object.size}`)
  return new Response(object.body, { status: 206, headers })
}

const hasBody = (object: R2Object | R2ObjectBody): object is R2ObjectBody => 'body' in object

function wantedBytes({ range, size }: R2ObjectBody): { offset: number; length: number } {
  if (!range) return { offset: 0, length: size }
  if ('suffix' in range)
    return { offset: Math.max(0, size - range.suffix), length: Math.min(size, range.suffix) }
  const offset = range.offset ?? 0
  return { offset, length: range.length ?? size - offset }
}
