import type { LayerRule } from '../../store/map-types.ts'

/** What features are to a rule. */
export type GeometryKind = 'point' | 'line' | 'polygon'

type Symbol = Required<Pick<LayerRule, 'fill' | 'border' | 'borderWidth' | 'width'>>

/** How features are drawn of which nobody has said how; pixels. */
const DEFAULT_SYMBOLS: Readonly<Record<GeometryKind, Symbol>> = {
  point: { fill: [214, 69, 65], border: [255, 255, 255], borderWidth: 1, width: 8 },
  line: { fill: [36, 104, 172], border: null, borderWidth: 0, width: 2 },
  polygon: { fill: [198, 219, 239], border: [66, 113, 158], borderWidth: 1, width: 1 },
}

/** The one rule of a layer that has none. */
export const DEFAULT_RULE: LayerRule = { expression: '', isVisible: true, original: {} }

/**
 * A rule's fill, border and widths for one kind of features. What says neither of colour nor picture is drawn the
 * platform's own way; of what says something, the rest is not drawn. A line that has only a border has its colour.
 */
export function symbolOf(rule: LayerRule, kind: GeometryKind): Symbol {
  const ours = DEFAULT_SYMBOLS[kind]
  const isPlain =
    rule.fill === undefined &&
    rule.border === undefined &&
    (kind !== 'point' || rule.icon === undefined) &&
    (kind !== 'polygon' || rule.hatch === undefined)
  const said = isPlain ? ours : { fill: rule.fill ?? null, border: rule.border ?? null }
  const isBare = kind === 'line' && said.fill === null
  const fill = isBare ? said.border : said.fill
  const border = isBare ? null : said.border
  return {
    fill,
    border,
    borderWidth: border === null ? 0 : (rule.borderWidth ?? (kind === 'line' ? 0 : 1)),
    width: rule.width ?? ours.width,
  }
}
