import { SaxesParser } from 'saxes'
import { FormatError } from '../format-error.ts'

export const DRAWING_MAX_BYTES = 128 * 1024
const ELEMENTS_MAX = 2_000
const DEPTH_MAX = 32

/** Elements that draw, or say how. None of them repeats what is elsewhere, reaches outside, or works on pixels. */
const KNOWN = new Set([
  ...['svg', 'g', 'defs', 'title', 'desc', 'metadata', 'style', 'switch', 'a'],
  ...['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon'],
  ...['linearGradient', 'radialGradient', 'stop', 'clipPath'],
])
/** Elements of other vocabularies, which editors leave behind, draw nothing. */
const SVG_NAMESPACE = 'http://www.w3.org/2000/svg'

/**
 * Checks that an SVG document that came from a user is a plain drawing: of bounded size, without a document type (entities),
 * and without elements by which a small document can ask for endless work or for something outside of it (`use`, `image`,
 * `pattern`, `mask`, `filter`, `foreignObject`, `text`, scripts).
 * @returns the document
 * @throws FormatError `bad-svg` that says what is in the way
 */
export function checkedDrawing(bytes: Uint8Array): string {
  if (bytes.length > DRAWING_MAX_BYTES)
    throw new FormatError('bad-svg', `it is larger than ${DRAWING_MAX_BYTES} bytes`)
  const text = new TextDecoder().decode(bytes)
  const parser = new SaxesParser({ xmlns: true })
  let count = 0
  let depth = 0
  const refuse = (what: string) => {
    throw new FormatError('bad-svg', what)
  }
  parser.on('error', (error) => refuse(`it is no XML: ${error.message}`))
  parser.on('doctype', () => refuse('it has a document type'))
  parser.on('opentag', ({ local, uri }) => {
    if (++count > ELEMENTS_MAX) refuse(`it has more than ${ELEMENTS_MAX} elements`)
    if (++depth > DEPTH_MAX) refuse('it is nested too deeply')
    if (depth === 1 && local !== 'svg') refuse('it is no SVG')
    if ((uri === SVG_NAMESPACE || uri === '') && !KNOWN.has(local)) refuse(`it has an element ${local}`)
  })
  parser.on('closetag', () => {
    depth--
  })
  parser.write(text).close()
  if (count === 0) refuse('it is empty')
  return text
}
