import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  GcpFileError,
  type GcpFormat,
  type GcpFormatName,
  type GcpRow,
} from '../../../src/formats/gcps/gcp-format.ts'
import { arcgis, csv, GCP_FORMAT_NAMES, gdal, qgis, readGcpFile } from '../../../src/formats/gcps/index.ts'
import { ROTTERDAM } from '../geo/control-points.ts'
import { hasGdal } from '../geo/native-gdal.ts'

const IMAGE = { width: 5000, height: 6000 }
const read = (text: string, image: typeof IMAGE | null = IMAGE) => readGcpFile(text, { image })
const positions = (text: string, image: typeof IMAGE | null = IMAGE) =>
  read(text, image).points.map(({ x, y, lon, lat }) => ({ x, y, lon, lat }))

describe('QGIS', () => {
  const rows = '4.4091165,51.9017125,1344,-4098,1,0.5,-1.5,1.58\n4.5029222,51.9164451,4440,-3441,0,0,0,0\n'
  const first = { x: 1344, y: 4098, lon: 4.4091165, lat: 51.9017125, enabled: true, place: 'line 2' }

  it('reads what it writes, old and new', () => {
    for (const header of [
      'mapX,mapY,sourceX,sourceY,enable,dX,dY,residual',
      'mapX,mapY,pixelX,pixelY,enable',
    ]) {
      const file = read(`${header}\n${rows}`)
      expect(file.format).toBe('qgis')
      expect(file.points).toMatchObject([first, { x: 4440, y: 3441, enabled: false }])
    }
    const oldest = read(`mapX\tmapY\tpixelX\tpixelY\tenable\n${rows.replaceAll(',', '\t')}`)
    expect(oldest.points).toMatchObject([first, { enabled: false }])
  })

  it.each([
    ['EPSG:3857'],
    [
      'PROJCRS["WGS 84 / Pseudo-Mercator",BASEGEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",' +
        'MEMBER["World Geodetic System 1984 (Transit)"],ELLIPSOID["WGS 84",6378137,298.257223563]],' +
        'ID["EPSG",4326]],CONVERSION["Popular Visualisation Pseudo-Mercator",METHOD["Popular Visualisation",' +
        'ID["EPSG",1024]]],CS[Cartesian,2],AXIS["easting (X)",east],ID["EPSG",3857]]',
    ],
    ['PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4326"]],UNIT["metre",1],AUTHORITY["EPSG","3857"]]'],
    ['PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]]'],
  ])('converts from the system of its #CRS line: %s', (crs) => {
    const [point] = positions(
      `#CRS: ${crs}\nmapX,mapY,sourceX,sourceY,enable,dX,dY,residual\n500000,6800000,10,-20,1,0,0,0\n`,
    )
    expect(point).toMatchObject({ x: 10, y: 20 })
    expect(point!.lon).toBeCloseTo(4.491576420597607, 10)
    expect(point!.lat).toBeCloseTo(51.9993061589003, 8)
  })

  it('refuses a system it does not know by its name, and a place outside of one', () => {
    const file = (crs: string, x = 1) => `#CRS: ${crs}\nmapX,mapY,sourceX,sourceY\n${x},2,3,-4\n`
    expect(() => read(file('ENGCRS["Site grid",EDATUM["Unknown"],CS[Cartesian,2]]'))).toThrow(
      /"Site grid" is not known/,
    )
    expect(() => read(file('EPSG:999999'))).toThrow(/"EPSG:999999" is not known/)
    expect(() => read(file('EPSG:32631', 1e12))).toThrow(
      /^line 3: 1000000000000, 2 is no position in EPSG:32631/,
    )
  })

  it('wants to be told the system of metres without a #CRS line', () => {
    const text =
      'mapX,mapY,pixelX,pixelY,enable\n' +
      '16831320.2052624449133873,-4013170.47320769866928458,1065.31445783132403449,-371.98554216867472633,1\n'
    expect(() => read(text)).toThrow(
      'line 2: 16831320.205262445, -4013170.4732076987 is no longitude and latitude; ' +
        'if it is in another reference system, name that as srs',
    )
    const { points } = readGcpFile(text, { image: IMAGE, crs: 'EPSG:3857' })
    expect(points[0]).toMatchObject({ x: 1065.314457831324, y: 371.98554216867473 })
    expect(points[0]!.lon).toBeCloseTo(151.198321923, 8)
    expect(points[0]!.lat).toBeCloseTo(-33.8835062953, 9)
  })

  it('is written for QGIS: degrees, y upwards, all enabled', () => {
    const text = qgis.write([{ x: 1, y: 0, lon: '4.50', lat: 51.9, name: 'mill' }], null)
    const [crs, header, row, end] = text.split('\n')
    expect(crs).toMatch(/^#CRS: GEOGCRS\["WGS 84",.*,ID\["EPSG",4326\]\]$/)
    expect([header, row, end]).toEqual([
      'mapX,mapY,sourceX,sourceY,enable,dX,dY,residual',
      '4.50,51.9,1,0,1,0,0,0',
      '',
    ])
  })
})

describe('ArcGIS', () => {
  it('reads tables and CSV, with y from the top edge where it is negative', () => {
    const point = { x: 1344, y: 4098, lon: 4.4, lat: 51.9 }
    expect(read('1344\t-4098\t4.4\t51.9').format).toBe('arcgis')
    for (const text of [
      '1344\t-4098\t4.4\t51.9\r\n',
      'link table\n1344 -4098 4.4 51.9\n',
      '1\t1344\t-4098\t4.4\t51.9\n',
      'id,x,y,X,Y\n1,1344,-4098,4.4,51.9\n',
      '1,1344,-4098,4.4,51.9\n',
    ])
      expect(positions(text), text).toEqual([point])
  })

  it('counts y from the bottom edge where most of it is positive, and wants the height then', () => {
    const text = 'link table\n0 6000 4 52\n10 10 4.1 51\n20 -1 4.2 51\n'
    expect(positions(text).map(({ y }) => y)).toEqual([0, 5990, 6001])
    expect(() => read(text, null)).toThrow(/y counts from the bottom edge/)
  })
})

describe('GDAL', () => {
  it('reads lines, with or without elevation', () => {
    expect(read('# mine\n1344 4098 4.4091165 51.9017125\n10.5   20 4.5 51.9 0\n')).toMatchObject({
      format: 'gdal',
      points: [
        { place: 'line 2', x: 1344, y: 4098, lon: 4.4091165, lat: 51.9017125 },
        { x: 10.5, y: 20, lon: 4.5, lat: 51.9 },
      ],
    })
  })

  it('reads the options of a command', () => {
    const text =
      'gdal_translate -of VRT -a_srs "EPSG:3857" \\\n -gcp 1 2 500000 6800000 -gcp 3 4 500000 6800000 12.5 \\\n in.jpg out.vrt\n'
    const { points } = read(text)
    expect(points.map(({ x, y, place }) => [x, y, place])).toEqual([
      [1, 2, 'line 2'],
      [3, 4, 'line 2'],
    ])
    expect(points[1]!.lon).toBeCloseTo(4.4915764206, 9)
    expect(() => read('gdal_translate -gcp 1 2 3 in.jpg out.vrt')).toThrow(
      'line 1: northing is not a number: "in.jpg"',
    )
  })

  it.skipIf(!hasGdal)('reads what its tools print and write, and they read what is written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gcps-'))
    try {
      const image = new URL('../../fixtures/haas-1798.jpg', import.meta.url).pathname
      const vrt = join(folder, 'points.vrt')
      const options = join(folder, 'options.txt')
      const lines = gdal.write(ROTTERDAM, null).trimEnd().split('\n')
      writeFileSync(options, lines.map((line) => `-gcp ${line}`).join('\n'))
      execFileSync('gdal_translate', [
        '-q',
        '-of',
        'VRT',
        '-a_srs',
        'EPSG:4326',
        '--optfile',
        options,
        image,
        vrt,
      ])
      const report = execFileSync('gdalinfo', [vrt], { encoding: 'utf8' })
      for (const text of [readFileSync(vrt, 'utf8'), report, readFileSync(options, 'utf8')]) {
        expect(read(text).format).toBe('gdal')
        expect(positions(text)).toEqual(ROTTERDAM)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const degrees = fc.double({ min: -90, max: 90, noNaN: true })
const row = fc.record<GcpRow>({
  x: fc.double({ min: 0, max: 5000, noNaN: true }),
  y: fc.double({ min: 0, max: 6000, noNaN: true }),
  lon: degrees,
  lat: degrees,
})

describe.each<GcpFormat>([csv, qgis, gdal, arcgis])('$name', (format) => {
  it('gives back the points it writes, found by their content', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (points) => {
        const text = format.write(points, null)
        const file = read(text)
        expect(file.format).toBe(format.name)
        expect(file.points.map(({ x, y, lon, lat }) => ({ x, y, lon, lat }))).toEqual(
          // The sign of a zero is lost.
          points.map(({ x, y, lon, lat }) => ({
            x: x + 0,
            y: y + 0,
            lon: Number(lon) + 0,
            lat: Number(lat) + 0,
          })),
        )
        expect(file.points.every(({ enabled }) => enabled)).toBe(true)
      }),
    )
  })
})

/** Text made of what the formats are made of, so that their readers go far into it. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'x,y,lon,lat',
          'mapX,mapY',
          '#CRS: ',
          'EPSG:',
          '4326',
          'GEOGCS["',
          '",AUTHORITY["EPSG","3857"]]',
          ' -gcp ',
          '-a_srs',
        ],
        ...[
          '<GCP ',
          'Pixel="1"',
          '/>',
          '<GCPList ',
          'GCP[ 0]: Id=, Info=',
          'GCP Projection = ',
          '(1,2) -> (3,4,0)',
          'link table',
        ],
        ...[
          '"',
          ',',
          ';',
          '\t',
          ' ',
          '\n',
          '\r',
          '\r\n',
          '-',
          '.',
          '1e9',
          '1e400',
          '-0',
          '12.5',
          '#',
          '{"type":"Annotation"',
          '}',
          '[',
          ']',
        ],
        ...[
          '"body":{"features":',
          '{"properties":{"resourceCoords":[1,2]}}',
          ':',
          'null',
          '"items"',
          '"target"',
        ],
      ),
      fc.string(),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

/** How many points a text has; none where it is refused. */
function pointsOrFaults(text: string, format: GcpFormatName | undefined): number {
  try {
    return readGcpFile(text, { format, image: IMAGE }).points.length
  } catch (error) {
    expect(error).toBeInstanceOf(GcpFileError)
    return 0
  }
}

describe('any text', () => {
  it('is read, or refused by the one error', () => {
    fc.assert(
      fc.property(
        fc.oneof(pieces, fc.string({ unit: 'binary' }), fc.json()),
        fc.constantFrom(undefined, ...GCP_FORMAT_NAMES),
        fc.constantFrom(null, IMAGE),
        fc.constantFrom(undefined, 'EPSG:3857', 'EPSG:28992', 'nonsense', ''),
        (text, format, image, crs) => {
          try {
            for (const { x, y, lon, lat } of readGcpFile(text, { format, image, crs }).points)
              expect([x, y, lon, lat].every(Number.isFinite)).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(GcpFileError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['digits', '1'.repeat(250_000)],
    ['blank lines', '\n'.repeat(250_000)],
    ['spaces', `${' '.repeat(250_000)}x`],
    ['open quotes', '"a,'.repeat(80_000)],
    ['open elements', '<GCP '.repeat(50_000)],
    ['letters in an element', `<GCP ${'a'.repeat(250_000)}>`],
    ['reports', 'GCP[0]: Id='.repeat(22_000)],
    ['brackets', '['.repeat(250_000)],
    ['a WKT of commas', `#CRS: A["${'",'.repeat(80_000)}\nmapX,mapY`],
    ['options', ' -gcp'.repeat(50_000)],
  ])(
    'of a quarter of a megabyte of %s has no points, and that is soon found',
    { timeout: 20_000 },
    (_, text) => {
      for (const format of [undefined, ...GCP_FORMAT_NAMES]) expect(pointsOrFaults(text, format)).toBe(0)
    },
  )
})
