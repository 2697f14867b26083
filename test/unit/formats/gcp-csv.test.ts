import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gcpCsv } from '../../../src/formats/gcp-csv.ts'

test('a header and one row a point', () => {
  const points = [
    { x: 151.83, y: 392.66, lat: '52.7603488553', lon: '-4.6579885155' },
    { x: 0, y: -1e-7, lat: 52.5, lon: '-4.0000000000' },
  ]
  expect(gcpCsv(points)).toBe(
    'x,y,lon,lat\n151.83,392.66,-4.6579885155,52.7603488553\n0,-0.0000001,-4.0000000000,52.5\n',
  )
  expect(gcpCsv([])).toBe('x,y,lon,lat\n')
})

test.each([
  ['1.25e+2', '125'],
  ['1.25e+1', '12.5'],
  ['12.5e-1', '1.25'],
  ['12.5e-4', '0.00125'],
  ['-3e+2', '-300'],
])('%s is written as %s', (value, plain) => {
  expect(gcpCsv([{ x: value, y: 0, lon: 0, lat: 0 }])).toBe(`x,y,lon,lat\n${plain},0,0,0\n`)
})

test('every double comes back, and none has an exponent', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(double, double, double, double, (x, y, lon, lat) => {
      const row = gcpCsv([{ x, y, lon, lat }]).split('\n')[1]!
      expect(row).toMatch(/^(-?\d+(\.\d+)?,){3}-?\d+(\.\d+)?$/)
      // The sign of a zero is lost: -0 is written as 0.
      expect(row.split(',').map(Number)).toEqual([x, y, lon, lat].map((value) => value + 0))
    }),
    { numRuns: 2000 },
  )
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, '', '1,2', '=1+1', '1.', '0x10', ' 1'])(
  'refuses %j',
  (value) => {
    expect(() => gcpCsv([{ x: 0, y: 0, lon: value, lat: 0 }])).toThrow(
      expect.objectContaining({ code: 'gcp_number' }),
    )
  },
)
