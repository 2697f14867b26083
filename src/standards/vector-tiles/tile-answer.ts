import { cacheControl, type Freshness, matchesEtag } from '../../http/cache-policy.ts'
import { etagOf, PARTIAL_HEADER } from './tile-headers.ts'

export interface AnsweredTile {
  /** gzip; no bytes for an empty tile, null where the client has the tile already. */
  bytes: Uint8Array | null
  version: number | string
  freshness: Freshness
  headers: Record<string, string>
}

/** 200, 204 for an empty tile, or 304; compressed for who takes that. */
export async function answerTile(
  request: Request,
  { bytes, version, freshness, headers }: AnsweredTile,
): Promise<Response> {
  const etag = etagOf(version)
  const fields = new Headers({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': `etag, content-length, ${PARTIAL_HEADER}`,
    'cache-control': cacheControl(freshness),
    etag,
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  if (bytes === null || matchesEtag(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers: fields })
  if (bytes.byteLength === 0) return new Response(null, { status: 204, headers: fields })
  fields.set('content-type', 'application/vnd.mapbox-vector-tile')
  if (takesGzip(request)) {
    fields.set('content-encoding', 'gzip')
    fields.set('content-length', String(bytes.byteLength))
    return new Response(request.method === 'HEAD' ? null : (bytes as Uint8Array<ArrayBuffer>), {
      headers: fields,
      encodeBody: 'manual',
    })
  }
  const plain = await new Response(
    new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip')),
  ).arrayBuffer()
  fields.set('content-length', String(plain.byteLength))
  return new Response(request.method === 'HEAD' ? null : plain, { headers: fields })
}

/**
 * Whether the client takes gzip (RFC 9110, 12.5.3). On its way here the header is replaced by what the network between
 * takes; what the client sent is told apart from it.
 */
function takesGzip({ cf, headers }: Request): boolean {
  const sent = cf?.clientAcceptEncoding ?? headers.get('accept-encoding') ?? ''
  const accepted = String(sent).toLowerCase().split(',')
  const qualityOf = (coding: string) => {
    const entry = accepted.map((item) => item.trim()).find((item) => item.split(';')[0]!.trim() === coding)
    return entry === undefined ? null : Number(/;\s*q=([\d.]+)/.exec(entry)?.[1] ?? 1)
  }
  return (qualityOf('gzip') ?? qualityOf('*') ?? 0) > 0
}
