import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bbox } from '../../../src/geo/bbox.ts'
import {
  latitudeOf,
  longitudeOf,
  MERCATOR_HALF_METRES,
  MERCATOR_LATITUDE_MAX,
  mercatorX,
  mercatorY,
  nativeZoom,
  tileBounds,
  tileBoundsMetres,
  tileRange,
  ZOOM_MAX,
} from '../../../src/geo/mercator.ts'

const longitude = fc.double({ min: -180, max: 180, noNaN: true })
const latitude = fc.double({ min: -85.05, max: 85.05, noNaN: true })
const tile = fc
  .integer({ min: 0, max: 22 })
  .chain((z) => fc.tuple(fc.constant(z), fc.nat({ max: 2 ** z - 1 }), fc.nat({ max: 2 ** z - 1 })))

describe('web mercator', () => {
  it('agrees with EPSG:3857', () => {
    expect(MERCATOR_HALF_METRES).toBeCloseTo(20037508.342789244, 8)
    expect(MERCATOR_LATITUDE_MAX).toBeCloseTo(85.0511287798066, 12)
    expect(mercatorX(8.5)).toBeCloseTo(946215.6717428255, 6)
    expect(mercatorY(47.25)).toBeCloseTo(5982976.33295171, 7)
    expect(mercatorY(0)).toBe(0)
    expect(mercatorY(90)).toBeCloseTo(MERCATOR_HALF_METRES, 6)
    expect(mercatorY(-95)).toBeCloseTo(-MERCATOR_HALF_METRES, 6)
  })

  it('goes there and back', () => {
    fc.assert(
      fc.property(longitude, latitude, (lon, lat) => {
        expect(Math.abs(longitudeOf(mercatorX(lon)) - lon)).toBeLessThan(1e-12)
        expect(Math.abs(latitudeOf(mercatorY(lat)) - lat)).toBeLessThan(1e-12)
      }),
    )
  })
})

describe('tiles', () => {
  it('cover the square', () => {
    const [west, south, east, north] = tileBounds(0, 0, 0)
    expect([west, east]).toEqual([-180, 180])
    expect(north).toBeCloseTo(MERCATOR_LATITUDE_MAX, 12)
    expect(south).toBeCloseTo(-MERCATOR_LATITUDE_MAX, 12)
    expect(tileBounds(1, 1, 1)).toEqual([0, expect.closeTo(-MERCATOR_LATITUDE_MAX, 12), 180, 0])
    expect(tileBounds(11, 1067, 715)[0]).toBeCloseTo(7.55859375, 12)
  })

  it('share their edges with their neighbours and hold their children', () => {
    fc.assert(
      fc.property(tile, ([z, x, y]) => {
        const [west, south, east, north] = tileBoundsMetres(z, x, y)
        expect(tileBoundsMetres(z, x + 1, y)[0]).toBeCloseTo(east, 6)
        expect(tileBoundsMetres(z, x, y + 1)[3]).toBeCloseTo(south, 6)
        const child = tileBoundsMetres(z + 1, 2 * x + 1, 2 * y)
        expect(child[0]).toBeCloseTo((west + east) / 2, 6)
        expect([child[2], child[3]]).toEqual([expect.closeTo(east, 6), expect.closeTo(north, 6)])
      }),
    )
  })

  it('are found again from their own bounds, alone', () => {
    fc.assert(
      fc.property(tile, ([z, x, y]) => {
        expect(tileRange(tileBounds(z, x, y), z)).toEqual({ minX: x, minY: y, maxX: x, maxY: y })
      }),
    )
  })

  it('of a bbox hold it, and none of them is spare', () => {
    fc.assert(
      fc.property(
        longitude,
        longitude,
        latitude,
        latitude,
        fc.integer({ min: 0, max: 18 }),
        (a, b, c, d, z) => {
          const bbox: Bbox = [Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d)]
          fc.pre(bbox[2] - bbox[0] > 1e-3 && bbox[3] - bbox[1] > 1e-3)
          const range = tileRange(bbox, z)
          const first = tileBounds(z, range.minX, range.minY)
          const last = tileBounds(z, range.maxX, range.maxY)
          expect(first[0]).toBeLessThanOrEqual(bbox[0] + 1e-6)
          expect(first[3]).toBeGreaterThanOrEqual(bbox[3] - 1e-6)
          expect(last[2]).toBeGreaterThanOrEqual(bbox[2] - 1e-6)
          expect(last[1]).toBeLessThanOrEqual(bbox[1] + 1e-6)
          expect(first[2]).toBeGreaterThan(bbox[0])
          expect(first[1]).toBeLessThan(bbox[3])
          expect(last[0]).toBeLessThan(bbox[2])
          expect(last[3]).toBeGreaterThan(bbox[1])
        },
      ),
    )
  })

  it('of a point are one, and of anything outside those at the border', () => {
    expect(tileRange([7.6, 47.5, 7.6, 47.5], 11)).toEqual({ minX: 1067, minY: 716, maxX: 1067, maxY: 716 })
    expect(tileRange([-200, -90, 200, 90], 3)).toEqual({ minX: 0, minY: 0, maxX: 7, maxY: 7 })
    expect(tileRange([180, 90, 180, 90], 4)).toEqual({ minX: 15, minY: 0, maxX: 15, maxY: 0 })
  })
})

describe('native zoom', () => {
  it('has pixels no larger than the source, and one level less would', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
        fc.constantFrom(256, 512),
        (metres, size) => {
          const zoom = nativeZoom(metres, size)
          const resolution = (2 * MERCATOR_HALF_METRES) / size / 2 ** zoom
          expect(resolution).toBeLessThanOrEqual(metres * (1 + 1e-8))
          if (zoom > 0) expect(2 * resolution).toBeGreaterThan(metres)
        },
      ),
    )
  })

  it('is exact at the resolutions of the pyramid and stays in its limits', () => {
    for (let z = 0; z <= ZOOM_MAX; z++) expect(nativeZoom(156543.03392804097 / 2 ** z)).toBe(z)
    expect(nativeZoom(1e9)).toBe(0)
    expect(nativeZoom(1e-9)).toBe(ZOOM_MAX)
  })
})
