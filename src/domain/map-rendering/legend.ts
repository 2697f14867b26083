import { type Attributes, colourOf, element } from '../../formats/svg/elements.ts'
import { FONT_FAMILY } from '../../formats/svg/rasterizer.ts'
import type { FontMetrics } from '../../formats/truetype/font-metrics.ts'
import { xmlText } from '../../formats/xml-text.ts'
import type { LayerRecord } from '../../store/layers.ts'
import type { LayerRule } from '../../store/map-types.ts'
import { type GeometryKind, symbolOf } from '../maps/default-rules.ts'
import type { Frame } from './frame.ts'
import type { Icon, IconShelf } from './icons.ts'
import { labelText } from './labels.ts'
import { rulesAt } from './layer-features.ts'
import type { PixelBox } from './occupied-grid.ts'
import type { VectorPlane } from './scene.ts'

const FONT_PX = 11
const ROW_PX = 16
const PADDING_PX = 8
const MARGIN_PX = 8
const SWATCH_PX = 14
const INDENT_PX = 10
/** Share of the picture's width that a legend may take. */
const WIDTH_SHARE = 0.6

interface Row {
  text: string
  /** Pixels from the legend's left. */
  indent: number
  isTitle: boolean
  swatch: { rule: LayerRule; kind: GeometryKind; ownerId: number | null } | null
}

const KINDS: Partial<Record<string, GeometryKind>> = { point: 'point', line: 'line', polygon: 'polygon' }

/** A plane that lies over all others, and the place it takes. */
export interface Panel {
  plane: VectorPlane
  box: PixelBox
}

/** The layers of a picture by name, the topmost first, with how their rules draw; as many as there is room for. */
export async function legendPlane(
  layers: readonly LayerRecord[],
  frame: Frame,
  metrics: FontMetrics,
  icons: IconShelf,
): Promise<Panel | null> {
  const room = Math.floor((frame.height - 2 * MARGIN_PX - 2 * PADDING_PX) / ROW_PX)
  const rows = layers
    .toReversed()
    .flatMap((layer) => rowsOf(layer, frame.zoom))
    .slice(0, Math.max(0, room))
  if (rows.length === 0) return null
  const widest = Math.max(...rows.map(({ text, indent }) => indent + metrics.widthOf(text) * FONT_PX))
  const width = Math.min(widest + 2 * PADDING_PX, frame.width * WIDTH_SHARE)
  const height = rows.length * ROW_PX + 2 * PADDING_PX
  const panel = element('rect', {
    ...{ x: MARGIN_PX, y: MARGIN_PX, width, height, rx: 3, fill: '#ffffff', 'fill-opacity': 0.85 },
    ...{ stroke: '#888888', 'stroke-width': 0.5 },
  })
  const pictures = await Promise.all(rows.map(({ swatch }) => iconOf(swatch, icons)))
  const inside = rows.map((row, i) =>
    drawnRow(
      row,
      MARGIN_PX + PADDING_PX,
      MARGIN_PX + PADDING_PX + (i + 0.5) * ROW_PX,
      width - 2 * PADDING_PX,
      metrics,
      pictures[i]!,
    ),
  )
  const box: PixelBox = [MARGIN_PX - 1, MARGIN_PX - 1, MARGIN_PX + width + 1, MARGIN_PX + height + 1]
  return panelOf(panel + inside.join(''), box, { 'font-size': FONT_PX, fill: '#222222' })
}

/** A layer of one unnamed rule is one row, any other has one for its name and one for each of its rules. */
function rowsOf(layer: LayerRecord, zoom: number): Row[] {
  const { ownerId } = layer
  const text = labelText(layer.name)
  const kind = KINDS[layer.type]
  if (!kind) return [{ text, indent: 0, isTitle: true, swatch: null }]
  const rules = [...rulesAt(layer, zoom).values()].filter(({ isVisible }) => isVisible)
  const [only] = rules
  if (rules.length === 1 && !only!.label)
    return [{ text, indent: SWATCH_PX + 6, isTitle: true, swatch: { rule: only!, kind, ownerId } }]
  return [
    { text, indent: 0, isTitle: true, swatch: null },
    ...rules.map((rule) => ({
      text: labelText(rule.label || rule.expression || layer.name),
      indent: INDENT_PX + SWATCH_PX + 6,
      isTitle: false,
      swatch: { rule, kind, ownerId },
    })),
  ]
}

/** The picture that a rule draws with. */
async function iconOf(swatch: Row['swatch'], icons: IconShelf): Promise<Icon | null> {
  const { rule, kind, ownerId } = swatch ?? {}
  const reference = kind === 'point' ? rule?.icon : kind === 'polygon' ? rule?.hatch : undefined
  return reference === undefined ? null : icons.icon(ownerId ?? null, reference, SWATCH_PX)
}

function drawnRow(
  row: Row,
  left: number,
  middle: number,
  width: number,
  metrics: FontMetrics,
  picture: Icon | null,
): string {
  const text = fitted(row.text, width - row.indent, metrics)
  const baseline = middle + ((metrics.ascent - metrics.descent) * FONT_PX) / 2
  const label = element('text', { x: left + row.indent, y: baseline }, xmlText(text))
  const swatchLeft = left + row.indent - SWATCH_PX - 6
  const swatch = row.swatch ? drawnSwatch(row.swatch, swatchLeft, middle) : ''
  return swatch + (picture ? drawnIcon(picture, swatchLeft, middle) : '') + label
}

/** A text as far as there is room for it. */
function fitted(text: string, width: number, metrics: FontMetrics): string {
  if (metrics.widthOf(text) * FONT_PX <= width) return text
  let kept = ''
  for (const character of text) {
    if (metrics.widthOf(`${kept}${character}…`) * FONT_PX > width) break
    kept += character
  }
  return `${kept}…`
}

const drawnIcon = ({ width, height, href }: Icon, left: number, middle: number): string =>
  element('image', { x: left + (SWATCH_PX - width) / 2, y: middle - height / 2, width, height, href })

function drawnSwatch({ rule, kind }: NonNullable<Row['swatch']>, left: number, middle: number): string {
  const { fill, border, borderWidth, width } = symbolOf(rule, kind)
  const stroke = border ? { stroke: colourOf(border), 'stroke-width': Math.min(3, borderWidth) } : {}
  const filled = fill ? colourOf(fill) : 'none'
  if (kind === 'point')
    return element('circle', {
      ...{ cx: left + SWATCH_PX / 2, cy: middle, r: Math.min(SWATCH_PX, width) / 2, fill: filled, ...stroke },
    })
  if (kind === 'line')
    return element('line', {
      ...{ x1: left, y1: middle, x2: left + SWATCH_PX, y2: middle, stroke: filled },
      ...{ 'stroke-width': Math.min(SWATCH_PX / 2, width), 'stroke-dasharray': rule.dashes?.join(' ') },
    })
  const height = SWATCH_PX * 0.75
  return element('rect', {
    ...{ x: left, y: middle - height / 2, width: SWATCH_PX, height, fill: filled, ...stroke },
  })
}

/** Whom the picture names at its lower right; nothing where that does not fit. */
export function attributionPlane(names: readonly string[], frame: Frame, metrics: FontMetrics): Panel | null {
  const size = 9
  const text = fitted(
    labelText([...new Set(names)].join(' | ')),
    (frame.width - 8) * (FONT_PX / size),
    metrics,
  )
  const width = metrics.widthOf(text) * size + 8
  if (names.length === 0 || text === '…' || width > frame.width) return null
  const [left, top] = [frame.width - width, frame.height - 14]
  const svg =
    element('rect', { x: left, y: top, width, height: 14, fill: '#ffffff', 'fill-opacity': 0.7 }) +
    element('text', { x: left + 4, y: frame.height - 4 }, xmlText(text))
  return panelOf(svg, [left, top, frame.width, frame.height], { 'font-size': size, fill: '#333333' })
}

function panelOf(svg: string, box: PixelBox, style: Attributes): Panel {
  const groups = [
    {
      attributes: { 'font-family': FONT_FAMILY, ...style },
      elements: [{ svg, top: box[1], bottom: box[3] }],
    },
  ]
  return { plane: { kind: 'vector', opacity: 1, definitions: [], groups, hasText: true }, box }
}
