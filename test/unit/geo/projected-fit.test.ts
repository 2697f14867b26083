import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { crsOfName } from '../../../src/geo/crs/crs-name.ts'
import { FitError } from '../../../src/geo/fit-error.ts'
import { groundFunctions } from '../../../src/geo/ground-functions.ts'
import { fitIn } from '../../../src/geo/projected-fit.ts'
import { greatCircleMetres } from '../../../src/geo/residuals.ts'
import { suggestedOutput } from '../../../src/geo/suggested-output.ts'
import { type FittedTransform, fitTransform } from '../../../src/geo/transform.ts'
import { HAAS, ROTTERDAM } from './control-points.ts'
import { gdaltransform, gdalwarpRaster, hasGdal } from './native-gdal.ts'

type Pair = [number, number]

function forward(fit: FittedTransform, [x, y]: Pair): Pair {
  const out = new Float64Array(2)
  groundFunctions(fit).forward(x, y, out)
  return [out[0]!, out[1]!]
}

function backward(fit: FittedTransform, [lon, lat]: Pair): Pair {
  const out = new Float64Array(2)
  groundFunctions(fit).backward(lon, lat, out)
  return [out[0]!, out[1]!]
}

/** The same points with coordinates of a reference system for degrees. */
function inSystem(points: readonly ControlPoint[], srs: string): ControlPoint[] {
  const out = new Float64Array(2)
  return points.map((point) => {
    crsOfName(srs).forward(point.lon, point.lat, out)
    return { ...point, lon: out[0]!, lat: out[1]! }
  })
}

describe('a fit in a reference system', () => {
  it.each(['p1', 'p2', 'tps', 'helmert', 'projective'] as const)(
    '%s in degrees is the plain one',
    (method) => {
      const plain = fitTransform(ROTTERDAM, method)
      expect(fitIn(undefined, ROTTERDAM, method)).toEqual(plain)
      expect(fitIn('EPSG:4326', ROTTERDAM, method)).toEqual(plain)
      expect(fitIn('CRS:84', ROTTERDAM, method)).toEqual(plain)
    },
  )

  it('is one function of (lon, lat) and pixels after it was stored as JSON', () => {
    const fit = fitIn('urn:ogc:def:crs:EPSG::28992', ROTTERDAM, 'tps')
    expect(fit.srs).toBe('EPSG:28992')
    const revived = JSON.parse(JSON.stringify(fit)) as FittedTransform
    for (const { x, y, lon, lat } of ROTTERDAM) {
      const ground = forward(revived, [x, y])
      expect(greatCircleMetres(...ground, lon, lat)).toBeLessThan(0.01)
      const pixel = backward(revived, [lon, lat])
      expect(Math.hypot(pixel[0] - x, pixel[1] - y)).toBeLessThan(0.01)
    }
  })

  it('differs from one in degrees by what the two planes differ', () => {
    const image: Pair = [2000, 2000]
    const mercator = forward(fitIn('EPSG:3857', ROTTERDAM, 'p1'), image)
    const degrees = forward(fitIn(undefined, ROTTERDAM, 'p1'), image)
    const metres = greatCircleMetres(...mercator, ...degrees)
    expect(metres).toBeGreaterThan(0.1)
    expect(metres).toBeLessThan(3)
  })

  it('of Helmert in web mercator keeps angles and ratios', () => {
    fc.assert(
      fc.property(
        fc.record({
          lon: fc.double({ min: -170, max: 170, noNaN: true }),
          lat: fc.double({ min: -70, max: 70, noNaN: true }),
          turn: fc.double({ min: 0, max: 6.28, noNaN: true }),
          scale: fc.double({ min: 1, max: 50, noNaN: true }),
        }),
        ({ lon, lat, turn, scale }) => {
          const { forward: project, inverse } = crsOfName('EPSG:3857')
          const origin = new Float64Array(2)
          project(lon, lat, origin)
          const out = new Float64Array(2)
          const points = [
            [0, 0],
            [1000, 0],
            [1000, 700],
          ].map(([x, y]) => {
            const east = scale * (x! * Math.cos(turn) + y! * Math.sin(turn))
            const north = scale * (x! * Math.sin(turn) - y! * Math.cos(turn))
            inverse(origin[0]! + east, origin[1]! + north, out)
            return { x: x!, y: y!, lon: out[0]!, lat: out[1]! }
          })
          const fit = fitIn('EPSG:3857', points, 'helmert')
          for (const [x, y] of [
            [500, 350],
            [0, 700],
          ] as const) {
            project(...forward(fit, [x, y]), out)
            const east = out[0]! - origin[0]!
            const north = out[1]! - origin[1]!
            expect(Math.hypot(east, north) / Math.hypot(x, y) / scale).toBeCloseTo(1, 6)
            const angle = Math.atan2(north, east) - (Math.atan2(-y, x) + turn)
            expect(Math.sin(angle)).toBeCloseTo(0, 6)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('goes over longitude 180 in one piece', () => {
    const points = [
      [0, 0, 179, -16],
      [1000, 0, 181, -16],
      [1000, 1000, 181, -18],
      [0, 1000, 179, -18],
    ].map(([x, y, lon, lat]) => ({ x: x!, y: y!, lon: lon!, lat: lat! }))
    for (const srs of ['EPSG:3857', 'EPSG:3460']) {
      const [west, south, east, north] = suggestedOutput(fitIn(srs, points, 'p1'), 1000, 1000).bbox
      for (const [value, expected] of [
        [west, 179],
        [east, 181],
        [south, -18],
        [north, -16],
      ] as const)
        expect(Math.abs(value - expected)).toBeLessThan(0.05)
    }
  })

  it.each([
    ['EPSG:2193', HAAS, /^point 1 .*lies outside the area of EPSG:2193, longitudes 1\d\d/],
    ['EPSG:28992', HAAS.with(2, { ...HAAS[2]!, lat: -30 }), /^point 3 /],
    ['EPSG:3857', HAAS.with(1, { ...HAAS[1]!, lat: 90 }), /^point 2 /],
  ])('%s refuses points far from its area, by their number', (srs, points, message) => {
    const attempt = () => fitIn(srs, points, 'p1')
    expect(attempt).toThrow(FitError)
    expect(attempt).toThrow(message)
  })

  it('takes points a little outside the area of use', () => {
    expect(fitIn('EPSG:28992', HAAS, 'p1').srs).toBe('EPSG:28992')
  })
})

describe.skipIf(!hasGdal)('against native GDAL', () => {
  const systems = [
    ['EPSG:3857', ROTTERDAM, 5000, 5000],
    ['EPSG:32631', ROTTERDAM, 5000, 5000],
    ['EPSG:3857', HAAS, 7520, 4785],
  ] as const

  it.each(systems)('%s: places of a spline and of polynomials', (srs, points) => {
    const places: Pair[] = [
      [1000, 1000],
      [2000, 2500],
      [4000, 3000],
    ]
    for (const [method, flags] of [
      ['p1', ['-order', '1']],
      ['p2', ['-order', '2']],
      ['tps', ['-tps']],
    ] as const) {
      const fit = fitIn(srs, points, method)
      const projected = gdaltransform(inSystem(points, srs), flags, places)
      const { inverse } = crsOfName(srs)
      const out = new Float64Array(2)
      for (const [i, place] of places.entries()) {
        const [x, y] = projected[i]!
        inverse(x, y, out)
        const [lon, lat] = forward(fit, place)
        expect(greatCircleMetres(lon, lat, out[0]!, out[1]!)).toBeLessThan(1e-3)
      }
    }
  })

  it.each(systems)('%s: the raster of gdalwarp', (srs, points, width, height) => {
    for (const [method, flags] of [
      ['p1', ['-order', '1']],
      ['tps', ['-tps']],
    ] as const) {
      const ours = suggestedOutput(fitIn(srs, points, method), width, height)
      const theirs = gdalwarpRaster(inSystem(points, srs), flags, width, height, srs)
      const [west, sizeX, , north, , sizeY] = theirs.geoTransform
      expect(Math.abs(ours.width - theirs.width)).toBeLessThanOrEqual(1)
      expect(Math.abs(ours.height - theirs.height)).toBeLessThanOrEqual(1)
      expect(Math.abs(ours.west - west!)).toBeLessThan(ours.pixelSizeX)
      expect(Math.abs(ours.north - north!)).toBeLessThan(ours.pixelSizeY)
      expect(Math.abs(ours.pixelSizeX / sizeX! - 1)).toBeLessThan(1e-3)
      expect(Math.abs(-ours.pixelSizeY / sizeY! - 1)).toBeLessThan(1e-3)
    }
  })
})
