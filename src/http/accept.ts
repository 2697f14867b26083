/** How much a range of media types says: the type itself, its family, or anything at all. */
const EXACT = 2
const FAMILY = 1

interface Preference {
  quality: number
  specificity: number
}

/** What a header `Accept` says of a media type: the most specific of the ranges that it is in. */
function preferenceFor(accept: string, type: string): Preference {
  const found = { quality: 0, specificity: -1 }
  for (const item of accept.split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const specificity =
      range === type ? EXACT : range === type.replace(/\/.*/, '/*') ? FAMILY : range === '*/*' ? 0 : -1
    if (specificity <= found.specificity) continue
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
    found.quality = weight >= 0 && weight <= 1 ? weight : 1
    found.specificity = specificity
  }
  return found
}

/**
 * Whether a client would rather have a page than JSON (RFC 9110, 12.5.1): browsers would, whoever takes anything would not.
 * @param accept the header, if there is one
 */
export function prefersHtml(accept: string | undefined): boolean {
  const html = preferenceFor(accept ?? '*/*', 'text/html')
  const json = preferenceFor(accept ?? '*/*', 'application/json')
  if (html.quality !== json.quality) return html.quality > json.quality
  return html.quality > 0 && html.specificity > json.specificity
}
