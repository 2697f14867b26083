import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crsOfName } from '../../../src/geo/crs/crs-name.ts'
import { crsTransform } from '../../../src/geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../../src/geo/crs/unknown-crs-error.ts'

describe('names of reference systems', () => {
  it.each([
    ['EPSG:21781', 21781],
    ['epsg:3857', 3857],
    [' EPSG:900913 ', 3857],
    ['EPSG:102100', 3857],
    ['EPSG:102113', 3857],
    ['EPSG:3785', 3857],
    ['urn:ogc:def:crs:EPSG::2056', 2056],
    ['urn:ogc:def:crs:EPSG:6.9:4326', 4326],
    ['urn:x-ogc:def:crs:EPSG:4326', null],
    ['http://www.opengis.net/def/crs/EPSG/0/3035', 3035],
    ['https://www.opengis.net/def/crs/EPSG/0/3035', 3035],
    ['http://www.opengis.net/gml/srs/epsg.xml#27700', 27700],
    ['CRS:84', 4326],
    ['OGC:CRS84', 4326],
    ['urn:ogc:def:crs:OGC:1.3:CRS84', 4326],
    ['http://www.opengis.net/def/crs/OGC/1.3/CRS84', 4326],
    ['EPSG:', null],
    ['EPSG:0', null],
    ['EPSG:1', null],
    ['EPSG:99999', null],
    ['EPSG:4326x', null],
    // Three-dimensional, in grads, and without a plane.
    ['EPSG:4978', null],
    ['EPSG:4807', null],
    ['EPSG:5773', null],
    ['21781', null],
    ['AUTO:42001', null],
    ['', null],
  ])('%s is %s', (name, code) => {
    if (code === null) expect(() => crsOfName(name)).toThrow(UnknownCrsError)
    else expect(crsOfName(name).code).toBe(code)
  })

  it('has either an answer or the one error, whatever the name', () => {
    const name = fc.oneof(
      fc.string(),
      fc.string().map((text) => `EPSG:${text}`),
      fc.nat(99_999).map((n) => `EPSG:${n}`),
    )
    fc.assert(
      fc.property(name, (text) => {
        try {
          expect(crsOfName(text).code).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(UnknownCrsError)
          expect(String(error).length).toBeLessThan(500)
        }
      }),
    )
  })
})

describe('order of axes', () => {
  it.each([
    ['EPSG:4326', 'yx'],
    ['CRS:84', 'xy'],
    ['EPSG:4258', 'yx'],
    ['EPSG:3857', 'xy'],
    ['EPSG:21781', 'xy'],
    ['EPSG:2154', 'xy'],
    ['EPSG:3035', 'yx'],
    ['EPSG:31467', 'yx'],
    ['EPSG:2393', 'yx'],
    ['EPSG:2193', 'yx'],
    ['EPSG:32661', 'yx'],
    ['EPSG:5041', 'xy'],
    ['EPSG:3031', 'xy'],
    ['EPSG:31281', 'yx'],
    ['EPSG:27391', 'yx'],
    ['EPSG:7084', 'xy'],
    ['EPSG:2053', 'xy'],
  ])('of %s is %s', (name, order) => {
    expect(crsOfName(name).axisOrder).toBe(order)
  })
})

it('tells the unit', () => {
  expect(crsTransform(4326).metresPerUnit).toBeNull()
  expect(crsTransform(4258).metresPerUnit).toBeNull()
  expect(crsTransform(2056).metresPerUnit).toBe(1)
  expect(crsTransform(2263).metresPerUnit).toBeCloseTo(1200 / 3937, 12)
})
