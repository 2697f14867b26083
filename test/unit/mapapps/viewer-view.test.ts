import fc from 'fast-check'
import proj4 from 'proj4'
import { describe, expect, it } from 'vitest'
import { coordinatesText } from '../../../web/viewer/coordinates-text.ts'
import { inverseOf } from '../../../web/viewer/reference-systems.ts'
import { readView, zoomOfScale } from '../../../web/viewer/view.ts'

const extentOf = (xmin: number, ymin: number, xmax: number, ymax: number, wkid?: number) => ({
  ...{ xmin, ymin, xmax, ymax },
  ...(wkid === undefined ? {} : { spatialReference: { wkid } }),
})

describe('systems of reference', () => {
  const utm = (wkid: number): string => {
    const [zone, isSouth] =
      wkid > 32700 ? [wkid - 32700, true] : wkid > 32600 ? [wkid - 32600, false] : [wkid - 25800, false]
    return `+proj=utm +zone=${zone} ${isSouth ? '+south' : ''} +ellps=${wkid < 26000 ? 'GRS80' : 'WGS84'} +units=m`
  }

  it('has zones of UTM as PROJ has them', () => {
    const wkids = [25828, 25832, 25838, 32601, 32633, 32660, 32701, 32760]
    fc.assert(
      fc.property(
        fc.constantFrom(...wkids),
        fc.double({ min: 100_000, max: 900_000, noNaN: true }),
        fc.double({ min: 1_000, max: 9_300_000, noNaN: true }),
        (wkid, easting, northing) => {
          const [longitude, latitude] = inverseOf(wkid)!([easting, northing])
          const [expected, north] = proj4(utm(wkid), 'EPSG:4326', [easting, northing])
          const turned = ((((longitude - expected!) % 360) + 540) % 360) - 180
          // A millionth of a degree is a decimetre.
          expect(Math.abs(turned) * Math.cos((north! * Math.PI) / 180)).toBeLessThan(1e-7)
          expect(latitude).toBeCloseTo(north!, 7)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has web mercator by all its numbers, and degrees', () => {
    for (const wkid of [3857, 102100, 102113, 900913]) {
      const [longitude, latitude] = inverseOf(wkid)!([845_063.5, 6_034_000])
      expect([longitude, latitude]).toEqual(
        proj4('EPSG:3857', 'EPSG:4326', [845_063.5, 6_034_000]).map((value) => expect.closeTo(value, 9)),
      )
    }
    expect(inverseOf(4326)!([7, 47])).toEqual([7, 47])
    expect([2056, 0, -1, 32661, 32600.5, Number.NaN].map(inverseOf)).toEqual(Array(6).fill(null))
  })
})

describe('the view of a configuration', () => {
  it('is an extent in degrees, whatever its system', () => {
    expect(readView({ extent: extentOf(7, 47, 8, 48) }).bounds).toEqual([7, 47, 8, 48])
    expect(readView({ extent: extentOf(0, 0, 111_319.490793, 0, 3857) }).bounds).toEqual([
      ...[0, expect.closeTo(0, 9), expect.closeTo(1, 9), expect.closeTo(0, 9)],
    ])
    const { bounds, faults } = readView({ extent: extentOf(395_000, 5_245_000, 425_000, 5_275_000, 25832) })
    expect(bounds).toEqual([7.6, 47.35, 8.01, 47.62].map((value) => expect.closeTo(value, 1)))
    expect(faults).toEqual([])
  })

  it('goes over the antimeridian, and is cut where web mercator ends', () => {
    expect(readView({ extent: extentOf(170, -10, -170, 10) }).bounds).toEqual([170, -10, 190, 10])
    expect(readView({ extent: extentOf(-180, -90, 180, 90) }).bounds).toEqual([
      -180, -85.051129, 180, 85.051129,
    ])
  })

  it.each([
    [extentOf(0, 0, 1, 1, 2056), /system 2056/],
    [{ xmin: 'a' }, /needs numbers/],
    [extentOf(0, 1, 1, 0), /nowhere/],
    [extentOf(1, 0, 0, 1, 3857), /nowhere/],
    [extentOf(-9000, 0, 9000, 1), /nowhere/],
    [extentOf(0, 0, 1e300, 1e300, 25832), /nowhere/],
    ['x', /needs numbers/],
    [null, /needs numbers/],
  ])('says what is wrong with the extent %j', (extent, reason) => {
    const { bounds, faults } = readView({ extent })
    expect(bounds).toBeNull()
    expect(faults).toEqual([expect.stringMatching(reason)])
  })

  it('is a place and a scale, with bounds of the zoom', () => {
    const place = { x: 845_063.5, y: 6_034_000, spatialReference: { wkid: 102100, latestWkid: 3857 } }
    expect(readView({ center: place, scale: 100_000 })).toMatchObject({
      ...{ bounds: null, center: [expect.closeTo(7.5914, 3), expect.closeTo(47.56, 1)] },
      zoom: expect.closeTo(11.53, 2),
    })
    expect(readView({ center: [7, 47], zoom: '5' })).toMatchObject({
      center: [7, 47],
      zoom: 5,
      isGlobe: false,
    })
    expect(readView({ center: { longitude: 7, latitude: 95 } }).faults).toHaveLength(1)
    const constraints = { minScale: 1e6, maxZoom: 18 }
    expect(readView({ viewmode: '3d', constraints })).toMatchObject({
      ...{ isGlobe: true, minZoom: zoomOfScale(1e6), maxZoom: 18 },
    })
  })

  it('of anything is one, with numbers that are some', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('extent', 'center', 'zoom', 'scale', 'constraints'), fc.jsonValue()),
        (view) => {
          const { bounds, center, zoom } = readView(view)
          for (const number of [...(bounds ?? []), ...(center ?? []), zoom ?? 0])
            expect(number).toBeTypeOf('number')
        },
      ),
    )
  })
})

it('tells coordinates with their sides of the earth', () => {
  expect(coordinatesText({ lng: -7.5, lat: 47.12346 })).toBe('47.1235° N  7.5000° W')
  expect(coordinatesText({ lng: 7.5, lat: -47 })).toBe('47.0000° S  7.5000° E')
})
