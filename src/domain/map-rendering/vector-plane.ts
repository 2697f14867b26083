import { type Attributes, colourOf, element } from '../../formats/svg/elements.ts'
import { pathData } from '../../formats/svg/path-data.ts'
import { PIXEL_PARTS } from '../../store/feature-pictures.ts'
import type { LayerRecord } from '../../store/layers.ts'
import type { LayerRule } from '../../store/map-types.ts'
import { type GeometryKind, symbolOf } from '../maps/default-rules.ts'
import type { Frame } from './frame.ts'
import type { Icon, IconShelf } from './icons.ts'
import type { DrawnFeature, LayerFeatures } from './layer-features.ts'
import { OccupiedGrid } from './occupied-grid.ts'
import type { Shortfalls } from './partial.ts'
import type { DrawnElement, DrawnGroup, VectorPlane } from './scene.ts'

/** Points of one rule that fall into the same cell of so many parts of a pixel are one. */
const SAME_POINT_PARTS = PIXEL_PARTS / 2

/** From the units of shapes to pixels. */
const IN_PIXELS = `scale(${1 / PIXEL_PARTS})`

/** What a vector layer is in a picture: rules are drawn from the last to the first, which lies on top. */
export async function vectorPlane(
  layer: Pick<LayerRecord, 'id' | 'ownerId' | 'alpha'>,
  { features, rules }: LayerFeatures,
  icons: IconShelf,
  frame: Frame,
  shortfalls: Shortfalls,
): Promise<VectorPlane> {
  const definitions: string[] = []
  const groups: DrawnGroup[] = []
  const byRule = Map.groupBy(
    features.toSorted((a, b) => a.fid - b.fid),
    ({ rule }) => rule,
  )
  const read = async (reference: string | undefined, side?: number) => {
    if (reference === undefined) return null
    const icon = await icons.icon(layer.ownerId, reference, side)
    if (!icon) shortfalls.add(layer.id, 'icon')
    return icon
  }
  for (const index of [...byRule.keys()].sort((a, b) => b - a)) {
    const rule = rules.get(index)!
    const ofRule = byRule.get(index)!
    const has = (kind: 'points' | 'polygons') => ofRule.some(({ geometry }) => geometry[kind].length > 0)
    const name = `${layer.id}-${index}`
    const [hatch, icon] = await Promise.all([
      has('polygons') ? read(rule.hatch) : null,
      has('points') ? read(rule.icon, rule.width) : null,
    ])
    if (hatch) definitions.push(pattern(`hatch-${name}`, hatch))
    if (icon) definitions.push(image(`icon-${name}`, icon))
    groups.push(
      ...polygonGroups(ofRule, rule, hatch && `hatch-${name}`),
      ...lineGroups(ofRule, rule),
      ...(icon ? [iconGroup(ofRule, rule, icon, `icon-${name}`)] : circleGroups(ofRule, rule)),
    )
  }
  return {
    ...{ kind: 'vector', opacity: layer.alpha / 100, definitions, hasText: false },
    groups: frame.turns.flatMap((turn) => groups.map((group) => turned(group, turn * frame.turnPx))),
  }
}

/** A group that stands further to the right. */
const turned = ({ attributes, elements }: DrawnGroup, pixels: number): DrawnGroup =>
  pixels === 0
    ? { attributes, elements }
    : {
        attributes: {
          ...attributes,
          transform: `translate(${pixels} 0) ${attributes.transform ?? ''}`.trim(),
        },
        elements,
      }

const pattern = (id: string, { width, height, href }: Icon): string =>
  element(
    'pattern',
    { id, width, height, patternUnits: 'userSpaceOnUse', patternTransform: `scale(${PIXEL_PARTS})` },
    element('image', { width, height, href }),
  )

const image = (id: string, { width, height, href }: Icon): string =>
  element('image', { id, x: -width / 2, y: -height / 2, width, height, href })

const inParts = (pixels: number): number => pixels * PIXEL_PARTS

const dashesOf = ({ dashes }: LayerRule): Attributes =>
  dashes ? { 'stroke-dasharray': dashes.map(inParts).join(' ') } : {}

/** A path with the rows it touches. @param margin of its stroke, pixels */
function path(parts: readonly (readonly number[])[], isClosed: boolean, margin: number): DrawnElement {
  let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const part of parts)
    for (let i = 1; i < part.length; i += 2) {
      top = Math.min(top, part[i]!)
      bottom = Math.max(bottom, part[i]!)
    }
  return {
    svg: element('path', { d: pathData(parts, isClosed) }),
    top: top / PIXEL_PARTS - margin - 1,
    bottom: bottom / PIXEL_PARTS + margin + 1,
  }
}

function polygonGroups(
  features: readonly DrawnFeature[],
  rule: LayerRule,
  hatch: string | null,
): DrawnGroup[] {
  const { fill, border, borderWidth } = symbolOf(rule, 'polygon')
  const elements = features
    .filter(({ geometry }) => geometry.polygons.length > 0)
    .map(({ geometry }) => path(geometry.polygons.flat(), true, borderWidth))
  if (elements.length === 0) return []
  const common = { transform: IN_PIXELS, 'fill-rule': 'evenodd' }
  const stroke: Attributes =
    border && borderWidth > 0
      ? {
          stroke: colourOf(border),
          'stroke-width': inParts(borderWidth),
          'stroke-linejoin': 'round',
          ...dashesOf(rule),
        }
      : {}
  const filled = fill ? colourOf(fill) : 'none'
  if (hatch === null) return [{ attributes: { ...common, fill: filled, ...stroke }, elements }]
  return [
    ...(fill ? [{ attributes: { ...common, fill: filled }, elements }] : []),
    { attributes: { ...common, fill: `url(#${hatch})`, ...stroke }, elements },
  ]
}

/** All casings lie below all lines, so that crossings of roads are open. */
function lineGroups(features: readonly DrawnFeature[], rule: LayerRule): DrawnGroup[] {
  const { fill, border, borderWidth, width } = symbolOf(rule, 'line')
  if (!fill) return []
  const elements = features
    .filter(({ geometry }) => geometry.lines.length > 0)
    .map(({ geometry }) => path(geometry.lines, false, width / 2 + borderWidth))
  if (elements.length === 0) return []
  const common = {
    ...{ transform: IN_PIXELS, fill: 'none', 'stroke-linejoin': 'round' },
    'stroke-linecap': rule.dashes ? 'butt' : 'round',
  }
  const casing = {
    ...common,
    stroke: border ? colourOf(border) : 'none',
    'stroke-width': inParts(width + 2 * borderWidth),
  }
  const line = { ...common, stroke: colourOf(fill), 'stroke-width': inParts(width), ...dashesOf(rule) }
  return [
    ...(border && borderWidth > 0 ? [{ attributes: casing, elements }] : []),
    { attributes: line, elements },
  ]
}

/** Places of the points of features, without those that lie on others. */
function* placesOf(features: readonly DrawnFeature[]): Iterable<[x: number, y: number]> {
  const seen = new Set<string>()
  for (const { geometry } of features)
    for (const [x, y] of geometry.points) {
      const cell = `${Math.round(x / SAME_POINT_PARTS)},${Math.round(y / SAME_POINT_PARTS)}`
      if (seen.has(cell)) continue
      seen.add(cell)
      yield [x, y]
    }
}

function circleGroups(features: readonly DrawnFeature[], rule: LayerRule): DrawnGroup[] {
  const { fill, border, borderWidth, width } = symbolOf(rule, 'point')
  const radius = width / 2
  const reach = radius + borderWidth + 1
  const elements = [...placesOf(features)].map(([x, y]) => ({
    svg: element('circle', { cx: x, cy: y, r: inParts(radius) }),
    top: y / PIXEL_PARTS - reach,
    bottom: y / PIXEL_PARTS + reach,
  }))
  if (elements.length === 0 || (!fill && !border)) return []
  const stroke = border ? { stroke: colourOf(border), 'stroke-width': inParts(borderWidth) } : {}
  return [{ attributes: { transform: IN_PIXELS, fill: fill ? colourOf(fill) : 'none', ...stroke }, elements }]
}

function iconGroup(
  features: readonly DrawnFeature[],
  rule: LayerRule,
  { width, height }: Icon,
  name: string,
): DrawnGroup {
  const occupied = new OccupiedGrid()
  const elements: DrawnElement[] = []
  for (const place of placesOf(features)) {
    const [x, y] = [place[0] / PIXEL_PARTS, place[1] / PIXEL_PARTS]
    const [left, top] = [x - width / 2, y - height / 2]
    const isFree = rule.iconsOverlap !== false || occupied.take([left, top, left + width, top + height])
    if (!isFree) continue
    elements.push({ svg: element('use', { href: `#${name}`, x, y }), top, bottom: top + height })
  }
  return { attributes: {}, elements }
}

/** Half the size of what stands at a point, pixels. */
export function radiusOf(rule: LayerRule, kind: GeometryKind): number {
  if (kind !== 'point') return 0
  const { width, borderWidth } = symbolOf(rule, 'point')
  return width / 2 + borderWidth
}
