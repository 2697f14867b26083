import { streamOf } from '../../formats/byte-stream.ts'
import type { RasterCodecs, RgbaImage } from '../../formats/codecs.ts'
import { encodeJpeg, jpegChunks } from '../../formats/jpeg-stream.ts'
import { pngStream } from '../../formats/png-stream.ts'
import { gridPart, type TargetGrid } from '../../geo/warp/target-grid.ts'

/** Pixels that are drawn and encoded in one piece: 4 MiB of RGBA. Larger pictures are made in strips and streamed. */
export const WHOLE_MAX_PX = 1024 * 1024
/** Pixels of a strip, at most: 1 MiB of RGBA. */
export const STRIP_MAX_PX = 256 * 1024
const JPEG_QUALITY = 85

/** How a picture is sent and what lies under it. */
export interface PictureStyle {
  type: 'image/png' | 'image/jpeg'
  /** Whether what is not drawn stays transparent; never in a JPEG. */
  transparent: boolean
  /** Red, green, blue of what is not drawn. */
  background: readonly [number, number, number]
}

/** RGBA of a part of a picture, from a row of it on; null where nothing is drawn there. */
export type DrawPart = (target: TargetGrid, row: number) => Promise<Uint8Array | null>

/**
 * A picture of a target, encoded. Memory is that of one strip, whatever the picture's size. What goes wrong before the
 * first strip is there is thrown; later it breaks the stream off, so that no half picture passes for a whole one.
 */
export async function encodedPicture(
  codecs: RasterCodecs,
  style: PictureStyle,
  target: TargetGrid,
  draw: DrawPart,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const { width, height } = target
  if (width * height <= WHOLE_MAX_PX) {
    const data = await drawOn(style, target, 0, draw)
    return encodedWhole(codecs, style.type, { width, height, data })
  }
  const strips = await begun(stripsOf(style, target, draw))
  if (style.type === 'image/png') return pngStream(width, height, strips)
  return streamOf(jpegChunks(width, height, strips, JPEG_QUALITY))
}

/** An image that is in memory, encoded. */
export async function encodedWhole(
  codecs: RasterCodecs,
  type: PictureStyle['type'],
  image: RgbaImage & { data: Uint8Array },
): Promise<Uint8Array> {
  return type === 'image/png' ? codecs.encodePng(image) : encodeJpeg(image, JPEG_QUALITY)
}

/** Pixels of a part, with the background under them where the picture is opaque. */
async function drawOn(
  style: PictureStyle,
  target: TargetGrid,
  row: number,
  draw: DrawPart,
): Promise<Uint8Array> {
  const drawn = (await draw(target, row)) ?? new Uint8Array(target.width * target.height * 4)
  return style.transparent ? drawn : flattened(drawn, style.background)
}

/** Lays pixels on an opaque colour, in a copy. */
export function flattened(rgba: Uint8Array, background: PictureStyle['background']): Uint8Array {
  const out = new Uint8Array(rgba.length)
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]! / 255
    for (let channel = 0; channel < 3; channel++)
      out[i + channel] = Math.round(rgba[i + channel]! * alpha + background[channel]! * (1 - alpha))
    out[i + 3] = 255
  }
  return out
}

async function* stripsOf(
  style: PictureStyle,
  target: TargetGrid,
  draw: DrawPart,
): AsyncGenerator<Uint8Array> {
  const { width, height } = target
  const rows = Math.max(1, Math.floor(STRIP_MAX_PX / width))
  for (let row = 0; row < height; row += rows)
    yield await drawOn(style, gridPart(target, 0, row, width, Math.min(rows, height - row)), row, draw)
}

/** The same items, the first of which has been waited for. */
async function begun<T>(items: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await items.next()
  return (async function* () {
    try {
      if (!first.done) yield first.value
      yield* items
    } finally {
      await items.return(undefined)
    }
  })()
}
