import { InvalidParameterError, NotAcceptableError } from './errors.ts'
import { queryOf, shown } from './parameters.ts'

/** A form in which a resource is given. */
export interface Representation {
  /** What the parameter `f` calls it. */
  f: string
  /** Its media type, as the answer and links say it. */
  type: string
  /** Media types that are given it as well. */
  alias: readonly string[]
  /** For a person, as a link's title has it. */
  title: string
}

export const JSON_FORM: Representation = { f: 'json', type: 'application/json', alias: [], title: 'JSON' }
export const HTML_FORM: Representation = {
  ...{ f: 'html', type: 'text/html', alias: ['application/xhtml+xml'], title: 'a page' },
}
export const GEOJSON_FORM: Representation = {
  ...{ f: 'json', type: 'application/geo+json', title: 'GeoJSON' },
  alias: ['application/json', 'application/vnd.geo+json'],
}
export const SCHEMA_FORM: Representation = {
  ...{ f: 'json', type: 'application/schema+json', title: 'JSON Schema' },
  alias: ['application/json'],
}

/** What most resources are given as; the first is for those who accept anything. */
export const JSON_OR_HTML: readonly Representation[] = [JSON_FORM, HTML_FORM]

/**
 * The form a request wants: what `f` names, else the one of the highest quality in `Accept` (RFC 9110, 12.5.1), the first
 * of equals.
 * @throws InvalidParameterError, NotAcceptableError
 */
export function representationOf(request: Request, offered: readonly Representation[]): Representation {
  const f = queryOf(request).get('f')
  if (f !== null) {
    const named = offered.find((form) => form.f === f || form.type === f)
    if (named) return named
    const forms = offered.map((form) => form.f).join(', ')
    throw new InvalidParameterError('f', `${shown(f)} is none of ${forms}`)
  }
  const accept = request.headers.get('accept')
  if (accept === null || accept.trim() === '') return offered[0]!
  const ranges = mediaRanges(accept)
  let best: Representation | null = null
  let bestQuality = 0
  for (const form of offered) {
    const quality = Math.max(...[form.type, ...form.alias].map((type) => qualityOf(type, ranges)))
    if (quality > bestQuality) {
      best = form
      bestQuality = quality
    }
  }
  if (best) return best
  const types = offered.map(({ type }) => type).join(', ')
  throw new NotAcceptableError(`This is given as ${types}; ${shown(accept)} accepts none of it`)
}

interface MediaRange {
  type: string
  quality: number
}

function mediaRanges(accept: string): MediaRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
    const quality = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1))
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

/** The quality of the most specific range that has the type; 0 where none has. */
function qualityOf(offered: string, ranges: readonly MediaRange[]): number {
  const type = offered.split(';')[0]!
  for (const pattern of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const matching = ranges.filter((range) => range.type === pattern)
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality))
  }
  return 0
}
