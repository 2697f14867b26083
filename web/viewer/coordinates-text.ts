const DEGREES_DIGITS = 4

/** Latitude and longitude with their sides of the earth. */
export function coordinatesText({ lng, lat }: { lng: number; lat: number }): string {
  const told = (degrees: number, sides: string) =>
    `${Math.abs(degrees).toFixed(DEGREES_DIGITS)}° ${sides[degrees < 0 ? 1 : 0]}`
  return `${told(lat, 'NS')}  ${told(lng, 'EW')}`
}
