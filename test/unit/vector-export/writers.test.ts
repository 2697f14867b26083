import fc from 'fast-check'
import { deserialize } from 'flatgeobuf/lib/mjs/geojson.js'
import { describe, expect, it, vi } from 'vitest'
import { CsvWriter } from '../../../src/formats/export/csv-writer.ts'
import type { ExportColumn } from '../../../src/formats/export/export-format.ts'
import { FeatureStage, nothingStaged } from '../../../src/formats/export/feature-stage.ts'
import { flatGeobufFile } from '../../../src/formats/export/flatgeobuf-file.ts'
import { GeoJsonWriter } from '../../../src/formats/export/geojson-writer.ts'
import { withUtf8Charset } from '../../../src/formats/export/mif-head.ts'
import { withAxes } from '../../../src/formats/export/system-text.ts'
import { wktText } from '../../../src/formats/export/wkt-text.ts'
import { memorySource } from '../../../src/formats/probe/byte-source.ts'
import { memorySyncSource } from '../../../src/formats/sync-bytes.ts'
import { listZip, unzip } from '../../../src/formats/zip-archive.ts'
import { zipArchive } from '../../../src/formats/zip-writer.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../../src/geo/flat-geometry.ts'

const { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection } =
  GEOMETRY_CODES
const point = (x: number, y: number): FlatGeometry => ({ type: Point, xy: [x, y] })
/** Clockwise, with a hole that runs clockwise, too. */
const holed: FlatGeometry = {
  type: Polygon,
  xy: [0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 1],
  ends: [5, 9],
}
const geometries: FlatGeometry[] = [
  point(1, 2),
  { type: LineString, xy: [0, 1, 2, 3], z: [4, 5] },
  holed,
  { type: MultiPoint, xy: [0, 1, 2, 3] },
  { type: MultiLineString, xy: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], ends: [2, 5] },
  { type: MultiPolygon, xy: [], parts: [holed, { ...holed, xy: holed.xy }] },
  { type: GeometryCollection, xy: [], parts: [point(3, 4), { type: LineString, xy: [0, 0, 1, 1] }] },
]

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function collected(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk))
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

const LONLAT = 'GEOGCS["WGS 84",UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'

async function flatGeobuf(
  columns: ExportColumn[],
  rows: { geometry: FlatGeometry | null; values?: (number | string)[] }[],
) {
  const staged = nothingStaged(columns)
  const stage = new FeatureStage('fgb', columns, true, staged)
  const pieces: Uint8Array[] = []
  rows.forEach(({ geometry, values = [] }, i) => {
    stage.add(i + 1, geometry, values, (_, feature) => pieces.push(feature.slice()))
  })
  const features = memorySyncSource(await collected(pieces))
  const conversion = {
    ...{
      format: 'fgb' as const,
      name: 'things',
      columns,
      staged,
      geometryType: null,
      hasZ: false,
      hasM: false,
    },
    ...{ wkt: LONLAT, code: 4326, features: () => features },
  }
  return collected(flatGeobufFile(conversion, features))
}

describe('FlatGeobuf', () => {
  it('is read back by the format’s own library, types and all', async () => {
    const columns: ExportColumn[] = [
      { name: 'n', type: 'integer' },
      { name: 'Straße', type: 'text' },
      { name: 'more', type: 'json' },
    ]
    const bytes = await flatGeobuf(
      columns,
      geometries.slice(0, 6).map((geometry, i) => ({ geometry, values: [i, `日本 ${i}`, `{"i":${i}}`] })),
    )
    const read = await all(deserialize(bytes))
    const sorted = read.sort((a, b) => Number(a.properties!.n) - Number(b.properties!.n))
    expect(sorted.map(({ properties }) => properties)).toEqual(
      sorted.map((_, i) => ({ n: i, Straße: `日本 ${i}`, more: { i } })),
    )
    expect(sorted.map(({ geometry }) => geometry.type)).toEqual([
      'Point',
      'LineString',
      'Polygon',
      'MultiPoint',
      'MultiLineString',
      'MultiPolygon',
    ])
    expect(sorted[4]!.geometry).toMatchObject({
      coordinates: [
        [
          [0, 0],
          [1, 1],
        ],
        [
          [2, 2],
          [3, 3],
          [4, 4],
        ],
      ],
    })
  })

  it('finds by its index what a search of all finds', async () => {
    vi.spyOn(console, 'debug').mockReturnValue()
    const place = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { minLength: 1, maxLength: 600 }),
        place,
        fc.nat(60),
        async (places, [x, y], side) => {
          const bytes = await flatGeobuf(
            [{ name: 'n', type: 'integer' }],
            places.map(([lon, lat], i) => ({ geometry: point(lon, lat), values: [i] })),
          )
          const rect = { minX: x, minY: y, maxX: x + side, maxY: y + side }
          const found = await all(deserialize(bytes, { rect }))
          const expected = places.flatMap(([lon, lat], i) =>
            lon >= x && lon <= x + side && lat >= y && lat <= y + side ? [i] : [],
          )
          expect(found.map(({ properties }) => properties!.n).sort((a, b) => Number(a) - Number(b))).toEqual(
            expected,
          )
        },
      ),
      { numRuns: 30, endOnFailure: true },
    )
  })

  it('without a geometry for each feature has no index, and all features', async () => {
    const bytes = await flatGeobuf(
      [{ name: 'n', type: 'integer' }],
      [
        { geometry: null, values: [1] },
        { geometry: point(1, 1), values: [2] },
      ],
    )
    // The library reads no features without geometry; the header tells how many there are.
    expect(new TextDecoder('latin1').decode(bytes.subarray(0, 3))).toBe('fgb')
    expect(bytes.length).toBeLessThan(600)
  })
})

describe('texts of geometries', () => {
  it('well-known text', () => {
    expect(geometries.map(wktText)).toEqual([
      'POINT (1 2)',
      'LINESTRING Z (0 1 4,2 3 5)',
      'POLYGON ((0 0,0 9,9 9,9 0,0 0),(1 1,1 2,2 2,1 1))',
      'MULTIPOINT ((0 1),(2 3))',
      'MULTILINESTRING ((0 0,1 1),(2 2,3 3,4 4))',
      'MULTIPOLYGON (((0 0,0 9,9 9,9 0,0 0),(1 1,1 2,2 2,1 1)),((0 0,0 9,9 9,9 0,0 0),(1 1,1 2,2 2,1 1)))',
      'GEOMETRYCOLLECTION (POINT (3 4),LINESTRING (0 0,1 1))',
    ])
    expect(wktText({ type: Point, xy: [] })).toBe('POINT EMPTY')
    expect(wktText({ type: Point, xy: [1, 2], z: [3], m: [4] })).toBe('POINT ZM (1 2 3 4)')
  })

  it('GeoJSON, with rings as the standard wants them', () => {
    const writer = new GeoJsonWriter([], true)
    const texts = geometries.map((geometry, i) => writer.feature(i, geometry, []))
    const { features } = JSON.parse(`${writer.head('x', 4326)}${texts.join('')}${writer.tail()}`)
    expect(features[1].geometry.coordinates).toEqual([
      [0, 1, 4],
      [2, 3, 5],
    ])
    expect(features[2].geometry.coordinates).toEqual([
      [
        [0, 0],
        [9, 0],
        [9, 9],
        [0, 9],
        [0, 0],
      ],
      [
        [1, 1],
        [1, 2],
        [2, 2],
        [1, 1],
      ],
    ])
    expect(features[5].geometry.coordinates.length).toBe(2)
    expect(features[6].geometry.geometries.map(({ type }: { type: string }) => type)).toEqual([
      'Point',
      'LineString',
    ])
  })

  it('JSON of values that have none is null', () => {
    const columns: ExportColumn[] = [
      { name: '"\n', type: 'double' },
      { name: 'b', type: 'bigint' },
    ]
    const text = new GeoJsonWriter(columns, true).feature(1, null, [Number.NaN, '-9223372036854775808'])
    expect(text).toContain('{"\\"\\n":null,"b":-9223372036854775808}')
  })

  it('CSV quotes what it must, and calls the coordinates what nothing else is called', () => {
    const columns: ExportColumn[] = ['x', 'a"b'].map((name) => ({ name, type: 'text' }))
    const writer = new CsvWriter(columns, { isPoint: true, hasZ: false, hasM: false })
    expect(writer.head()).toBe('x,"a""b",x_2,y\r\n')
    expect(writer.feature(point(1.5, -2), ['', 'line\nbreak'])).toBe('"","line\nbreak",1.5,-2\r\n')
    expect(writer.feature(null, [null, ' padded'])).toBe('," padded",,\r\n')
    expect(new CsvWriter([], { isPoint: false, hasZ: false, hasM: false }).feature(holed, [])).toMatch(
      /^"POLYGON /,
    )
  })
})

it('gives a system its axes', () => {
  expect(withAxes(LONLAT, true)).toContain(
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
  )
  expect(withAxes(LONLAT, false)).toContain('AXIS["Longitude",EAST],AXIS["Latitude",NORTH],AUTHORITY')
  expect(withAxes('PROJCS["x",UNIT["metre",1]]', false)).toBe(
    'PROJCS["x",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]',
  )
  const told = 'PROJCS["x",AXIS["X",EAST],AXIS["Y",NORTH]]'
  expect(withAxes(told, true)).toBe(told)
})

it('tells MIF of its charset', async () => {
  const given = new TextEncoder().encode('Version 300\nCharset "Neutral"\nDelimiter ","\nStraße')
  const made = new TextDecoder().decode(
    await collected(withUtf8Charset([given, new TextEncoder().encode('→')])),
  )
  expect(made).toBe('Version 1520\nCharset "UTF-8"\nDelimiter ","\nStraße→')
})

describe('zip archives', () => {
  it('have what was put in', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', 'ü', '日', '.', '_'),
      minLength: 1,
      maxLength: 12,
    })
    const member = fc.record({
      name: name.map((text) => `m${text}`),
      chunks: fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(member, { maxLength: 5, selector: ({ name }) => name }),
        async (members) => {
          const source = memorySource(await collected(zipArchive(members)))
          const entries = await listZip(source, { maxEntries: 10, maxEntryBytes: 1e6, maxTotalBytes: 1e6 })
          expect(entries.map(({ path }) => path)).toEqual(members.map(({ name }) => name))
          for (const [i, entry] of entries.entries())
            expect(await collected(unzip(source, entry))).toEqual(await collected(members[i]!.chunks))
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
  })
})
