/** What a rendering of a resource may be kept for, by whom. */
export interface Freshness {
  /** The address names the version, so its content never changes. */
  versioned: boolean
  /** Everyone may see it. */
  shared: boolean
}

export const YEAR_SECONDS = 31_536_000

/** A versioned public address is kept for a year; anything else asks every time, which costs one version look-up. */
export function cacheControl({ versioned, shared }: Freshness): string {
  const scope = shared ? 'public' : 'private'
  return versioned ? `${scope}, max-age=${YEAR_SECONDS}, immutable` : `${scope}, no-cache`
}

/** Whether an If-None-Match header names the entity tag (weakly, as RFC 9110 wants for GET and HEAD). */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (!header) return false
  const opaque = etag.replace(/^W\//, '')
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === opaque)
}
