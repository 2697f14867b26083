import type { Bbox } from '../../geo/bbox.ts'
import {
  MERCATOR_HALF_METRES,
  MERCATOR_RADIUS_METRES,
  mercatorX,
  type TileRange,
  tileRange,
} from '../../geo/mercator.ts'
import type { PixelWindow } from '../../geo/warp/resample.ts'
import type { LayerSource } from '../../store/map-types.ts'
import type { DrawPart } from '../render/encoded-picture.ts'
import { type DecodedImage, decodedImage } from './decoded-image.ts'
import { type FetchLimits, fetchedBytes } from './fetched-bytes.ts'
import type { PictureTools } from './picture-tools.ts'
import { scaledImage } from './scaled-image.ts'
import { type PlacedImage, warpedImage } from './warped-image.ts'

export const TILE_PX = 256
export const TILE_MAX_BYTES = 1024 * 1024
/** Larger ones are drawn at `TILE_PX`. */
const TILE_MAX_PX = 512 * 512
/** Tiles are asked for so many at a time. */
const AT_ONCE = 6

/** Tiles in web mercator that somebody else serves. */
export interface TileService {
  /** With `{z}`, `{x}`, `{y}` (or `{-y}` counted from the south), `{s}`. */
  template: string
  maxZoom: number
  /** Whom the picture has to name. */
  attribution: string | null
}

const OPEN_STREET_MAP: TileService = {
  template: 'https://tile.openstreetmap.org/{z}/{x}/{y}.png',
  maxZoom: 19,
  attribution: '© OpenStreetMap contributors',
}
const TEMPLATE_MAX_ZOOM = 22

/** The service of a layer of tiles; null for a name that means none. */
export function tileServiceOf(source: LayerSource): TileService | null {
  const name = typeof source.src === 'string' && source.src !== '' ? source.src : source.url
  if (typeof name !== 'string') return null
  if (/^(osm|openstreetmap|mapnik)$/i.test(name)) return OPEN_STREET_MAP
  const template = name.replaceAll(/\$\{(\w+)\}/g, '{$1}')
  const isTemplate =
    /^https?:\/\//i.test(template) &&
    ['{z}', '{x}'].every((part) => template.includes(part)) &&
    /\{-?y\}/.test(template)
  return isTemplate ? { template, maxZoom: TEMPLATE_MAX_ZOOM, attribution: null } : null
}

/** The address of one tile. */
export const tileAddress = ({ template }: TileService, z: number, x: number, y: number): string =>
  template
    .replaceAll('{z}', String(z))
    .replaceAll('{x}', String(x))
    .replaceAll('{y}', String(y))
    .replaceAll('{-y}', String(2 ** z - 1 - y))
    .replaceAll('{s}', 'abc'[(x + y) % 3]!)

/** The zoom whose pixels are nearest to a picture's, or the deepest below it that has no more tiles than may be. */
export function zoomFor(
  { maxZoom }: Pick<TileService, 'maxZoom'>,
  shown: Bbox,
  degreesPerPixel: number,
  maxTiles: number,
): { zoom: number; range: TileRange; count: number } {
  const wanted = Math.round(Math.log2(360 / (TILE_PX * degreesPerPixel)))
  for (let zoom = Math.min(maxZoom, Math.max(0, wanted)); ; zoom--) {
    const range = tileRange(shown, zoom)
    const count = (range.maxX - range.minX + 1) * (range.maxY - range.minY + 1)
    if (count <= maxTiles || zoom === 0) return { zoom, range, count }
  }
}

/**
 * Fetches the tiles that a picture needs.
 * @param shown what the picture shows, degrees
 * @param width of the picture, pixels
 * @param maxPx of the tiles
 * @returns how it is drawn, and whether every tile came
 */
export async function fetchTiles(
  { codecs }: Pick<PictureTools, 'codecs'>,
  service: TileService,
  shown: Bbox,
  width: number,
  maxPx: number,
  limits: Omit<FetchLimits, 'maxBytes'>,
): Promise<{ draw: DrawPart; isWhole: boolean }> {
  const { zoom, range } = zoomFor(
    service,
    shown,
    (shown[2] - shown[0]) / width,
    Math.floor(maxPx / TILE_PX ** 2),
  )
  const places: [x: number, y: number][] = []
  for (let y = range.minY; y <= range.maxY; y++)
    for (let x = range.minX; x <= range.maxX; x++) places.push([x, y])
  const tiles = new Map<string, DecodedImage>()
  const left = places[Symbol.iterator]()
  const work = async () => {
    for (const [x, y] of left) {
      try {
        const address = tileAddress(service, zoom, x, y)
        const bytes = await fetchedBytes(address, { ...limits, maxBytes: TILE_MAX_BYTES })
        const tile = await decodedImage(codecs, bytes, TILE_MAX_PX)
        tiles.set(`${x},${y}`, await scaledImage(tile, TILE_PX, TILE_PX))
      } catch {
        // What does not come is told by the number of those that did.
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { draw: drawTiles(tiles, zoom, range), isWhole: tiles.size === places.length }
}

/** One picture of all tiles of a range. */
function drawTiles(tiles: ReadonlyMap<string, DecodedImage>, zoom: number, range: TileRange): DrawPart {
  const scale = (TILE_PX * 2 ** zoom) / (2 * MERCATOR_HALF_METRES)
  const [left, top] = [range.minX * TILE_PX, range.minY * TILE_PX]
  const image: PlacedImage = {
    width: (range.maxX - range.minX + 1) * TILE_PX,
    height: (range.maxY - range.minY + 1) * TILE_PX,
    backward(lon, lat, out) {
      const y = MERCATOR_RADIUS_METRES * Math.asinh(Math.tan((lat * Math.PI) / 180))
      out[0] = (mercatorX(lon) + MERCATOR_HALF_METRES) * scale - left
      out[1] = (MERCATOR_HALF_METRES - y) * scale - top
    },
    window: (x0, y0, width, height) => windowOf(tiles, range, { x0, y0, width, height }),
  }
  return async (target) => (tiles.size === 0 ? null : warpedImage(image, target))
}

/** Pixels of a window of a range; those of tiles that are not there are transparent. */
function windowOf(
  tiles: ReadonlyMap<string, DecodedImage>,
  { minX, minY }: TileRange,
  { x0, y0, width, height }: PixelWindow,
): Uint8Array {
  const window = new Uint8Array(width * height * 4)
  for (const [key, { data }] of tiles) {
    const [column, row] = key.split(',').map(Number) as [number, number]
    const [left, top] = [(column - minX) * TILE_PX, (row - minY) * TILE_PX]
    const [fromX, toX] = [Math.max(x0, left), Math.min(x0 + width, left + TILE_PX)]
    const [fromY, toY] = [Math.max(y0, top), Math.min(y0 + height, top + TILE_PX)]
    if (fromX >= toX) continue
    for (let y = fromY; y < toY; y++) {
      const from = ((y - top) * TILE_PX + fromX - left) * 4
      window.set(data.subarray(from, from + (toX - fromX) * 4), ((y - y0) * width + fromX - x0) * 4)
    }
  }
  return window
}
