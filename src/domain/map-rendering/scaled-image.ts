import { resized } from '../render/resize.ts'
import type { DecodedImage } from './decoded-image.ts'

/** An image in another size; itself where that is its own. */
export async function scaledImage(image: DecodedImage, width: number, height: number): Promise<DecodedImage> {
  if (width === image.width && height === image.height) return image
  const read = async (x: number, y: number, columns: number, rows: number) => {
    const window = new Uint8Array(columns * rows * 4)
    for (let row = 0; row < rows; row++) {
      const from = ((y + row) * image.width + x) * 4
      window.set(image.data.subarray(from, from + columns * 4), row * columns * 4)
    }
    return window
  }
  const whole = { x: 0, y: 0, width: image.width, height: image.height }
  const data = await resized(read, image, whole, { width, height }, image.width * image.height)
  return { width, height, data }
}
