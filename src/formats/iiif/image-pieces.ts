import { PIXEL_COUNT_MAX, STRIP_MEMORY_MAX_MIB, TIFF_TILE_MEMORY_MAX_MIB } from '../probe/budget.ts'
import { PYRAMID_TILE_PX } from '../pyramid-info.ts'
import type { ImageService, Size } from './image-service.ts'

/** The requests that one image may be fetched with. */
export const PIECES_MAX = 900
/** Pixels that an image is put together of: they are stored as they are, three bytes each. */
export const ASSEMBLED_MAX_PX = Math.min(PIXEL_COUNT_MAX, 150e6)
const BANDS = 3
const WIDTH_MAX = Math.floor((STRIP_MEMORY_MAX_MIB * 2 ** 20) / (PYRAMID_TILE_PX * BANDS))
const PIECE_MAX_PX = (TIFF_TILE_MEMORY_MAX_MIB * 2 ** 20) / BANDS
/** What is asked for where the server cuts as it is told. */
const PIECE_WIDTH = 1024
const PIECE_HEIGHT = 512
const PIECE_MIN = 128
/** Sides of a TIFF's tiles are multiples of it. */
const MULTIPLE = 16
const FACTORS = [1, 2, 4, 8, 16, 32, 64]

/** An image in pieces of one size; those at the right and at the bottom are smaller. */
export interface Pieces extends Size {
  /** How many pixels of the image make one, on each side. */
  factor: number
  piece: Size
  columns: number
  rows: number
}

/** The largest size in which the whole image is promised at once. */
export function largestAtOnce({ width, height, limits, isCut, sizes }: ImageService): Size {
  const share = Math.min(
    1,
    limits.width / width,
    limits.height / height,
    Math.sqrt(limits.area / (width * height)),
  )
  if (share >= 1) return { width, height }
  const fitting = sizes
    .filter((size) => size.width <= limits.width && size.height <= limits.height)
    .filter((size) => size.width * size.height <= limits.area)
  const listed = fitting.reduce<Size | null>(
    (most, size) => (size.width > (most?.width ?? 0) ? size : most),
    null,
  )
  if (!isCut && listed) return listed
  return { width: Math.max(1, Math.floor(width * share)), height: Math.max(1, Math.floor(height * share)) }
}

/** The largest of the sizes that are listed beside the full one. */
export function largestListed({ width, sizes }: ImageService): Size | null {
  return sizes
    .filter((size) => size.width < width)
    .reduce<Size | null>((most, size) => (size.width > (most?.width ?? 0) ? size : most), null)
}

/** Where the whole image is, in a size of `largestAtOnce` or `largestListed`. */
export function wholeImageUrl(service: ImageService, size: Size): string {
  const isFull = size.width === service.width && size.height === service.height
  const full = service.version === 3 ? 'max' : 'full'
  return imageUrl(service, 'full', isFull ? full : sizeOf(service, size))
}

/**
 * How to fetch the image in pieces: at full resolution if it is within bounds, else at the finest reduction that is;
 * null where the server gives no pieces that can be joined.
 */
export function planPieces(service: ImageService): Pieces | null {
  const cut = service.isCut ? cutPiece(service) : null
  const grids = cut ? [{ ...cut, scaleFactors: FACTORS }] : service.isCut ? [] : service.tiles
  const plans = grids.filter(isJoinable).flatMap(({ width, height, scaleFactors }) =>
    scaleFactors.map((factor): Pieces => {
      const size = { width: Math.ceil(service.width / factor), height: Math.ceil(service.height / factor) }
      const [columns, rows] = [Math.ceil(size.width / width), Math.ceil(size.height / height)]
      return { ...size, factor, piece: { width, height }, columns, rows }
    }),
  )
  return plans.filter(isWithinBounds).sort((a, b) => a.factor - b.factor || count(a) - count(b))[0] ?? null
}

const count = ({ columns, rows }: Pieces): number => columns * rows

const isWithinBounds = (pieces: Pieces): boolean =>
  count(pieces) <= PIECES_MAX && pieces.width <= WIDTH_MAX && pieces.width * pieces.height <= ASSEMBLED_MAX_PX

const isJoinable = ({ width, height }: Size): boolean =>
  width % MULTIPLE === 0 && height % MULTIPLE === 0 && width * height <= PIECE_MAX_PX

/** The piece to ask a server for that cuts as it is told, within its limits. */
function cutPiece({ limits }: ImageService): Size | null {
  const side = (wanted: number, most: number) => Math.floor(Math.min(wanted, most) / MULTIPLE) * MULTIPLE
  const height = side(PIECE_HEIGHT, Math.min(limits.height, Math.sqrt(limits.area)))
  const width = side(PIECE_WIDTH, Math.min(limits.width, limits.area / Math.max(1, height)))
  return width < PIECE_MIN || height < PIECE_MIN ? null : { width, height }
}

/** Where a piece is, and the size it has. */
export function pieceRequest(
  service: ImageService,
  { width, height, factor, piece }: Pieces,
  column: number,
  row: number,
): Size & { url: string } {
  const [left, top] = [column * piece.width, row * piece.height]
  const size = { width: Math.min(piece.width, width - left), height: Math.min(piece.height, height - top) }
  const region = [
    left * factor,
    top * factor,
    Math.min(piece.width * factor, service.width - left * factor),
    Math.min(piece.height * factor, service.height - top * factor),
  ].join(',')
  return { ...size, url: imageUrl(service, region, sizeOf(service, size)) }
}

/** Both sides are named since version 3; before it the width alone is the canonical form. */
const sizeOf = ({ version }: ImageService, { width, height }: Size): string =>
  version === 3 ? `${width},${height}` : `${width},`

const imageUrl = ({ base, version }: ImageService, region: string, size: string): string =>
  `${base}/${region}/${size}/0/${version === 1 ? 'native' : 'default'}.jpg`
