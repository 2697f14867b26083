import type { Context as RequestContext } from 'hono'
import { isStorableText } from '../../../domain/storable-text.ts'
import { parseId } from '../../../http/ids.ts'
import { parseWhere } from '../../../query/index.ts'
import { InvalidParameterError } from '../errors.ts'
import { commaList, flag } from '../listing.ts'

const EXPRESSIONS_MAX_CHARACTERS = 8192
const TEXT_MAX_CHARACTERS = 1000
const SCALE_MAX = 1e10
const PIXELS_MAX = 10_000

/** What a page has beside its map. */
export interface PageFeatures {
  toolbar: boolean
  layerList: boolean
  isLayerListExpanded: boolean
  popups: boolean
  scaleBar: boolean
  isFlat: boolean
  isZoomLocked: boolean
  hasAttribution: boolean
  hasControls: boolean
  /** CSS lengths. */
  width: string
  height: string
}

/** What the address of a page says. */
export interface PageParameters extends PageFeatures {
  /** Smallest x, y, greatest x, y in the map's system. */
  bounds: number[] | null
  /** Denominator. */
  scale: number | null
  visibility: Set<number> | null
  /** Conditions by the numbers of layers. */
  expressions: Map<number, string>
  layerId: number | null
  featureId: number | null
  /** Features of the layer whose property of that name has that value. */
  property: { name: string; value: string } | null
  /** Path of a style sheet in the storage of the map's owner. */
  style: string | null
}

/**
 * The parameters of a page, all of them optional.
 * @param size of the map where none is given, CSS
 * @throws InvalidParameterError, QueryError (in an expression)
 */
export function pageParameters(c: RequestContext, size: string): PageParameters {
  const layerId = idParameter(c, 'layer_id')
  const featureId = idParameter(c, 'feature_id')
  if (featureId !== null && layerId === null)
    throw new InvalidParameterError('feature_id', 'needs a layer_id')
  return {
    toolbar: flag(c, 'toolbar'),
    layerList: flag(c, 'layerlist') || flag(c, 'layerlist_expanded'),
    isLayerListExpanded: flag(c, 'layerlist_expanded'),
    popups: flag(c, 'popupus') || flag(c, 'popups'),
    scaleBar: flag(c, 'scalebar'),
    isFlat: flag(c, 'no3d'),
    isZoomLocked: flag(c, 'lockzoom'),
    hasAttribution: !flag(c, 'noattrib'),
    hasControls: !flag(c, 'noctrl'),
    width: length(c, 'width', size),
    height: length(c, 'height', size),
    bounds: boundsParameter(c),
    scale: scaleParameter(c),
    visibility: visibilityParameter(c),
    expressions: expressionsParameter(c),
    ...{ layerId, featureId, property: propertyParameter(c, layerId) },
    style: textParameter(c, 'style'),
  }
}

function textParameter(c: RequestContext, name: string, maxCharacters = TEXT_MAX_CHARACTERS): string | null {
  const text = c.req.query(name)
  if (text === undefined || text === '') return null
  if (!isStorableText(text)) throw new InvalidParameterError(name, 'has characters that no text has')
  if (text.length > maxCharacters)
    throw new InvalidParameterError(name, `is longer than ${maxCharacters} characters`)
  return text
}

function idParameter(c: RequestContext, name: string): number | null {
  const text = textParameter(c, name)
  if (text === null) return null
  const id = parseId(text)
  if (id === null) throw new InvalidParameterError(name, 'must be a whole number from 1')
  return id
}

/** A length in pixels, `400` or `400px`, or per cent. */
function length(c: RequestContext, name: string, otherwise: string): string {
  const text = textParameter(c, name)
  if (text === null) return otherwise
  const [, number, unit] = /^(\d{1,5})(px|%)?$/.exec(text.trim()) ?? []
  const value = Number(number)
  if (!(value >= 1 && value <= (unit === '%' ? 100 : PIXELS_MAX)))
    throw new InvalidParameterError(name, `must be pixels, at most ${PIXELS_MAX}, or per cent, such as 100%`)
  return `${value}${unit ?? 'px'}`
}

function boundsParameter(c: RequestContext): number[] | null {
  const text = textParameter(c, 'bounds')
  if (text === null) return null
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [minX, minY, maxX, maxY] = numbers
  if (numbers.length !== 4 || !numbers.every(Number.isFinite))
    throw new InvalidParameterError('bounds', 'must be four numbers: xmin,ymin,xmax,ymax')
  if (!(minX! < maxX! && minY! < maxY!))
    throw new InvalidParameterError('bounds', 'must be in the order xmin,ymin,xmax,ymax')
  return numbers
}

function scaleParameter(c: RequestContext): number | null {
  const text = textParameter(c, 'numscale')
  if (text === null || /^(0|false|f)$/i.test(text)) return null
  const scale = Number(text)
  if (!(scale >= 1 && scale <= SCALE_MAX))
    throw new InvalidParameterError('numscale', `must be the denominator of a scale, from 1 to ${SCALE_MAX}`)
  return scale
}

function visibilityParameter(c: RequestContext): Set<number> | null {
  if (c.req.query('visibility') === undefined) return null
  return new Set(
    commaList(textParameter(c, 'visibility', EXPRESSIONS_MAX_CHARACTERS) ?? '').map((text) => {
      const id = parseId(text)
      if (id === null)
        throw new InvalidParameterError('visibility', 'must be ids of layers with commas between them')
      return id
    }),
  )
}

const EXPRESSIONS_FORM =
  "must be conditions of layers, such as 12:pop > 1000;13:name = 'x', or a JSON object of them by the ids of layers"

/**
 * Conditions of layers: `12:pop > 1000;13:kind = 'road'`, or the JSON object `{"12":"pop > 1000"}`. A semicolon that no id
 * follows belongs to the condition.
 */
function expressionsParameter(c: RequestContext): Map<number, string> {
  const text = textParameter(c, 'expressions', EXPRESSIONS_MAX_CHARACTERS)
  const conditions =
    text === null ? [] : text.trimStart().startsWith('{') ? jsonConditions(text) : listed(text)
  return new Map(
    conditions.map(([name, condition]) => {
      const id = parseId(name)
      if (id === null || condition.trim() === '')
        throw new InvalidParameterError('expressions', EXPRESSIONS_FORM)
      parseWhere(condition)
      return [id, condition]
    }),
  )
}

const listed = (text: string): [string, string][] =>
  text.split(/;(?=\s*\d{1,10}\s*:(?!:))/).map((part) => {
    const [, id = '', condition = ''] = /^\s*(\d{1,10})\s*:([\s\S]*)$/.exec(part) ?? []
    return [id, condition.replace(/;\s*$/, '')]
  })

function jsonConditions(text: string): [string, string][] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new InvalidParameterError('expressions', EXPRESSIONS_FORM)
  }
  return Object.entries(parsed as object).map(([id, condition]) => {
    if (typeof condition !== 'string') throw new InvalidParameterError('expressions', EXPRESSIONS_FORM)
    return [id, condition]
  })
}

function propertyParameter(c: RequestContext, layerId: number | null): PageParameters['property'] {
  const [name, value] = [textParameter(c, 'f'), textParameter(c, 'v')]
  if (name === null && value === null) return null
  if (name === null || value === null)
    throw new InvalidParameterError(name === null ? 'f' : 'v', 'must be given: f names a field, v its value')
  if (layerId === null) throw new InvalidParameterError('f', 'needs a layer_id')
  return { name, value }
}
