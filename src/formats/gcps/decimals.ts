import { FormatError } from '../format-error.ts'

const DECIMAL = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i

/** The finite number a text is, in decimal notation; null for any other text. */
export function parseDecimal(text: string): number | null {
  if (!DECIMAL.test(text)) return null
  const value = Number(text)
  // The sign of a zero means nothing for a position.
  return Number.isFinite(value) ? value + 0 : null
}

/**
 * A number as text without an exponent; reading it gives the same double. A string is a decimal number already.
 * @throws FormatError `gcp_number` when it is not a finite decimal number
 */
export function plainDecimal(value: number | string): string {
  const text = String(value)
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text)
  if (!match) throw new FormatError('gcp_number', `${JSON.stringify(text)} is not a decimal number`)
  const [, sign = '', whole = '', fraction = '', exponent] = match
  if (exponent === undefined) return text
  return sign + shiftPoint(whole, fraction, Number(exponent))
}

/** The digits `whole.fraction` with the decimal point moved by `places`, to the right when positive. */
function shiftPoint(whole: string, fraction: string, places: number): string {
  const padded =
    places < 0 ? whole.padStart(1 - places, '0') + fraction : whole + fraction.padEnd(places, '0')
  const point = places < 0 ? Math.max(1, whole.length + places) : whole.length + places
  return point < padded.length ? `${padded.slice(0, point)}.${padded.slice(point)}` : padded
}

/** A y that counts upwards of one that counts downwards, or the reverse; a zero has no sign. */
export const flipped = (y: number): number => 0 - y
