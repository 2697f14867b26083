import type { RasterCodecs, RgbaImage } from '../../formats/codecs.ts'
import { FormatError } from '../../formats/format-error.ts'
import { memorySource, probeImage } from '../../formats/probe/index.ts'

/** RGBA of an image in memory. */
export interface DecodedImage extends RgbaImage {
  data: Uint8Array
}

/**
 * Decodes a PNG, JPEG or WebP that came from elsewhere, after its header has said that it is not too large.
 * @throws FormatError where it is none, or has more pixels than `maxPx`
 */
export async function decodedImage(
  codecs: RasterCodecs,
  bytes: Uint8Array,
  maxPx: number,
): Promise<DecodedImage> {
  const { format, width, height } = await probeImage(memorySource(bytes))
  if (format === 'tiff' || format === 'gif') throw new FormatError('bad-image', `a ${format} is not drawn`)
  if (width * height > maxPx) throw new FormatError('bad-image', `${width} x ${height} pixels are too many`)
  try {
    const image = await codecs.decode(format, bytes)
    const { data } = image
    return {
      width: image.width,
      height: image.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    }
  } catch (error) {
    throw new FormatError('bad-image', `the ${format} cannot be decoded: ${String(error)}`)
  }
}
