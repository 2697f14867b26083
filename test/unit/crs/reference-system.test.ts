import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epsgAreas } from '../../../src/geo/crs/epsg-definition.ts'
import { crsTransform } from '../../../src/geo/crs/reference-system.ts'
import { systemsAround } from '../../../src/geo/crs/systems-around.ts'
import { hasGdal } from '../geo/native-gdal.ts'

const out = new Float64Array(2)

/** Places inside an area of use, at shares of its width and height. */
function placeIn(code: number, shareX: number, shareY: number): [lon: number, lat: number] {
  const [west, south, east, north] = crsTransform(code).areaOfUse
  const width = east < west ? east + 360 - west : east - west
  const lon = west + width * shareX
  return [lon > 180 ? lon - 360 : lon, south + (north - south) * shareY]
}

describe.skipIf(!hasGdal)('agrees with PROJ', () => {
  // Metres: what is left of datum shifts that PROJ has grids for or counts otherwise.
  it.each([
    ...[3857, 3395, 4258, 2056, 21781, 2154, 27572, 3035, 3034, 25832, 32718, 32661, 3031, 3413, 28992].map(
      (code) => [code, 1e-3] as const,
    ),
    ...[31370, 31287, 31283, 2180, 3067, 2393, 2039, 5070, 2263, 6933, 2193, 2053, 2326, 24200, 8857].map(
      (code) => [code, 1e-3] as const,
    ),
    ...([
      [27391, 1e-3],
      [2169, 0.01],
      [2097, 0.01],
      [27700, 0.01],
    ] as const),
    ...([
      [31467, 2],
      [4314, 2],
      [20255, 2],
      [27200, 5],
      [26710, 20],
    ] as const),
  ])('on EPSG:%i to %f m', (code, metres) => {
    const places = [placeIn(code, 0.3, 0.4), placeIn(code, 0.5, 0.5), placeIn(code, 0.8, 0.7)]
    const printed = execFileSync('gdaltransform', ['-s_srs', 'EPSG:4326', '-t_srs', `EPSG:${code}`], {
      input: `${places.map((place) => place.join(' ')).join('\n')}\n`,
      encoding: 'utf8',
    })
    const expected = printed
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
    const { forward, metresPerUnit } = crsTransform(code)
    places.forEach(([lon, lat], i) => {
      forward(lon, lat, out)
      const [x = Number.NaN, y = Number.NaN] = expected[i]!
      const distance = Math.hypot(out[0]! - x, out[1]! - y) * (metresPerUnit ?? 111_000)
      expect(distance).toBeLessThan(metres)
    })
  })
})

describe('there and back', () => {
  const codes = epsgAreas().map(({ code }) => code)

  it('leads to where it began, anywhere in the area of use of any system', () => {
    const share = fc.double({ min: 0.02, max: 0.98, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...codes), share, share, (code, shareX, shareY) => {
        const { forward, inverse } = crsTransform(code)
        const [lon, lat] = placeIn(code, shareX, shareY)
        forward(lon, lat, out)
        // A projection that does not reach all of its area of use says so.
        if (Number.isNaN(out[0]) || Number.isNaN(out[1])) return
        inverse(out[0]!, out[1]!, out)
        const turn = Math.abs(out[0]! - lon)
        expect(Math.min(turn, Math.abs(turn - 360))).toBeLessThan(1e-5)
        expect(Math.abs(out[1]! - lat)).toBeLessThan(1e-5)
      }),
      { numRuns: 1000 },
    )
  })

  it('is nowhere, not somewhere else, for coordinates that no place has', () => {
    const anything = fc.double({ min: -1e9, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...codes), anything, anything, (code, x, y) => {
        const { forward, inverse, metresPerUnit } = crsTransform(code)
        inverse(x, y, out)
        if (Number.isNaN(out[0]) || Number.isNaN(out[1])) return
        forward(out[0]!, out[1]!, out)
        if (metresPerUnit === null || Number.isNaN(out[0])) return
        expect(Math.hypot(out[0]! - x, out[1]! - y) * metresPerUnit).toBeLessThan(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('is NaN beyond the horizon and for what is not finite', () => {
    const { forward, inverse } = crsTransform(21781)
    for (const [x, y] of [
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 0],
      [1e300, 1e300],
    ] as const) {
      inverse(x, y, out)
      expect(out.some(Number.isNaN)).toBe(true)
      forward(x, y, out)
      expect(out.some(Number.isNaN)).toBe(true)
    }
    crsTransform(3857).forward(0, 90, out)
    expect(out[1]).toBeNaN()
  })
})

it('web mercator goes on beyond longitude 180', () => {
  crsTransform(3857).forward(190, 0, out)
  expect(out[0]).toBeCloseTo((190 / 180) * Math.PI * 6_378_137, 6)
  crsTransform(3857).inverse(out[0]!, 0, out)
  expect(out[0]).toBeCloseTo(190, 12)
})

it('knows the systems of a place', () => {
  const around = systemsAround([7.4, 47.2, 8.4, 47.8])
  expect(around).toEqual(expect.arrayContaining([4326, 3857, 2056, 21781, 32632]))
  expect(around).not.toContain(27700)
  expect(around).not.toContain(32633)
  // The area of New Zealand's crosses longitude 180.
  expect(systemsAround([174, -41, 175, -40])).toContain(2193)
  expect(systemsAround([-180, -90, 180, 90])).toContain(4326)
})
