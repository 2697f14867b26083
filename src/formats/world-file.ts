import type { GeoTransform } from '../geo/geo-transform.ts'
import { FormatError } from './format-error.ts'

const LINES = 6
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[ed][-+]?\d+)?$/i

/**
 * The affine map of a world file: six numbers, one a line, the last two those of the centre of the top-left pixel.
 * Decimal commas are taken for points.
 * @throws FormatError `world-file`
 */
export function parseWorldFile(text: string): GeoTransform {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\s+/, LINES + 1)
  const numbers = lines.map((line, i) => {
    const number = line.replace(',', '.')
    if (!NUMBER.test(number))
      throw new FormatError('world-file', `line ${i + 1} of the world file is not a number`)
    return Number(number.replace(/d/i, 'e'))
  })
  if (numbers.length < LINES)
    throw new FormatError('world-file', `the world file has ${numbers.length} of its ${LINES} numbers`)
  const [a, c, b, d, x, y] = numbers as [number, number, number, number, number, number]
  return [x - (a + b) / 2, a, b, y - (c + d) / 2, c, d]
}
