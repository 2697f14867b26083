import type { LegendEntry } from '../map/layer-node.ts'
import { type Json, listOf, numberOf, recordOf, textOf } from './json.ts'

/** How a feature looks; colours are CSS, null for none. */
export interface Look {
  fill: string | null
  stroke: string | null
  /** Pixels. */
  width: number
  /** Diameter of a point in pixels. */
  size: number
  kind: LegendEntry['kind']
}

/** Features of one look. */
export interface LookClass {
  /** Expression that is true of them; null for all that are in no other class. */
  condition: Expression | null
  label: string
  look: Look
}

export type Expression = (string | number | boolean | null | Expression)[]

/** Colours of layers that tell none, in turn: apart for who sees no red or no green, too (Okabe and Ito). */
const COLOURS = ['0 114 178', '213 94 0', '0 158 115', '204 121 167', '230 159 0', '86 180 233']
const SIZE_PIXELS = 9
const WIDTH_PIXELS = 1.5
const POINT_PIXELS = 4 / 3
const LENGTH_MAX_PIXELS = 200

/** The look of a layer that tells none. @param index which such layer it is */
export function defaultLook(index: number): Look {
  const colour = COLOURS[index % COLOURS.length]!
  return {
    ...{ fill: `rgb(${colour} / 0.35)`, stroke: `rgb(${colour})` },
    ...{ width: WIDTH_PIXELS, size: SIZE_PIXELS, kind: 'polygon' },
  }
}

/**
 * The classes of a renderer as the ArcGIS API for JavaScript has it: `simple`, `unique-value`, `class-breaks`, with symbols
 * `simple-fill`, `simple-line`, `simple-marker` (or `esriSFS` and so on). Null where there is none that is known.
 */
export function readRenderer(renderer: Json, otherwise: Look): LookClass[] | null {
  const type = (textOf(renderer.type) ?? '').replace(/[^A-Za-z]/g, '').toLowerCase()
  const field = textOf(renderer.field) ?? textOf(renderer.field1)
  const looked = (symbol: unknown) => readSymbol(recordOf(symbol), otherwise)
  if (type === 'simple')
    return [{ condition: null, label: textOf(renderer.label) ?? '', look: looked(renderer.symbol) }]
  if (field === null) return null
  const last: LookClass[] =
    renderer.defaultSymbol == null
      ? []
      : [
          {
            ...{ condition: null, label: textOf(renderer.defaultLabel) ?? 'Other' },
            look: looked(renderer.defaultSymbol),
          },
        ]
  if (type === 'uniquevalue')
    return [
      ...listOf(renderer.uniqueValueInfos).map((info) => {
        const { value, label, symbol } = recordOf(info)
        const text = value == null ? '' : String(value)
        const condition: Expression = ['==', ['to-string', ['get', field]], text]
        return { condition, label: textOf(label) ?? text, look: looked(symbol) }
      }),
      ...last,
    ]
  if (type !== 'classbreaks') return null
  return [...breaksOf(field, renderer, looked), ...last]
}

/** Each class begins where it says, or where the one before it ends; its end is in it. */
function breaksOf(field: string, { minValue, classBreakInfos }: Json, looked: (symbol: unknown) => Look) {
  let from = numberOf(minValue)
  return listOf(classBreakInfos).map((info): LookClass => {
    const { minValue: min, maxValue: max, classMaxValue, label, symbol } = recordOf(info)
    const [lower, upper] = [numberOf(min) ?? from, numberOf(max) ?? numberOf(classMaxValue)]
    from = upper
    const value: Expression = ['get', field]
    const condition: Expression = ['all', ['==', ['typeof', value], 'number']]
    if (lower !== null) condition.push(['>=', ['to-number', value], lower])
    if (upper !== null) condition.push(['<=', ['to-number', value], upper])
    return {
      ...{ condition, look: looked(symbol) },
      label: textOf(label) ?? [lower, upper].map((bound) => bound ?? '').join(' – '),
    }
  })
}

function readSymbol(symbol: Json, otherwise: Look): Look {
  const type = (textOf(symbol.type) ?? '').toLowerCase()
  const outline = recordOf(symbol.outline)
  const colour = colourOf(symbol.color)
  const width = pixelsOf(symbol.width ?? outline.width) ?? otherwise.width
  if (/line|sls/.test(type))
    return { ...otherwise, stroke: colour ?? otherwise.stroke, fill: null, width, kind: 'line' }
  const isMarker = /marker|sms/.test(type)
  return {
    fill: /\bnone$/.test(String(symbol.style)) ? null : (colour ?? otherwise.fill),
    stroke: symbol.outline === undefined ? (colour ?? otherwise.stroke) : colourOf(outline.color),
    ...{ width, size: pixelsOf(symbol.size) ?? otherwise.size, kind: isMarker ? 'point' : 'polygon' },
  }
}

/** Pixels of a length: a number of points, or a text with a unit. */
function pixelsOf(length: unknown): number | null {
  const [, number, unit] = /^\s*(\d*\.?\d+)\s*(px|pt)?\s*$/i.exec(String(length ?? '')) ?? []
  if (number === undefined) return null
  return Math.min(LENGTH_MAX_PIXELS, Number(number) * (unit?.toLowerCase() === 'px' ? 1 : POINT_PIXELS))
}

const CSS_COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,30}|(?:rgb|hsl)a?\([0-9a-z.,%/ +-]{1,60}\))$/i

/** A CSS colour of a text or of `[red, green, blue, alpha]`, alpha from 0 to 1, or to 255. */
export function colourOf(colour: unknown): string | null {
  if (typeof colour === 'string') return CSS_COLOUR.test(colour.trim()) ? colour.trim() : null
  const [red, green, blue, alpha = 1] = listOf(colour).map(numberOf)
  if (red == null || green == null || blue == null || alpha === null) return null
  const byte = (value: number) => Math.min(255, Math.max(0, Math.round(value)))
  const share = Math.min(1, Math.max(0, alpha > 1 ? alpha / 255 : alpha))
  return `rgb(${byte(red)} ${byte(green)} ${byte(blue)} / ${Math.round(share * 1000) / 1000})`
}
