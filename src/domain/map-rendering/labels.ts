import { colourOf, element } from '../../formats/svg/elements.ts'
import { FONT_FAMILY } from '../../formats/svg/rasterizer.ts'
import type { FontMetrics } from '../../formats/truetype/font-metrics.ts'
import { xmlText } from '../../formats/xml-text.ts'
import type { LabelRule, Rgb } from '../../store/map-types.ts'
import type { PictureSize } from './frame.ts'
import type { LabelAnchor } from './label-anchors.ts'
import { OccupiedGrid, type PixelBox } from './occupied-grid.ts'
import type { DrawnElement } from './scene.ts'

/** Labels of a picture; further ones are left out. */
export const LABELS_MAX = 1_000
/** Characters of a label; the rest is cut off. */
export const LABEL_MAX_CHARACTERS = 120
const FONT_SIZE_PX = 11
const FONT_SIZE_MIN_PX = 5
const FONT_SIZE_MAX_PX = 72
const COLOUR: Rgb = [34, 34, 34]
const OUTLINE: Rgb = [255, 255, 255]
/** Width of the outline around letters, a share of their size. */
const OUTLINE_SHARE = 0.22
/** Between a symbol and its label, and around a label, pixels. */
const GAP_PX = 2

/** A label that is wanted; positions in pixels of the picture. */
export interface WantedLabel {
  text: string
  anchor: LabelAnchor
  /** Half the size of the symbol at a point, pixels. */
  radius: number
  style: LabelRule
}

/** What is written of a value: one line, without what a line cannot have. */
export function labelText(value: string): string {
  const line = value.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  const characters = [...line]
  return characters.length <= LABEL_MAX_CHARACTERS
    ? line
    : `${characters.slice(0, LABEL_MAX_CHARACTERS - 1).join('')}…`
}

/** Where a label may stand: its middle, and how it is turned (radians). */
interface Place {
  x: number
  y: number
  angle: number
}

/**
 * Places labels, the first ones first, so that none covers another, or its point, or leaves the picture; those that find no
 * place are left out. Labels of points stand beside them, of lines along them, of polygons inside. First come those that
 * cover none of the other points either, then those that do.
 * @param taken places that are taken already
 */
export function placedLabels(
  wanted: readonly WantedLabel[],
  metrics: FontMetrics,
  picture: PictureSize,
  taken: readonly PixelBox[] = [],
): DrawnElement[] {
  const shown = wanted.filter(({ anchor: { x, y } }) => isWithin([x, y, x, y], picture))
  const labels = new OccupiedGrid()
  const points = new OccupiedGrid()
  for (const box of taken) labels.keep(box)
  for (const label of shown) if (label.anchor.kind === 'point') points.keep(pointBox(label))
  const placed = new Map<WantedLabel, DrawnElement>()
  const place = (isFree: (box: PixelBox) => boolean) => {
    for (const label of shown) {
      if (placed.size === LABELS_MAX) return
      if (placed.has(label)) continue
      const drawn = placedLabel(label, metrics, (box) => isWithin(box, picture) && isFree(box))
      if (!drawn) continue
      labels.keep(drawn.box)
      if (label.anchor.kind === 'point') labels.keep(pointBox(label))
      placed.set(label, drawn.element)
    }
  }
  place((box) => labels.isFree(box) && points.isFree(box))
  place((box) => labels.isFree(box))
  return [...placed.values()]
}

const pointBox = ({ anchor: { x, y }, radius }: WantedLabel): PixelBox => [
  x - radius,
  y - radius,
  x + radius,
  y + radius,
]

/** A label at the first of its places that is free. */
function placedLabel(
  label: WantedLabel,
  metrics: FontMetrics,
  isFree: (box: PixelBox) => boolean,
): { element: DrawnElement; box: PixelBox } | null {
  const size = fontSize(label.style)
  const width = metrics.widthOf(label.text) * size
  const height = (metrics.ascent + metrics.descent) * size
  const baseline = ((metrics.ascent - metrics.descent) * size) / 2
  for (const place of placesOf(label, width, height)) {
    const box = boxAround(place, width, height)
    if (isFree(box))
      return {
        element: { svg: textElement(label, place, size, baseline), top: box[1], bottom: box[3] },
        box,
      }
  }
  return null
}

const isWithin = ([minX, minY, maxX, maxY]: PixelBox, { width, height }: PictureSize) =>
  minX >= 0 && minY >= 0 && maxX <= width && maxY <= height

const fontSize = ({ size = FONT_SIZE_PX }: LabelRule): number =>
  Math.min(FONT_SIZE_MAX_PX, Math.max(FONT_SIZE_MIN_PX, size))

function placesOf({ anchor, radius }: WantedLabel, width: number, height: number): Place[] {
  const { kind, x, y } = anchor
  if (kind === 'polygon') return [{ x, y, angle: 0 }]
  if (kind === 'line') return width <= anchor.length ? [{ x, y, angle: anchor.angle }] : []
  const [aside, above] = [radius + GAP_PX + width / 2, radius + GAP_PX + height / 2]
  return [
    { x: x + aside, y, angle: 0 },
    { x: x - aside, y, angle: 0 },
    { x, y: y - above, angle: 0 },
    { x, y: y + above, angle: 0 },
  ]
}

/** The upright box around a turned one. */
function boxAround({ x, y, angle }: Place, width: number, height: number): PixelBox {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  const halfWidth = (width * cos + height * sin) / 2
  const halfHeight = (width * sin + height * cos) / 2
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight]
}

function textElement(
  { text, style }: WantedLabel,
  { x, y, angle }: Place,
  size: number,
  baseline: number,
): string {
  const outline = style.outline === undefined ? OUTLINE : style.outline
  const turned = angle === 0 ? '' : ` rotate(${((angle * 180) / Math.PI).toFixed(1)})`
  return element(
    'text',
    {
      transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})${turned}`,
      y: baseline,
      'text-anchor': 'middle',
      'font-family': FONT_FAMILY,
      'font-size': size,
      fill: colourOf(style.color ?? COLOUR),
      ...(outline
        ? {
            stroke: colourOf(outline),
            'stroke-width': size * OUTLINE_SHARE,
            'stroke-linejoin': 'round',
            'paint-order': 'stroke',
          }
        : {}),
    },
    xmlText(text),
  )
}
