import type { LayerRule, Rgb } from '../../../store/map-types.ts'
import { CLASS_PROPERTY } from '../../datasets/vector-tiles.ts'
import { type GeometryKind, symbolOf } from '../default-rules.ts'
import { mapLibreZooms } from '../rule-zooms.ts'
import { isThere, type MapLibreExpression } from './value-expression.ts'

/** A layer of a MapLibre style, as JSON. */
export interface StyleLayer {
  id: string
  type: 'background' | 'fill' | 'line' | 'circle' | 'symbol' | 'raster'
  source?: string
  'source-layer'?: string
  minzoom?: number
  maxzoom?: number
  filter?: MapLibreExpression
  layout?: Record<string, MapLibreExpression>
  paint?: Record<string, MapLibreExpression>
}

/** What the layers of a rule are made for. */
export interface RuleSubject {
  layerId: number
  source: string
  /** Null for a source that has none. */
  sourceLayer: string | null
  kinds: readonly GeometryKind[]
  /** 0 to 1. */
  opacity: number
  /** Property that features without a label of their rule's own are labelled by; null for none. */
  labelProperty: string | null
  /** The property of the data that a name means, in whatever case. */
  propertyOf: (name: string) => string | null
  /** MapLibre's zooms, the second excluded. */
  zooms: readonly [from: number, before: number]
}

export interface RuleLayers {
  /** From the lowest up. */
  shapes: StyleLayer[]
  labels: StyleLayer[]
}

const ZOOM_MAX = 24
const LABEL_PIXELS = 11
const LABEL_COLOR: Rgb = [34, 34, 34]
const LABEL_OUTLINE: Rgb = [255, 255, 255]
/** Fonts are the browser's own. */
const FONTS = ['DejaVu Sans', 'Noto Sans', 'Arial', 'sans-serif']
/** Distance of a label from the edge of its point, in its own size. */
const LABEL_GAP_EMS = 0.25

const GEOMETRIES = { point: 'Point', line: 'LineString', polygon: 'Polygon' } as const

/**
 * Style layers for the features of a layer, each drawn by the first rule that is for the zoom and whose condition is true.
 * @param conditions of the rules in their order; null where the tiles tell the rules of their features
 */
export function ruleLayers(
  rules: readonly LayerRule[],
  conditions: readonly MapLibreExpression[] | null,
  subject: RuleSubject,
): RuleLayers {
  const layers: RuleLayers = { shapes: [], labels: [] }
  // What the first rule draws lies on top.
  for (const [i, rule] of [...rules.entries()].reverse()) {
    const [from, before] = zoomsOf(rule, subject)
    if (!rule.isVisible || from >= before) continue
    const filter = conditions ? firstOf(rules, conditions, i) : ['==', ['get', CLASS_PROPERTY], i]
    if (filter === false) continue
    const common = {
      source: subject.source,
      ...(subject.sourceLayer === null ? {} : { 'source-layer': subject.sourceLayer }),
      ...(from > 0 ? { minzoom: from } : {}),
      ...(before < ZOOM_MAX ? { maxzoom: before } : {}),
    }
    const idOf = (part: string) => `${subject.layerId}-${i}-${part}`
    for (const kind of subject.kinds) {
      const only = all([filter, ...(subject.kinds.length > 1 ? [isOf(kind)] : [])])
      for (const { part, ...layer } of PARTS[kind](rule, subject, i))
        layers.shapes.push({
          id: idOf(part),
          ...layer,
          ...common,
          ...(only === true ? {} : { filter: only }),
        })
      const label = labelOf(rule, subject, kind)
      if (label)
        layers.labels.push({
          ...{ id: idOf(`${kind}-label`), type: 'symbol', ...common, ...label },
          filter: all([filter, isOf(kind), isThere(labelPropertyOf(rule, subject)!)]),
        })
    }
  }
  return layers
}

const isOf = (kind: GeometryKind): MapLibreExpression => ['==', ['geometry-type'], GEOMETRIES[kind]]

function zoomsOf(rule: LayerRule, { zooms }: RuleSubject): [from: number, before: number] {
  const [from, before] = mapLibreZooms(rule)
  return [Math.max(0, zooms[0], from ?? 0), Math.min(ZOOM_MAX, zooms[1], before ?? ZOOM_MAX)]
}

/** Whether a rule's condition is true, and that of none of those before it that are for the zoom. */
function firstOf(
  rules: readonly LayerRule[],
  conditions: readonly MapLibreExpression[],
  index: number,
): MapLibreExpression {
  const earlier = rules.slice(0, index).map((rule, i): MapLibreExpression => {
    const [from, before] = mapLibreZooms(rule)
    const isThere = all([
      ...(from === null ? [] : [['>=', ['zoom'], from] satisfies MapLibreExpression]),
      ...(before === null ? [] : [['<', ['zoom'], before] satisfies MapLibreExpression]),
      conditions[i]!,
    ])
    return isThere === true ? false : ['!', isThere]
  })
  return all([conditions[index]!, ...earlier])
}

/** True where all are; expressions that are known are left out. */
function all(expressions: readonly MapLibreExpression[]): MapLibreExpression {
  if (expressions.includes(false)) return false
  const open = expressions.filter((expression) => expression !== true)
  if (open.length === 0) return true
  return open.length === 1 ? open[0]! : ['all', ...open]
}

type Part = Pick<StyleLayer, 'type' | 'paint' | 'layout'> & { part: string }

const colorOf = ([red, green, blue]: Rgb): string => `rgb(${red},${green},${blue})`

/** Names of a rule's pictures in the style. */
export const iconName = (layerId: number, rule: number): string => `icon/${layerId}/${rule}`
export const hatchName = (layerId: number, rule: number): string => `hatch/${layerId}/${rule}`

const PARTS: Readonly<
  Record<GeometryKind, (rule: LayerRule, subject: RuleSubject, index: number) => Part[]>
> = {
  polygon(rule, { layerId, opacity }, index) {
    const { fill, border, borderWidth } = symbolOf(rule, 'polygon')
    const parts: Part[] = []
    if (fill)
      parts.push({
        ...{ part: 'fill', type: 'fill' },
        paint: { 'fill-color': colorOf(fill), 'fill-opacity': opacity, 'fill-antialias': border === null },
      })
    if (rule.hatch)
      parts.push({
        ...{ part: 'hatch', type: 'fill' },
        paint: { 'fill-pattern': hatchName(layerId, index), 'fill-opacity': opacity },
      })
    if (border && borderWidth > 0) parts.push(stroke('border', border, borderWidth, opacity, rule.dashes))
    return parts
  },
  line(rule, { opacity }) {
    const { fill, border, borderWidth, width } = symbolOf(rule, 'line')
    const parts: Part[] = []
    if (border && borderWidth > 0) parts.push(stroke('casing', border, width + 2 * borderWidth, opacity))
    if (fill && width > 0) parts.push(stroke('line', fill, width, opacity, rule.dashes))
    return parts
  },
  point(rule, { layerId, opacity }, index) {
    const { fill, border, borderWidth, width } = symbolOf(rule, 'point')
    const parts: Part[] = []
    if ((fill || border) && width > 0)
      parts.push({
        ...{ part: 'point', type: 'circle' },
        paint: {
          'circle-radius': width / 2,
          'circle-color': fill ? colorOf(fill) : 'rgba(0,0,0,0)',
          'circle-opacity': opacity,
          ...(border
            ? {
                'circle-stroke-color': colorOf(border),
                'circle-stroke-width': borderWidth,
                'circle-stroke-opacity': opacity,
              }
            : {}),
        },
      })
    if (rule.icon)
      parts.push({
        ...{ part: 'icon', type: 'symbol' },
        layout: {
          'icon-image': iconName(layerId, index),
          'icon-allow-overlap': rule.iconsOverlap ?? true,
          'icon-ignore-placement': rule.iconsOverlap ?? true,
        },
        paint: { 'icon-opacity': opacity },
      })
    return parts
  },
}

/** A line; dashes are told in its widths. */
function stroke(
  part: string,
  color: Rgb,
  width: number,
  opacity: number,
  dashes: readonly number[] = [],
): Part {
  return {
    ...{ part, type: 'line' },
    layout: dashes.length > 0 ? {} : { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': colorOf(color),
      'line-width': width,
      'line-opacity': opacity,
      ...(dashes.length > 0 ? { 'line-dasharray': dashes.map((length) => length / width) } : {}),
    },
  }
}

const labelPropertyOf = (
  { labels }: LayerRule,
  { labelProperty, propertyOf }: RuleSubject,
): string | null => {
  const name = labels?.property ?? labelProperty
  return name === null ? null : propertyOf(name)
}

function labelOf(
  rule: LayerRule,
  subject: RuleSubject,
  kind: GeometryKind,
): Pick<StyleLayer, 'layout' | 'paint'> | null {
  const property = labelPropertyOf(rule, subject)
  if (property === null) return null
  const { font, size = LABEL_PIXELS, color, outline } = rule.labels ?? { property }
  const radius = symbolOf(rule, 'point').width / 2
  return {
    layout: {
      'text-field': ['to-string', ['get', property]],
      'text-font': font && SAFE_FONT.test(font) ? [font, ...FONTS] : FONTS,
      'text-size': size,
      ...(kind === 'line' ? { 'symbol-placement': 'line' } : {}),
      ...(kind === 'point'
        ? {
            'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
            'text-radial-offset': radius / Math.max(1, size) + LABEL_GAP_EMS,
            'text-justify': 'auto',
          }
        : {}),
    },
    paint: {
      'text-color': colorOf(color ?? LABEL_COLOR),
      'text-opacity': subject.opacity,
      ...(outline === null
        ? {}
        : { 'text-halo-color': colorOf(outline ?? LABEL_OUTLINE), 'text-halo-width': 1.5 }),
    },
  }
}

/** Names of fonts that a style sheet can have as they are. */
const SAFE_FONT = /^[\p{L}\p{N} _-]{1,60}$/u
