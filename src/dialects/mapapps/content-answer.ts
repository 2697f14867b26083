import type { Context as RequestContext } from 'hono'
import type { ServedFile } from '../../domain/apps/served-files.ts'
import { PreconditionFailedError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { type ByteSpan, parseRange, spanOf } from '../../http/byte-range.ts'
import { cacheControl, matchesEtag } from '../../http/cache-policy.ts'
import { json } from '../../http/json.ts'
import { preferredCoding } from './content-coding.ts'
import { digestOfTag, etagOf, tagsIn } from './entity-tags.ts'

/**
 * What keeps content that users have made from acting in the name of the platform: it runs in an origin of its own, is no other
 * type than it says, and does not tell where it was.
 */
export const CONTENT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    'sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads allow-pointer-lock',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** @throws PreconditionFailedError where the request wants another file than this */
function requireMatch(c: RequestContext, sha256: string): void {
  const header = c.req.header('if-match')?.trim()
  if (header === undefined || header === '*' || tagsIn(header).some((tag) => digestOfTag(tag) === sha256))
    return
  throw new PreconditionFailedError('The file is not the one that was asked for')
}

export interface ContentOptions {
  /** Everyone may have it. */
  isPublic: boolean
}

const headersOf = (contentType: string, etag: string, { isPublic }: ContentOptions): Headers =>
  new Headers({
    ...CONTENT_HEADERS,
    'content-type': contentType,
    'cache-control': cacheControl({ versioned: false, shared: isPublic }),
    etag,
  })

/**
 * A file in the bucket with Range, conditional requests and HEAD, compressed as the client likes it where that is there.
 * @returns null where the object is gone, since another has been put in its place
 * @throws PreconditionFailedError
 */
export async function fileAnswer(
  c: RequestContext<AppEnv>,
  { objectKey, byteSize, contentType, sha256, gzipKey, brotliKey }: ServedFile,
  options: ContentOptions,
): Promise<Response | null> {
  requireMatch(c, sha256)
  const isHead = c.req.method === 'HEAD'
  const range = isHead ? null : parseRange(c.req.header('range') ?? null)
  const keys = { br: brotliKey, gzip: gzipKey, identity: objectKey }
  // A part of a file is one of its own bytes.
  const coding = range
    ? 'identity'
    : preferredCoding(acceptedCodings(c.req.raw), (known) => keys[known] !== null)
  const etag = etagOf(sha256, coding)
  const headers = headersOf(contentType, etag, options)
  if (matchesEtag(c.req.header('if-none-match') ?? null, etag))
    return new Response(null, { status: 304, headers })
  headers.set('accept-ranges', 'bytes')
  const isWhole = !range || (c.req.header('if-range') ?? etag) !== etag
  const span = isWhole ? null : spanOf(range, byteSize)
  if (!isWhole && !span) {
    c.header('Content-Range', `bytes */${byteSize}`)
    return json(c, { code: 416, error: `The range is beyond the file, which has ${byteSize} bytes` }, 416)
  }
  const { bucket } = c.var.context
  const object = isHead
    ? await bucket.head(keys[coding]!)
    : await bucket.get(keys[coding]!, span ? { range: { ...span } } : undefined)
  if (!object) return null
  if (coding !== 'identity') headers.set('content-encoding', coding)
  headers.set('content-length', String(span?.length ?? object.size))
  if (span) headers.set('content-range', contentRange(span, byteSize))
  const body = 'body' in object ? (object.body as ReadableStream) : null
  return new Response(body, {
    ...{ status: span ? 206 : 200, headers },
    ...(coding === 'identity' ? {} : { encodeBody: 'manual' as const }),
  })
}

/**
 * What codings the client takes: on its way here the header is replaced by what the network between takes; what the client
 * sent is told apart from it.
 */
const acceptedCodings = ({ cf, headers }: Request): string =>
  String(cf?.clientAcceptEncoding ?? headers.get('accept-encoding') ?? '')

const contentRange = ({ offset, length }: ByteSpan, size: number): string =>
  `bytes ${offset}-${offset + length - 1}/${size}`

/** Bytes that are held, with conditional requests and HEAD. @throws PreconditionFailedError */
export function bytesAnswer(
  c: RequestContext<AppEnv>,
  { bytes, contentType, sha256 }: { bytes: Uint8Array; contentType: string; sha256: string },
  options: ContentOptions,
): Response {
  requireMatch(c, sha256)
  const etag = etagOf(sha256, 'identity')
  const headers = headersOf(contentType, etag, options)
  if (matchesEtag(c.req.header('if-none-match') ?? null, etag))
    return new Response(null, { status: 304, headers })
  headers.set('content-length', String(bytes.length))
  return new Response(c.req.method === 'HEAD' ? null : (bytes as Uint8Array<ArrayBuffer>), { headers })
}
