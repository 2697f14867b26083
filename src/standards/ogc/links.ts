import type { Representation } from './negotiation.ts'

/** A link of a document (RFC 8288), as OGC API writes it. */
export interface Link {
  href: string
  rel: string
  type?: string
  title?: string
  hreflang?: string
  templated?: boolean
}

const OGC_REL = 'http://www.opengis.net/def/rel/ogc/1.0/'

/** A link relation that OGC has registered. */
export const ogcRel = (name: string): string => `${OGC_REL}${name}`

/** Parameters that say who asks: they are in no link. */
const CREDENTIALS = ['user_id', 'user_token']

/** The address a request came to, without what says who asked. */
export function addressOf(request: Request): URL {
  const url = new URL(request.url)
  for (const name of CREDENTIALS) url.searchParams.delete(name)
  return url
}

/** Where everything is: `https://host/ogc`. */
export const rootOf = (request: Request): string => `${new URL(request.url).origin}/ogc`

/** The same address with other parameters; one that is null is left out. */
export function addressWith(request: Request, parameters: Record<string, string | null>): string {
  const url = addressOf(request)
  for (const [name, value] of Object.entries(parameters))
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  return url.href
}

/** Links of a document to itself and to the other forms it is given in. */
export function selfLinks(
  request: Request,
  given: Representation,
  offered: readonly Representation[],
): Link[] {
  return offered.map((form) => ({
    href: form === given ? addressOf(request).href : addressWith(request, { f: form.f }),
    rel: form === given ? 'self' : 'alternate',
    type: form.type,
    title: form === given ? 'This document' : `This document as ${form.title}`,
  }))
}
