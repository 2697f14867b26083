import { ValidationError } from '../../domain/errors.ts'
import { checkJson } from '../../domain/storable-json.ts'
import { parseWhere, QueryError } from '../../query/index.ts'
import type { LabelRule, LayerRule, Rgb } from '../../store/map-types.ts'
import { jsonValue } from './json-members.ts'

/** Rules of a layer; each is a condition of the statement that draws it. */
export const RULES_MAX = 200
/** All of them, as JSON. */
export const STYLES_MAX_CHARACTERS = 262_144
const PIXELS_MAX = 1000
const ZOOM_MAX = 30
const DASHES_MAX = 20

type Style = Record<string, unknown>

/**
 * The rules of a layer from `styles`, a JSON text of an array or the array itself. Members that say nothing here are kept as
 * they are.
 * @throws ValidationError that says which style, which member, and why
 */
export function parseStyles(styles: unknown): LayerRule[] {
  const list = jsonValue('styles', styles)
  if (!Array.isArray(list)) throw fault('styles', 'must be an array')
  if (list.length > RULES_MAX) throw fault('styles', `are more than ${RULES_MAX}`)
  checkJson('styles', list, STYLES_MAX_CHARACTERS)
  return list.map((style, i) => {
    if (typeof style !== 'object' || style === null || Array.isArray(style))
      throw fault(`styles[${i}]`, 'must be an object')
    return ruleOf(new StyleReader(style as Style, `styles[${i}]`), style as Style)
  })
}

function ruleOf(read: StyleReader, original: Style): LayerRule {
  const labels = labelsOf(read)
  return {
    expression: read.expression(),
    isVisible: read.truth('visible') ?? true,
    ...defined({
      label: read.text('label'),
      fill: read.color('color'),
      border: read.color('bordercolor'),
      borderWidth: read.pixels('borderwidth'),
      width: read.pixels('width') ?? read.pixels('line_width'),
      dashes: read.dashes('dashed'),
      icon: read.path('url'),
      hatch: read.path('hatchUrl'),
      iconsOverlap: read.truth('iconsoverlap'),
      labels,
      fromZoom: read.zoom('fromlevel'),
      toZoom: read.zoom('tolevel'),
    }),
    original,
  }
}

function labelsOf(read: StyleReader): LabelRule | undefined {
  const property = read.text('labelfield') ?? read.text('textfield')
  if (property === undefined || read.truth('showlabel') === false) return undefined
  return {
    property,
    ...defined({
      font: read.text('fontname'),
      size: read.pixels('fontsize'),
      color: read.color('fontcolor') ?? undefined,
      outline: read.color('outline'),
    }),
  }
}

/** `styles` as the API gives it: a JSON text; null where the layer is drawn the platform's own way. */
export function printStyles(rules: readonly LayerRule[] | null): string | null {
  return rules === null ? null : JSON.stringify(rules.map(styleOf))
}

/** A rule as its client wrote it; one that the platform has made is written here. */
function styleOf(rule: LayerRule): Style {
  if (Object.keys(rule.original).length > 0) return rule.original
  const { expression, isVisible, label, labels } = rule
  return {
    expression,
    visible: isVisible ? '1' : '0',
    ...defined({
      label,
      color: colorText(rule.fill),
      bordercolor: colorText(rule.border),
      borderwidth: numberText(rule.borderWidth),
      width: numberText(rule.width),
      dashed: rule.dashes?.join(','),
      url: rule.icon,
      hatchUrl: rule.hatch,
      iconsoverlap: rule.iconsOverlap === undefined ? undefined : rule.iconsOverlap ? '1' : '0',
      fromlevel: numberText(rule.fromZoom),
      tolevel: numberText(rule.toZoom),
      showlabel: labels ? 't' : 'f',
      labelfield: labels?.property,
      fontname: labels?.font,
      fontsize: numberText(labels?.size),
      fontcolor: colorText(labels?.color),
      outline: colorText(labels?.outline),
    }),
  }
}

const colorText = (color: Rgb | null | undefined): string | undefined => color?.join(',')
const numberText = (number: number | undefined): string | undefined =>
  number === undefined ? undefined : String(number)

/** An object without the members that are undefined. */
const defined = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>
  }

const fault = (attribute: string, message: string) => new ValidationError([{ attribute, message }])

/** Reads the members of one style; what is null, blank or absent is undefined. */
class StyleReader {
  readonly #style: Style
  readonly #where: string

  constructor(style: Style, where: string) {
    this.#style = style
    this.#where = where
  }

  text(name: string): string | undefined {
    const value = Object.hasOwn(this.#style, name) ? this.#style[name] : undefined
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object') throw this.#fault(name, 'must be a text')
    return String(value).trim() || undefined
  }

  /** In the language of `where`; what QGIS calls ELSE is for all that comes so far. */
  expression(): string {
    const text = this.text('expression') ?? ''
    if (text === '' || /^else$/i.test(text)) return ''
    try {
      parseWhere(text)
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      const where = error.position === null ? '' : ` at position ${error.position}`
      throw this.#fault('expression', `is no condition: ${error.message}${where}`)
    }
    return text
  }

  truth(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase()
    return text === undefined ? undefined : !['f', 'false', '0', 'no', 'off'].includes(text)
  }

  /** Nothing, or what has no colour, is null. */
  color(name: string): Rgb | null | undefined {
    const text = this.text(name)
    if (text === undefined) return Object.hasOwn(this.#style, name) ? null : undefined
    if (/^(none|transparent|f|false)$/i.test(text)) return null
    const hexadecimal = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text)
    const parts = hexadecimal
      ? hexadecimal.slice(1).map((part) => Number.parseInt(part, 16))
      : text.split(/\s*,\s*/).map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN))
    if (parts.length < 3 || parts.length > 4 || !parts.slice(0, 3).every((part) => part <= 255))
      throw this.#fault(name, 'must be a colour, "red,green,blue" of 0 to 255 each')
    return [parts[0]!, parts[1]!, parts[2]!]
  }

  pixels(name: string): number | undefined {
    return this.#number(name, 0, PIXELS_MAX)
  }

  /** 0 is what clients write for no bound. */
  zoom(name: string): number | undefined {
    return this.#number(name, 0, ZOOM_MAX) || undefined
  }

  dashes(name: string): number[] | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const lengths = text.split(/\s*[,;]\s*/).map(Number)
    const isFine =
      lengths.length <= DASHES_MAX && lengths.every((length) => length >= 0 && length <= PIXELS_MAX)
    if (!isFine || !lengths.some((length) => length > 0))
      throw this.#fault(name, `must be lengths in pixels, "5,5", at most ${DASHES_MAX} up to ${PIXELS_MAX}`)
    return lengths
  }

  /** A path of the owner's storage, or an address; what stands before a path names whose storage it is. */
  path(name: string): string | undefined {
    const text = this.text(name)
    return text?.replace(/^\/(?:[0-9a-f]{32}\/)?/i, '') || undefined
  }

  #number(name: string, min: number, max: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const number = Number(text)
    if (!(number >= min && number <= max)) throw this.#fault(name, `must be a number from ${min} to ${max}`)
    return number
  }

  #fault(name: string, message: string): ValidationError {
    return fault(`${this.#where}.${name}`, message)
  }
}
