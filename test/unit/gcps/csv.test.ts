import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { csv } from '../../../src/formats/gcps/csv.ts'

const write = (points: Parameters<typeof csv.write>[0]) => csv.write(points, null)

describe('writing', () => {
  test('a header and one row a point', () => {
    const points = [
      { x: 151.83, y: 392.66, lat: '52.7603488553', lon: '-4.6579885155' },
      { x: 0, y: -1e-7, lat: 52.5, lon: '-4.0000000000' },
    ]
    expect(write(points)).toBe(
      'x,y,lon,lat\n151.83,392.66,-4.6579885155,52.7603488553\n0,-0.0000001,-4.0000000000,52.5\n',
    )
    expect(write([])).toBe('x,y,lon,lat\n')
  })

  test.each([
    ['1.25e+2', '125'],
    ['1.25e+1', '12.5'],
    ['12.5e-1', '1.25'],
    ['12.5e-4', '0.00125'],
    ['-3e+2', '-300'],
  ])('%s is written as %s', (value, plain) => {
    expect(write([{ x: 0, y: 0, lon: value, lat: 0 }])).toBe(`x,y,lon,lat\n0,0,${plain},0\n`)
  })

  test('every double comes back, and none has an exponent', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(double, double, double, double, (x, y, lon, lat) => {
        const row = write([{ x, y, lon, lat }]).split('\n')[1]!
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
      expect(() => write([{ x: 0, y: 0, lon: value, lat: 0 }])).toThrow(
        expect.objectContaining({ code: 'gcp_number' }),
      )
    },
  )
})

describe('reading', () => {
  const read = (text: string) => csv.read(text, null).points

  it('takes the columns in the order the header names them, and leaves others out', () => {
    const text = '\uFEFFid;name;Latitude;LON;y;x;mapid\r\n7;"church; ""old""";52.5;-4.6;2;1;12\r\n'
    expect(read(text)).toEqual([
      {
        place: 'line 2',
        x: 1,
        y: 2,
        ground: [-4.6, 52.5],
        name: 'church; "old"',
        enabled: true,
        mapId: '12',
      },
    ])
  })

  it('reads rows without a header, comments and blank lines', () => {
    expect(read('# by hand\n1,2,3,4,mill\n\n5,6,7,8\n')).toMatchObject([
      { place: 'line 2', x: 1, y: 2, ground: [3, 4], name: 'mill', mapId: null },
      { place: 'line 4', x: 5, y: 6, ground: [7, 8], name: null },
    ])
  })

  it('counts the lines inside quoted names', () => {
    expect(
      read('x,y,lon,lat,name\n1,2,3,4,"a\nb"\n5,6,7,8,c').map(({ place, name }) => [place, name]),
    ).toEqual([
      ['line 2', 'a\nb'],
      ['line 4', 'c'],
    ])
  })

  it('names every fault by its line', () => {
    expect(() => read('x,y,lon,lat\n1,2,3\n1,2,3,4\n1,0x2,east,4\n')).toThrow(
      expect.objectContaining({
        faults: [
          { place: 'line 2', message: 'lat is missing' },
          { place: 'line 4', message: 'y is not a number: "0x2"' },
          { place: 'line 4', message: 'lon is not a number: "east"' },
        ],
      }),
    )
    expect(() => read('x,y,lon,lat,name\n1,2,3,4,"mill\n5,6,7,8,c')).toThrow('line 2: a quote is not closed')
    expect(() => read('a,b,c,d\n1,2,3,4')).toThrow('line 1: the header names no x, y, lon and lat')
  })

  it('tells no more faults than a person reads', () => {
    expect(() => read(`x,y,lon,lat\n${'1,2,3,\n'.repeat(500)}`)).toThrow(
      expect.objectContaining({
        faults: expect.objectContaining({ length: 21 }),
        message: expect.stringContaining('480 more'),
      }),
    )
  })
})
