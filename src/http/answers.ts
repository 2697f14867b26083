import { cacheControl, type Freshness, matchesEtag } from './cache-policy.ts'

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag, content-length, content-range, accept-ranges',
}

/** 404 and its like: JSON:API errors, never kept. */
export function refusal(status: number, title: string, detail: string, headers: HeadersInit = {}): Response {
  return Response.json(
    { errors: [{ title, detail }] },
    { status, headers: { ...CORS, 'cache-control': 'no-store', ...headers } },
  )
}

export interface Content {
  body: BodyInit | null
  contentType: string
  /** Changes when the content does; null where nobody can tell. */
  etag: string | null
  freshness: Freshness
  headers?: Record<string, string>
}

/** 200 or 304, without a body for HEAD. */
export function answer(request: Request, { body, contentType, etag, freshness, headers }: Content): Response {
  const fields = new Headers({
    ...CORS,
    'content-type': contentType,
    'cache-control': cacheControl(freshness),
    'x-content-type-options': 'nosniff',
    ...(etag ? { etag } : {}),
    ...headers,
  })
  if (etag && matchesEtag(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers: fields })
  if (body instanceof Uint8Array) fields.set('content-length', String(body.byteLength))
  return new Response(request.method === 'HEAD' ? null : body, { headers: fields })
}

/** Answers an OPTIONS request: anybody may read, from anywhere. */
export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': '*',
      'access-control-max-age': '86400',
    },
  })
