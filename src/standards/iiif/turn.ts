import type { RgbaImage } from '../../formats/codecs.ts'

/** Mirrors an image left to right, if wanted, then turns it clockwise. */
export function turned(image: RgbaImage, mirrored: boolean, rotation: 0 | 90 | 180 | 270): RgbaImage {
  if (!mirrored && rotation === 0) return image
  const { width, height } = image
  const isUpright = rotation === 0 || rotation === 180
  const target = { width: isUpright ? width : height, height: isUpright ? height : width }
  const source = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height)
  const pixels = new Uint32Array(width * height)
  for (let y = 0, to = 0; y < target.height; y++)
    for (let x = 0; x < target.width; x++, to++) {
      const [column, row] = originOf(x, y, width, height, rotation)
      pixels[to] = source[row * width + (mirrored ? width - 1 - column : column)]!
    }
  return { ...target, data: new Uint8Array(pixels.buffer) }
}

/** Where a pixel of the turned image stood before. */
function originOf(
  x: number,
  y: number,
  width: number,
  height: number,
  rotation: 0 | 90 | 180 | 270,
): [column: number, row: number] {
  switch (rotation) {
    case 0:
      return [x, y]
    case 90:
      return [y, height - 1 - x]
    case 180:
      return [width - 1 - x, height - 1 - y]
    case 270:
      return [width - 1 - y, x]
  }
}

/** Replaces colours by their luma (ITU-R BT.601), in place. */
export function toGray(rgba: Uint8Array | Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const luma = Math.round(0.299 * rgba[i]! + 0.587 * rgba[i + 1]! + 0.114 * rgba[i + 2]!)
    rgba[i] = luma
    rgba[i + 1] = luma
    rgba[i + 2] = luma
  }
}

/** Lays pixels on white, in place, for formats without alpha. */
export function onWhite(rgba: Uint8Array | Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!
    if (alpha === 255) continue
    for (let channel = i; channel < i + 3; channel++)
      rgba[channel] = Math.round((rgba[channel]! * alpha + 255 * (255 - alpha)) / 255)
    rgba[i + 3] = 255
  }
}
