import { invalid } from './request-form.ts'

/** Numbers of coordinates, in any unit. */
const COORDINATE_MAX = 1e12

/** Smallest x, y, greatest x, y, as numbers or texts of such. @throws ValidationError */
export function boxMember(name: string, corners: readonly unknown[]): number[] {
  const numbers = corners.map((corner) =>
    typeof corner === 'number'
      ? corner
      : typeof corner === 'string' && corner.trim() !== ''
        ? Number(corner)
        : Number.NaN,
  )
  if (numbers.length !== 4 || !numbers.every((number) => Math.abs(number) <= COORDINATE_MAX))
    throw invalid(name, 'must be four numbers: smallest x, smallest y, greatest x, greatest y')
  const [xmin, ymin, xmax, ymax] = numbers as [number, number, number, number]
  if (xmin > xmax || ymin > ymax)
    throw invalid(name, 'has its smallest and greatest coordinates the other way round')
  return numbers
}
