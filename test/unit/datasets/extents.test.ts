import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lonLatExtent } from '../../../src/geo/crs/lonlat-extent.ts'
import { crsTransform } from '../../../src/geo/crs/reference-system.ts'

describe('lonLatExtent', () => {
  it('clips degrees to the world, and knows no unknown system', () => {
    expect(lonLatExtent([-200, -100, 10, 95], 4326)).toEqual([-180, -90, 10, 90])
    expect(lonLatExtent([0, 0, 1, 1], 999_999)).toBeNull()
  })

  it('holds every place of a box of a projected system', () => {
    const swiss = crsTransform(2056)
    const place = new Float64Array(2)
    const side = fc.record({
      x: fc.double({ min: 2.5e6, max: 2.8e6, noNaN: true }),
      y: fc.double({ min: 1.1e6, max: 1.3e6, noNaN: true }),
    })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(side, side, share, share, (a, b, i, j) => {
        const box = [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)] as const
        const [west, south, east, north] = lonLatExtent(box, 2056)!
        swiss.inverse(box[0] + i * (box[2] - box[0]), box[1] + j * (box[3] - box[1]), place)
        const slack = 0.005 * Math.max(east - west, north - south) + 1e-9
        expect(place[0]).toBeGreaterThanOrEqual(west - slack)
        expect(place[0]).toBeLessThanOrEqual(east + slack)
        expect(place[1]).toBeGreaterThanOrEqual(south - slack)
        expect(place[1]).toBeLessThanOrEqual(north + slack)
      }),
    )
  })

  it('has the area of use where a box leaves what the system reaches', () => {
    const [west, south, east, north] = lonLatExtent([-1e8, -1e8, 1e8, 1e8], 2056)!
    const area = crsTransform(2056).areaOfUse
    expect([west <= area[0], south <= area[1], east >= area[2], north >= area[3]]).toEqual([
      true,
      true,
      true,
      true,
    ])
  })
})
