import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { circleBox } from '../../../src/geo/circle-box.ts'

const EARTH_RADIUS_METRES = 6_371_008.8
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Where one comes by so many metres in a direction on a sphere. */
function destination(lon: number, lat: number, metres: number, azimuth: number): [lon: number, lat: number] {
  const angle = metres / EARTH_RADIUS_METRES
  const [from, turn] = [radians(lat), radians(azimuth)]
  const to = Math.asin(Math.sin(from) * Math.cos(angle) + Math.cos(from) * Math.sin(angle) * Math.cos(turn))
  const east = Math.atan2(
    Math.sin(turn) * Math.sin(angle) * Math.cos(from),
    Math.cos(angle) - Math.sin(from) * Math.sin(to),
  )
  return [((lon + (east * 180) / Math.PI + 540) % 360) - 180, (to * 180) / Math.PI]
}

describe('the box around a circle', () => {
  it('has everything in it that is no further away', () => {
    const lon = fc.double({ min: -180, max: 180, noNaN: true })
    const lat = fc.double({ min: -89, max: 89, noNaN: true })
    const metres = fc.double({ min: 0, max: 1_000_000, noNaN: true })
    fc.assert(
      fc.property(lon, lat, metres, fc.integer({ min: 0, max: 359 }), (x, y, distance, azimuth) => {
        const [west, south, east, north] = circleBox(x, y, distance)
        const [toX, toY] = destination(x, y, distance, azimuth)
        expect(toY).toBeGreaterThanOrEqual(south - 1e-6)
        expect(toY).toBeLessThanOrEqual(north + 1e-6)
        const turned = Math.abs(((toX - x + 540) % 360) - 180)
        expect(turned).toBeLessThanOrEqual((west <= east ? east - west : east - west + 360) / 2 + 1e-6)
      }),
      { numRuns: 2000 },
    )
  })

  it('is hardly larger, crosses longitude 180, and goes around the world at a pole', () => {
    const [west, south, east, north] = circleBox(0, 60, 111_195)
    for (const [side, least] of [
      [-west, 2],
      [east, 2],
      [60 - south, 1],
      [north - 60, 1],
    ] as const) {
      expect(side).toBeGreaterThan(least * 0.999)
      expect(side).toBeLessThan(least * 1.03)
    }
    const crossing = circleBox(179.5, 0, 111_195)
    expect(crossing[0]).toBeGreaterThan(178)
    expect(crossing[2]).toBeLessThan(-179)
    expect(circleBox(10, 89.9, 50_000)).toEqual([-180, expect.closeTo(89.45, 1), 180, 90])
  })
})
