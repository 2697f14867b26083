/** Fewer errors than these say nothing of how errors are spread. */
export const OUTLIER_ERRORS_MIN = 5

const SCORE_MAX = 3.5
/** The median absolute deviation of a normal distribution, of its standard deviation. */
const NORMAL_MAD = 0.6745

/**
 * Which errors stand out: those whose modified z-score, the distance from the median over the median absolute
 * deviation, is above 3.5 (Iglewicz and Hoaglin 1993, How to detect and handle outliers). Near a misplaced point those
 * that a bending fit predicts by it may stand out too, so that the worst is the first to be looked at.
 *
 * @param errors not negative; null where there is none
 * @param noise a spread below which no error counts as one, in the unit of the errors
 * @returns indices into `errors`, the worst first
 */
export function outliersOf(errors: readonly (number | null)[], noise: number): number[] {
  const known = errors.filter((error) => error !== null)
  if (known.length < OUTLIER_ERRORS_MIN) return []
  const middle = median(known)
  const spread = median(known.map((error) => Math.abs(error - middle)))
  const limit = middle + (SCORE_MAX * Math.max(spread, NORMAL_MAD * noise)) / NORMAL_MAD
  const far = errors.flatMap((error, index) => (error !== null && error > limit ? [{ error, index }] : []))
  return far.sort((a, b) => b.error - a.error).map(({ index }) => index)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
