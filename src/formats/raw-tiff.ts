import { layoutTiff, type TiffValue } from './tiff-layout.ts'

const BANDS = 3

const long = (...values: number[]): TiffValue => ({ type: 'long', values })
const short = (...values: number[]): TiffValue => ({ type: 'short', values })

/**
 * Everything of a TIFF (6.0) of uncompressed RGB tiles but the tiles, which follow right behind, row by row, each whole
 * (see `rawTile`). As their size is known, a file of any size can be written while its pixels arrive.
 *
 * @param tile pixels on each side, multiples of 16
 */
export function rawTiffHead(
  image: { width: number; height: number },
  tile: { width: number; height: number },
): Uint8Array {
  const tileBytes = tile.width * tile.height * BANDS
  const count = Math.ceil(image.width / tile.width) * Math.ceil(image.height / tile.height)
  const layout = (start: number) =>
    layoutTiff(
      [
        {
          tags: new Map([
            [256, long(image.width)],
            [257, long(image.height)],
            [258, short(8, 8, 8)],
            [259, short(1)],
            [262, short(2)],
            [277, short(BANDS)],
            [284, short(1)],
            [322, long(tile.width)],
            [323, long(tile.height)],
            [324, long(...Array.from({ length: count }, (_, i) => start + i * tileBytes))],
            [325, long(...new Array<number>(count).fill(tileBytes))],
          ]),
          deferred: new Set(),
        },
      ],
      new Uint8Array(),
      false,
    )
  return layout(layout(0).length)
}

/**
 * The bytes of one tile: RGBA pixels at its top left, their last column and row repeated where they do not fill it.
 */
export function rawTile(
  { width, height, data }: { width: number; height: number; data: Uint8Array | Uint8ClampedArray },
  tile: { width: number; height: number },
): Uint8Array {
  const bytes = new Uint8Array(tile.width * tile.height * BANDS)
  let to = 0
  for (let y = 0; y < tile.height; y++) {
    const row = Math.min(y, height - 1) * width
    for (let x = 0; x < tile.width; x++) {
      const from = (row + Math.min(x, width - 1)) * 4
      bytes[to++] = data[from]!
      bytes[to++] = data[from + 1]!
      bytes[to++] = data[from + 2]!
    }
  }
  return bytes
}
