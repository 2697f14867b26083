import { FormatError } from '../../formats/format-error.ts'
import { PIXEL_PARTS } from '../../store/feature-pictures.ts'
import type { LayerRecord } from '../../store/layers.ts'
import type { Rgb } from '../../store/map-types.ts'
import type { Principal } from '../../store/principal.ts'
import { FetchRefusedError } from '../intake/errors.ts'
import { drawRaster } from '../render/draw.ts'
import { encodedPicture } from '../render/encoded-picture.ts'
import { aroundWorld } from './around-world.ts'
import { degreesOf, type Frame, gridOf } from './frame.ts'
import { IconShelf } from './icons.ts'
import { type LabelAnchor, labelAnchor } from './label-anchors.ts'
import { labelText, placedLabels, type WantedLabel } from './labels.ts'
import { type LayerFeatures, labelsOf, readLayerFeatures } from './layer-features.ts'
import { attributionPlane, legendPlane } from './legend.ts'
import type { PixelBox } from './occupied-grid.ts'
import { Shortfalls } from './partial.ts'
import type { PicturePlan } from './picture-plan.ts'
import type { PictureTools } from './picture-tools.ts'
import { drawScene, type Plane, type RasterPlane, type Scene, type VectorPlane } from './scene.ts'
import { fetchTiles, tileServiceOf } from './tile-service.ts'
import { radiusOf, vectorPlane } from './vector-plane.ts'
import { fetchWms, wmsServiceOf } from './wms-service.ts'

/** How long a picture waits for services elsewhere, milliseconds. */
export const OTHERS_MAX_MS = 8_000
/** Pixels of their pictures that are held (RGBA, so 16 MiB), and how many of them there may be. */
export const OTHERS_MAX_PX = 4 * 1024 * 1024
export const OTHERS_MAX = 8

const WHITE: Rgb = [255, 255, 255]

export interface DrawnPicture {
  /** Whole unless the picture is large. */
  body: Uint8Array | ReadableStream<Uint8Array>
  /** Null for a picture that is all that it should be. */
  shortfalls: string | null
  /** Whether it would be drawn the same another time. */
  isLasting: boolean
}

/** What has been gathered of a layer. */
interface Gathered {
  plane: Plane
  labels: WantedLabel[]
}

/** Draws a picture as the principal sees it, and encodes it. */
export async function drawPicture(
  tools: PictureTools,
  principal: Principal,
  plan: PicturePlan,
): Promise<DrawnPicture> {
  const { frame, map, request } = plan
  const shortfalls = new Shortfalls()
  const scene = await gatherScene(tools, principal, plan, shortfalls)
  const background = backgroundOf(map?.background ?? null)
  const style = {
    type: request.type,
    transparent: request.type === 'image/png' && background === null,
    background: background ?? WHITE,
  }
  const body = await encodedPicture(tools.codecs, style, gridOf(frame), (part, row) =>
    drawScene(scene, tools.rasterizer, part, row),
  )
  return { body, shortfalls: shortfalls.toHeader(), isLasting: shortfalls.isLasting }
}

/** `r,g,b` as a colour. */
function backgroundOf(text: string | null): Rgb | null {
  const parts = text?.split(',').map(Number) ?? []
  const isColour = parts.length === 3 && parts.every((part) => part >= 0 && part <= 255)
  return isColour ? (parts as unknown as Rgb) : null
}

async function gatherScene(
  tools: PictureTools,
  principal: Principal,
  plan: PicturePlan,
  shortfalls: Shortfalls,
): Promise<Scene> {
  const { frame, layers, map, request } = plan
  const { metrics } = tools.rasterizer
  const deadline = Date.now() + OTHERS_MAX_MS
  const icons = new IconShelf(tools, deadline)
  const isVector = ({ data, type }: LayerRecord) => data?.kind === 'dataset' && type !== 'raster'
  const vectors = layers.filter(isVector).length
  const others = layers.filter(({ type }) => type === 'tile' || type === 'wms').slice(-OTHERS_MAX)
  const maxPx = OTHERS_MAX_PX / Math.max(1, others.length)
  const attributions = map?.copyright ? [map.copyright] : []
  const gathered = await Promise.all(
    layers.map(async (layer): Promise<Gathered | null> => {
      if (isVector(layer)) {
        const features = await readLayerFeatures(tools, principal, layer, frame, 1 / vectors, shortfalls)
        const plane = await vectorPlane(layer, features, icons, frame, shortfalls)
        return { plane, labels: wantedLabels(layer, features, frame) }
      }
      const plane =
        layer.type === 'raster'
          ? drawingPlane(tools, plan, layer)
          : await otherPlane(
              tools,
              layer,
              { frame, deadline, maxPx, isWanted: others.includes(layer) },
              shortfalls,
            )
      const attribution = layer.type === 'tile' && plane && tileServiceOf(layer.source)?.attribution
      if (attribution && map) attributions.push(attribution)
      return plane && { plane, labels: [] }
    }),
  )
  const shown = gathered.filter((layer) => layer !== null)
  const panels = [
    request.withLegend ? await legendPlane(layers, frame, metrics, icons) : null,
    attributionPlane(attributions, frame, metrics),
  ].filter((panel) => panel !== null)
  const labels = labelPlane(
    shown.toReversed().flatMap((layer) => layer.labels),
    frame,
    tools,
    panels.map(({ box }) => box),
  )
  return [
    ...shown.map(({ plane }) => plane),
    ...(labels ? [labels] : []),
    ...panels.map(({ plane }) => plane),
  ]
}

function drawingPlane(
  tools: PictureTools,
  { drawings, frame }: PicturePlan,
  layer: LayerRecord,
): RasterPlane | null {
  const drawing = drawings.get(layer.id)
  if (!drawing) return null
  const draw = aroundWorld(frame, (part) => drawRaster(tools, drawing, part))
  return { kind: 'raster', opacity: layer.alpha / 100, draw }
}

interface OtherRequest {
  frame: Frame
  deadline: number
  maxPx: number
  /** It is not one of too many. */
  isWanted: boolean
}

/** What a service elsewhere shows; null where it shows nothing, which is noted. */
async function otherPlane(
  tools: PictureTools,
  { id, type, source, alpha }: LayerRecord,
  { frame, deadline, maxPx, isWanted }: OtherRequest,
  shortfalls: Shortfalls,
): Promise<RasterPlane | null> {
  const tiles = type === 'tile' ? tileServiceOf(source) : null
  const wms = type === 'wms' ? wmsServiceOf(source) : null
  if (!tiles && !wms) {
    shortfalls.add(id, 'unsupported')
    return null
  }
  const limits = { allow: tools.context.fetchAllow, deadline }
  try {
    if (!isWanted) throw new FormatError('too-many', `more than ${OTHERS_MAX} services`)
    const { draw, isWhole } = tiles
      ? await fetchTiles(tools, tiles, degreesOf(frame, 0), frame.width, maxPx, limits)
      : { draw: await fetchWms(tools, wms!, frame, maxPx, limits), isWhole: true }
    if (!isWhole) shortfalls.add(id, 'source')
    return { kind: 'raster', opacity: alpha / 100, draw: tiles ? aroundWorld(frame, draw) : draw }
  } catch (error) {
    if (!(error instanceof FetchRefusedError || error instanceof FormatError)) throw error
    shortfalls.add(id, 'source')
    return null
  }
}

/** The labels of a layer's features, those of the greatest first. */
function wantedLabels(
  layer: LayerRecord,
  { features, rules }: LayerFeatures,
  { turns, turnPx }: Frame,
): WantedLabel[] {
  return features.flatMap(({ rule: index, label, geometry }) => {
    const rule = rules.get(index)!
    const style = labelsOf(layer, rule)
    const text = label === null ? '' : labelText(label)
    if (!style || text === '') return []
    const anchor = labelAnchor(geometry)
    if (!anchor) return []
    const radius = radiusOf(rule, anchor.kind)
    return turns.map((turn) => ({ text, style, anchor: inPixels(anchor, turn * turnPx), radius }))
  })
}

function inPixels(anchor: LabelAnchor, turnedPx: number): LabelAnchor {
  const place = { x: anchor.x / PIXEL_PARTS + turnedPx, y: anchor.y / PIXEL_PARTS }
  return anchor.kind === 'line'
    ? { ...anchor, ...place, length: anchor.length / PIXEL_PARTS }
    : { ...anchor, ...place }
}

/** All labels lie above all layers. */
function labelPlane(
  wanted: readonly WantedLabel[],
  frame: Frame,
  { rasterizer }: PictureTools,
  taken: readonly PixelBox[],
): VectorPlane | null {
  const elements = placedLabels(wanted, rasterizer.metrics, frame, taken)
  if (elements.length === 0) return null
  return {
    ...{ kind: 'vector', opacity: 1, definitions: [], hasText: true },
    groups: [{ attributes: {}, elements }],
  }
}
