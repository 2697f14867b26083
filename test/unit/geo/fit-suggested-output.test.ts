import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBbox } from '../../../src/geo/bbox.ts'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { FitError } from '../../../src/geo/fit-error.ts'
import { mercatorMetresPerPixel } from '../../../src/geo/ground-resolution.ts'
import { suggestedOutput } from '../../../src/geo/suggested-output.ts'
import { fitTransform } from '../../../src/geo/transform.ts'
import { HAAS, ROTTERDAM, TARTU } from './control-points.ts'
import { gdalwarpRaster, hasGdal } from './native-gdal.ts'

/** A plate carrée of the world, 20 pixels a degree at scale 1, with a margin around it. */
function worldMap(marginDegrees: number): { points: ControlPoint[]; width: number; height: number } {
  const pixels = (degrees: number) => (degrees + marginDegrees) * 20
  const lons = [-150, 0, 150]
  const lats = [-60, 10, 70]
  return {
    points: lons.flatMap((lon) =>
      lats.map((lat) => ({ x: pixels(lon + 180), y: pixels(90 - lat), lon, lat })),
    ),
    width: 2 * pixels(180),
    height: 2 * pixels(90),
  }
}

describe('suggested output against published values', () => {
  it.each(['auto', 'p1', 'tps'] as const)('100 x 70 image, %s', (method) => {
    const output = suggestedOutput(fitTransform(TARTU, method), 100, 70)
    expect(output).toMatchObject({ width: 115, height: 41 })
    expect(Math.abs(output.pixelSizeX - 0.001568309707963)).toBeLessThan(1e-12)
    expect(Math.abs(output.pixelSizeY - 0.001568309707963)).toBeLessThan(1e-12)
    expect(Math.abs(output.west - 26.645639250097766)).toBeLessThan(1e-12)
    expect(Math.abs(output.north - 58.405808304002093)).toBeLessThan(1e-12)
    expect(formatBbox(output.bbox)).toBe('26.6456393,58.3415076,26.8259949,58.4058083')
  })

  it.each([
    ['p1', 6151, 3746, '4.3632175,51.8841200,4.5234654,51.9817120'],
    ['p2', 6970, 2798, '4.2923327,51.8779124,4.5146630,51.9671635'],
    ['tps', 6238, 3717, '4.3537915,51.8825451,4.5185780,51.9807355'],
  ] as const)('5000 x 5000 image, %s', (method, width, height, bbox) => {
    const output = suggestedOutput(fitTransform(ROTTERDAM, method), 5000, 5000)
    expect(output).toMatchObject({ width, height })
    expect(formatBbox(output.bbox)).toBe(bbox)
  })
})

describe.skipIf(!hasGdal)('suggested output against native gdalwarp', () => {
  const flags = { p1: ['-order', '1'], p2: ['-order', '2'], p3: ['-order', '3'], tps: ['-tps'] } as const

  function expectSame(
    points: readonly ControlPoint[],
    method: keyof typeof flags,
    [width, height]: readonly [number, number],
  ) {
    const output = suggestedOutput(fitTransform(points, method), width, height)
    const native = gdalwarpRaster(points, flags[method], width, height)
    expect([output.width, output.height]).toEqual([native.width, native.height])
    const geoTransform = [output.west, output.pixelSizeX, 0, output.north, 0, -output.pixelSizeY]
    for (const [i, value] of geoTransform.entries()) {
      expect(Math.abs(value - native.geoTransform[i]!)).toBeLessThan(1e-9 * Math.abs(value) + 1e-12)
    }
  }

  it.each(['p1', 'p2', 'p3', 'tps'] as const)('Haas map, %s', (method) => {
    expectSame(HAAS, method, [1600, 1018])
  })

  it('an image much larger than its points, where the fits do not undo each other', () => {
    for (const method of ['p2', 'p3', 'tps'] as const) expectSame(HAAS, method, [2600, 3100])
  })

  it('a map across the prime meridian', () => {
    const moved = HAAS.map((point) => ({ ...point, lon: point.lon - 7.9 }))
    for (const method of ['p1', 'p2', 'p3', 'tps'] as const) expectSame(moved, method, [1600, 1018])
  })

  it('a map turned upside down, and one aligned with the meridians', () => {
    const turned = HAAS.map((point) => ({ ...point, x: 1600 - point.x, y: 1018 - point.y }))
    for (const method of ['p1', 'tps'] as const) expectSame(turned, method, [1600, 1018])
    const aligned = [
      { x: 0, y: 0, lon: 8, lat: 47 },
      { x: 100, y: 0, lon: 8.1, lat: 47 },
      { x: 0, y: 50, lon: 8, lat: 46.95 },
    ]
    expectSame(aligned, 'p1', [120, 80])
  })

  it('maps of random points', () => {
    const point = fc.record({
      x: fc.integer({ min: 0, max: 1600 }),
      y: fc.integer({ min: 0, max: 1018 }),
      east: fc.integer({ min: -300, max: 300 }),
      north: fc.integer({ min: -300, max: 300 }),
    })
    const sheets = fc.uniqueArray(point, {
      minLength: 12,
      maxLength: 16,
      selector: ({ x, y }) => `${x} ${y}`,
    })
    fc.assert(
      fc.property(sheets, fc.constantFrom('p1', 'p2', 'tps'), (sheet, method) => {
        const points = sheet.map(({ x, y, east, north }) => ({
          x,
          y,
          lon: 7 + x * 1e-4 + east * 1e-6,
          lat: 47 - y * 1e-4 + north * 1e-6,
        }))
        try {
          fitTransform(points, method)
        } catch (error) {
          expect(error).toBeInstanceOf(FitError)
          return
        }
        expectSame(points, method, [1600, 1018])
      }),
      { numRuns: 12 },
    )
  })
})

describe('suggested output beyond the world', () => {
  it('keeps a map of the whole world and cuts the margins beyond the poles', () => {
    const bare = worldMap(0)
    const whole = suggestedOutput(fitTransform(bare.points, 'p1'), bare.width, bare.height)
    expect(whole).toMatchObject({ width: 7200, height: 3600 })
    expect(formatBbox(whole.bbox)).toBe('-180.0000000,-90.0000000,180.0000000,90.0000000')

    const framed = worldMap(5)
    const cut = suggestedOutput(fitTransform(framed.points, 'p1'), framed.width, framed.height)
    expect(cut.width).toBe(7400)
    expect(cut.height).toBeGreaterThanOrEqual(3598)
    expect(cut.height).toBeLessThanOrEqual(3600)
    const [west, south, east, north] = cut.bbox
    expect(north).toBeLessThanOrEqual(90 + 1e-7)
    expect(south).toBeGreaterThanOrEqual(-90 - 1e-7)
    expect([west, east]).toEqual([expect.closeTo(-185, 9), expect.closeTo(185, 9)])
    expect(cut.north).toBe(north)
  })

  it('refuses a fit that lies mostly outside', () => {
    const points = worldMap(0).points
    const far = [
      [40_000, 40_000],
      [100_000, 100],
    ] as const
    for (const [width, height] of far) {
      try {
        suggestedOutput(fitTransform(points, 'p1'), width, height)
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ name: 'FitError', code: 'degenerate' })
        expect((error as FitError).message).toContain('mostly outside the world')
      }
    }
  })

  it('refuses an image that crosses the horizon of its projective fit', () => {
    const fitted = fitTransform(
      [
        { x: 0, y: 400, lon: 8, lat: 47 },
        { x: 1000, y: 400, lon: 9, lat: 47 },
        { x: 600, y: 100, lon: 9, lat: 50 },
        { x: 400, y: 100, lon: 8, lat: 50 },
      ],
      'projective',
    )
    expect(() => suggestedOutput(fitted, 1000, 500)).toThrow(/at \(0, 0\) beyond its horizon/)
  })
})

describe('resolution of a fit in web mercator', () => {
  it('is the ground size of a pixel over the cosine of latitude', () => {
    const haas = mercatorMetresPerPixel(fitTransform(HAAS, 'tps'), 1600, 1018)
    const { pixelSizeX } = suggestedOutput(fitTransform(HAAS, 'tps'), 1600, 1018)
    expect(haas).toBeGreaterThan(pixelSizeX * 111_320 * 0.8)
    expect(haas).toBeLessThan(pixelSizeX * 111_320 * 1.2)
    const metre = 1 / 111_319.49079327358
    const stretch = 1 / Math.cos(Math.PI / 3)
    const north = [
      { x: 0, y: 0, lon: 10, lat: 60 },
      { x: 10, y: 0, lon: 10 + 10 * metre * stretch, lat: 60 },
      { x: 0, y: 10, lon: 10, lat: 60 - 10 * metre },
    ]
    expect(mercatorMetresPerPixel(fitTransform(north, 'p1'), 10, 10)).toBeCloseTo(2, 5)
  })

  it('leaves out what is beyond the limits of the projection', () => {
    const { points, width, height } = worldMap(0)
    expect(mercatorMetresPerPixel(fitTransform(points, 'p1'), width, height)).toBeGreaterThan(5565)
    const pole = points.map((point) => ({ ...point, lat: 88 + point.lat / 100 }))
    expect(mercatorMetresPerPixel(fitTransform(pole, 'p1'), width, height)).toBeNaN()
  })
})
