import type { LayerSpecification } from 'maplibre-gl'
import type { LegendEntry } from '../map/layer-node.ts'
import { zoomsOf } from './drawn-layer.ts'
import { type Json, listOf, numberOf, recordOf, textOf } from './json.ts'
import type { LayerEntry } from './layer-entries.ts'
import { colourOf, type Expression, type Look, type LookClass, readRenderer } from './symbols.ts'

export interface FeatureLayers {
  /** The lowest first. */
  layers: LayerSpecification[]
  legend: LegendEntry[]
}

const NONE = 'rgb(0 0 0 / 0)'
const LABEL_PIXELS = 12
/** Distance of a label from the middle of its point, in its own size. */
const LABEL_GAP_EMS = 0.7
/** Fonts are the browser's own. */
const FONTS = ['DejaVu Sans', 'Noto Sans', 'Arial', 'sans-serif']

/** Layers of a style for features of whatever geometry, by the entry's `renderer` and `labelingInfo`. */
export function featureLayers(
  entry: LayerEntry,
  from: { source: string; 'source-layer'?: string },
  look: Look,
): FeatureLayers {
  const { key, opacity, options } = entry
  const classes = readRenderer(recordOf(options.renderer), look) ?? [{ condition: null, label: '', look }]
  const common = { ...from, ...zoomsOf(entry) }
  const drawn = filterOf(classes)
  const only = (geometry: Expression) => ['all', ...(drawn ? [drawn] : []), geometry]
  const of = <Value extends string | number>(part: (look: Look) => Value) => byClass(classes, part)
  const layers = [
    {
      ...{ id: `${key}/area`, type: 'fill', ...common, filter: only(['==', ['geometry-type'], 'Polygon']) },
      paint: { 'fill-color': of(({ fill }) => fill ?? NONE), 'fill-opacity': opacity },
    },
    {
      ...{ id: `${key}/line`, type: 'line', ...common, filter: only(['!=', ['geometry-type'], 'Point']) },
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': of(({ stroke }) => stroke ?? NONE),
        'line-width': of(({ width }) => width),
        'line-opacity': opacity,
      },
    },
    {
      ...{ id: `${key}/point`, type: 'circle', ...common, filter: only(['==', ['geometry-type'], 'Point']) },
      paint: {
        'circle-color': of(({ fill, stroke, kind }) => (kind === 'point' ? fill : stroke) ?? NONE),
        'circle-radius': of(({ size }) => size / 2),
        'circle-opacity': opacity,
        'circle-stroke-color': of(({ stroke, kind }) => (kind === 'point' ? stroke : '#ffffff') ?? NONE),
        'circle-stroke-width': of(({ width }) => width),
        'circle-stroke-opacity': opacity,
      },
    },
    ...labelsOf(key, options, common, drawn, opacity),
  ]
  return { layers: layers as LayerSpecification[], legend: legendOf(classes) }
}

/** A value that depends on a feature's class. */
function byClass(classes: readonly LookClass[], part: (look: Look) => string | number): unknown {
  const cases = classes.flatMap(({ condition, look }) => (condition ? [condition, part(look)] : []))
  const rest = classes.find(({ condition }) => condition === null) ?? classes[0]
  const otherwise = rest ? part(rest.look) : NONE
  return cases.length === 0 ? otherwise : ['case', ...cases, otherwise]
}

/** Features of no class are not drawn. */
function filterOf(classes: readonly LookClass[]): Expression | null {
  const conditions = classes.map(({ condition }) => condition)
  return conditions.includes(null) ? null : ['any', ...(conditions as Expression[])]
}

const legendOf = (classes: readonly LookClass[]): LegendEntry[] =>
  classes.map(({ label, look: { fill, stroke, kind } }) => ({
    ...{ label, kind, picture: null },
    fill: kind === 'line' ? stroke : fill,
    border: stroke,
  }))

/** Labels by the first class of `labelingInfo`, whose expression is one property: `$feature.name` or `{name}`. */
function labelsOf(
  key: string,
  { labelingInfo }: Json,
  common: object,
  drawn: Expression | null,
  opacity: number,
): object[] {
  const { labelExpressionInfo, labelExpression, symbol } = recordOf(listOf(labelingInfo)[0])
  const expression = textOf(recordOf(labelExpressionInfo).expression) ?? textOf(labelExpression) ?? ''
  const [, property] =
    /^(?:\$feature\.|\$feature\[["']|\{|\[)([^"'\]}]{1,100})(?:["']?\]|\})?$/.exec(expression) ?? []
  if (property === undefined) return []
  const { color, haloColor, font } = recordOf(symbol)
  const label = (part: string, geometry: Expression, layout: object) => ({
    ...{ id: `${key}/${part}`, type: 'symbol', ...common },
    filter: ['all', ...(drawn ? [drawn] : []), geometry],
    layout: {
      'text-field': ['to-string', ['get', property]],
      'text-font': FONTS,
      'text-size': numberOf(recordOf(font).size) ?? LABEL_PIXELS,
      ...layout,
    },
    paint: {
      'text-color': colourOf(color) ?? '#222222',
      'text-halo-color': colourOf(haloColor) ?? '#ffffff',
      'text-halo-width': 1.5,
      'text-opacity': opacity,
    },
  })
  const beside = {
    'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
    ...{ 'text-radial-offset': LABEL_GAP_EMS, 'text-justify': 'auto' },
  }
  return [
    label('area-label', ['==', ['geometry-type'], 'Polygon'], {}),
    label('line-label', ['==', ['geometry-type'], 'LineString'], { 'symbol-placement': 'line' }),
    label('point-label', ['==', ['geometry-type'], 'Point'], beside),
  ]
}
