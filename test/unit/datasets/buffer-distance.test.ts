import { describe, expect, it } from 'vitest'
import { measuredDistance } from '../../../src/domain/datasets/processing/buffer-distance.ts'
import { ValidationError } from '../../../src/domain/errors.ts'

const SWISS = 2056
/** In US survey feet. */
const NEW_YORK = 2263
const METRES_PER_FOOT = 1200 / 3937

describe('a distance', () => {
  it('without a unit is of metres on the ellipsoid for degrees, else of the system', () => {
    expect(measuredDistance(4326, 5, undefined)).toEqual({ distance: 5, isGeodesic: true })
    expect(measuredDistance(3857, 5, undefined)).toEqual({ distance: 5, isGeodesic: false })
    expect(measuredDistance(NEW_YORK, -5, undefined)).toEqual({ distance: -5, isGeodesic: false })
    expect(measuredDistance(0, 5, undefined)).toEqual({ distance: 5, isGeodesic: false })
  })

  it('in metres is of the ground', () => {
    for (const srid of [4326, 4269, 3857])
      expect(measuredDistance(srid, 5, 'metre')).toEqual({ distance: 5, isGeodesic: true })
    expect(measuredDistance(SWISS, 5, 'metre')).toEqual({ distance: 5, isGeodesic: false })
    const { distance, isGeodesic } = measuredDistance(NEW_YORK, METRES_PER_FOOT, 'metre')
    expect(distance).toBeCloseTo(1, 9)
    expect(isGeodesic).toBe(false)
    expect(measuredDistance(0, 5, 'metre')).toEqual({ distance: 5, isGeodesic: false })
  })

  it('in degrees is in the plane, of the equator where the system is projected', () => {
    expect(measuredDistance(4326, 0.5, 'degree')).toEqual({ distance: 0.5, isGeodesic: false })
    const { distance } = measuredDistance(SWISS, 1, 'degree')
    expect(distance).toBeCloseTo(111_319.49, 2)
    expect(measuredDistance(NEW_YORK, 1, 'degree').distance).toBeCloseTo(111_319.49 / METRES_PER_FOOT, 1)
  })

  it.each([
    [4326, 0, undefined],
    [4326, Number.NaN, 'metre'],
    [4326, Number.POSITIVE_INFINITY, 'degree'],
    [4326, 20_000_001, undefined],
    [SWISS, -20_000_001, 'metre'],
    [SWISS, 181, 'degree'],
    [0, 1, 'degree'],
  ] as const)('in EPSG:%i of %d (%s) is refused', (srid, distance, unit) => {
    expect(() => measuredDistance(srid, distance, unit)).toThrow(ValidationError)
  })
})
