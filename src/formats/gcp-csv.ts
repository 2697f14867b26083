import { FormatError } from './format-error.ts'

/** Pixel position and degrees. A string is a decimal number as the database holds it, and is written as it is. */
export interface GcpRow {
  x: number | string
  y: number | string
  lon: number | string
  lat: number | string
}

/**
 * Ground control points as CSV: the header `x,y,lon,lat`, one row a point, each line ended by LF. Numbers are
 * written so that reading them gives the same double, never with an exponent.
 *
 * @throws FormatError `gcp_number` when a value is not a finite decimal number
 */
export function gcpCsv(points: Iterable<GcpRow>): string {
  let text = 'x,y,lon,lat\n'
  for (const { x, y, lon, lat } of points) text += `${[x, y, lon, lat].map(plainDecimal).join(',')}\n`
  return text
}

function plainDecimal(value: number | string): string {
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
