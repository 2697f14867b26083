import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repairMask } from '../../../src/geo/mask/repair.ts'
import { maskedOutput } from '../../../src/geo/masked-output.ts'
import { suggestedOutput } from '../../../src/geo/suggested-output.ts'
import { fitTransform, planarFunction } from '../../../src/geo/transform.ts'
import { controlPoints, IMAGE } from '../warp/random-fit.ts'
import { isInside } from './polygon-area.ts'

const { width, height } = IMAGE

describe('the raster of a masked image', () => {
  test('is the part of the whole raster that the mask needs, pixel by pixel', () => {
    const corners = [
      [0, 0],
      [1200, 0],
      [0, 900],
      [1200, 900],
    ] as const
    const points = corners.map(([x, y]) => ({ x, y, lon: 7 + x / 1000, lat: 48 - y / 1000 }))
    const fit = fitTransform(points, 'p1')
    const whole = suggestedOutput(fit, width, height)
    const box = [
      [100.5, 200],
      [400, 200],
      [400, 300.25],
      [100.5, 300.25],
    ] as const
    const output = maskedOutput(fit, whole, repairMask([[box]], width, height))
    expect([whole.width, whole.height]).toEqual([1200, 900])
    expect([output.width, output.height]).toEqual([300, 101])
    expect((output.west - whole.west) / whole.pixelSizeX).toBeCloseTo(100, 6)
    expect((whole.north - output.north) / whole.pixelSizeY).toBeCloseTo(200, 6)
    const [west, south, east, north] = output.bbox
    for (const [found, expected] of [
      [west, 7.1],
      [east, 7.4],
      [north, 47.8],
      [south, 47.699],
    ] as const)
      expect(found).toBeCloseTo(expected, 6)
  })

  test('holds what the backward fit draws of the mask, on whole pixels of the whole raster', () => {
    const outline = [
      [300, 250],
      [900, 300],
      [850, 640],
      [360, 600],
    ] as const
    const mask = repairMask([[outline]], width, height)
    fc.assert(
      fc.property(
        controlPoints(50),
        fc.constantFrom('p1', 'p2', 'p3', 'tps', 'projective'),
        (points, method) => {
          const fit = fitTransform(points, method)
          const whole = suggestedOutput(fit, width, height)
          const output = maskedOutput(fit, whole, mask)
          const column = (output.west - whole.west) / whole.pixelSizeX
          const row = (whole.north - output.north) / whole.pixelSizeY
          expect(Math.abs(column - Math.round(column))).toBeLessThan(1e-6)
          expect(Math.abs(row - Math.round(row))).toBeLessThan(1e-6)
          expect(output.width).toBeLessThan(whole.width)
          expect(output.height).toBeLessThan(whole.height)

          const backward = planarFunction(fit.backward)
          const place = new Float64Array(2)
          const [west, south, east, north] = output.bbox
          for (let i = 0; i < 20_000; i++) {
            const lon = whole.west + ((i * 0.618034) % 1) * whole.width * whole.pixelSizeX
            const lat = whole.north - ((i + 0.5) / 20_000) * whole.height * whole.pixelSizeY
            backward(lon, lat, place)
            if (!isInside(mask, place[0]!, place[1]!)) continue
            expect(lon >= west && lon <= east && lat >= south && lat <= north).toBe(true)
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('is nothing where the raster does not reach', () => {
    const points = [
      { x: 0, y: 0, lon: 10, lat: 92 },
      { x: 1200, y: 0, lon: 22, lat: 92 },
      { x: 0, y: 900, lon: 10, lat: 83 },
    ]
    const fit = fitTransform(points, 'p1')
    const mask = repairMask(
      [
        [
          [
            [0, 0],
            [900, 0],
            [900, 100],
            [0, 100],
          ],
        ],
      ],
      width,
      height,
    )
    expect(() => maskedOutput(fit, suggestedOutput(fit, width, height), mask)).toThrow('outside the world')
  })
})
