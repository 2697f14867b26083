import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GeoJsonLayer } from '../../../src/domain/datasets/import/geojson-layer.ts'
import { newSurvey } from '../../../src/domain/datasets/import/layer-reader.ts'
import { FormatError } from '../../../src/formats/format-error.ts'
import { GeoJsonFeatures } from '../../../src/formats/geojson/features.ts'
import { flatGeometryOf } from '../../../src/formats/geojson/flat-geometry.ts'
import { memorySyncSource } from '../../../src/formats/sync-bytes.ts'

const source = (text: string) => memorySyncSource(new TextEncoder().encode(text))

function readAll(text: string) {
  const features = new GeoJsonFeatures(source(text))
  const read = []
  for (let next = features.next(); next; next = features.next()) read.push(next)
  return { read, crs: features.crs }
}

const inNumbers = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? Number(part) : part)))

const feature = fc.record({
  type: fc.constant('Feature' as const),
  properties: fc.dictionary(
    fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  geometry: fc.constant({ type: 'Point', coordinates: [1, 2] }),
})
const space = fc.constantFrom('', ' ', '\n', '\r\n\t')

describe('GeoJSON', () => {
  it('gives the features that a parser of the whole gives, whatever their texts and spaces', () => {
    fc.assert(
      fc.property(
        fc.array(feature, { maxLength: 8 }),
        space,
        fc.integer({ min: 0, max: 2 }),
        (features, gap, indent) => {
          const list = features.map((one) => JSON.stringify(one, null, indent)).join(`${gap},${gap}`)
          const text = `${gap}{"name":"a \\"]}","bbox":[1,[2]],${gap}"features"${gap}:${gap}[${gap}${list}${gap}]${gap},"x":{}}${gap}`
          const expected = (JSON.parse(text) as { features: typeof features }).features
          expect(readAll(text).read.map(({ properties }) => inNumbers(properties))).toEqual(
            expected.map(({ properties }) => properties),
          )
        },
      ),
      { numRuns: 100, endOnFailure: true },
    )
  })

  it('goes on from any position it told', () => {
    fc.assert(
      fc.property(fc.array(feature, { minLength: 1, maxLength: 6 }), fc.boolean(), (features, isSequence) => {
        const lines = features.map((one) => JSON.stringify(one))
        const text = isSequence ? `\x1e${lines.join('\n\x1e')}\n` : `{"features":[${lines.join(' , ')}]}`
        const first = new GeoJsonFeatures(source(text))
        for (let done = 1; first.next(); done++) {
          const second = new GeoJsonFeatures(source(text), first.position)
          let rest = 0
          while (second.next()) rest++
          expect(rest).toBe(features.length - done)
        }
      }),
      { numRuns: 50, endOnFailure: true },
    )
  })

  it('refuses every text that is cut off', () => {
    const text = JSON.stringify({
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', properties: { a: 'x"' }, geometry: null },
        { type: 'Feature', properties: {}, geometry: null },
      ],
      crs: { properties: { name: 'EPSG:2056' } },
    })
    expect(readAll(text)).toMatchObject({ read: [{}, {}], crs: { properties: { name: 'EPSG:2056' } } })
    for (let length = 0; length < text.length; length++)
      expect(() => readAll(text.slice(0, length)), text.slice(0, length)).toThrow(FormatError)
  })

  it('never throws anything but what is wrong with the text', () => {
    const soup = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '"features"',
        '"type"',
        '"Feature"',
        '1',
        'null',
        ' ',
        'é',
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(soup, (parts) => {
        try {
          readAll(`{${parts.join('')}`)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
      { numRuns: 500, endOnFailure: true },
    )
  })

  it('reads one geometry, one feature, and refuses what only looks like it', () => {
    expect(readAll('{"type":"Point","coordinates":[1,2]}').read).toHaveLength(1)
    expect(readAll('\ufeff{"type":"Feature","properties":null,"geometry":null}').read).toHaveLength(1)
    for (const text of [
      '[]',
      '{"type":"Topology"}',
      '{"geometryType":"esriGeometryPoint","features":[]}',
      '{"a":1}',
      '',
    ])
      expect(() => readAll(text), text).toThrow(FormatError)
    expect(() => readAll(`{"a":${'['.repeat(1600)}${']'.repeat(1600)}}`)).toThrow(/128/)
  })

  it('keeps integers that no number holds', () => {
    const [one] = readAll(
      '{"features":[{"type":"Feature","properties":{"n":9007199254740993},"geometry":null}]}',
    ).read
    expect(one!.properties.n).toBe(9007199254740993n)
  })

  it('has heights where the first position has', () => {
    expect(
      flatGeometryOf({
        type: 'LineString',
        coordinates: [
          [1, 2, 3, 4],
          [5, 6],
        ],
      }),
    ).toEqual({
      ...{ type: 2, xy: [1, 2, 5, 6], z: [3, 0] },
    })
    expect(
      flatGeometryOf({
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 0],
          ],
          [
            [2, 2],
            [3, 3],
            [2, 2],
          ],
        ],
      }),
    ).toMatchObject({
      ends: [4, 7],
    })
    for (const type of ['constructor', '__proto__', 'Circle', 3])
      expect(() => flatGeometryOf({ type, coordinates: [] })).toThrow(FormatError)
  })

  it('names the position that is none', () => {
    const ring = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ]
    expect(() => flatGeometryOf({ type: 'Point', coordinates: ['a', 2] })).toThrow(
      'position 0 has a coordinate',
    )
    expect(() => flatGeometryOf({ type: 'Polygon', coordinates: [ring, [[0, 0], [1]]] })).toThrow(
      'position 5 has',
    )
    expect(() => flatGeometryOf({ type: 'MultiPolygon', coordinates: [[ring], [[[0, null]]]] })).toThrow(
      'position 4 has a coordinate',
    )
  })

  it('takes no property from what all objects have', () => {
    const layer = new GeoJsonLayer(
      source(
        '{"features":[{"type":"Feature","properties":{"constructor":"x"},"geometry":null},{"type":"Feature","properties":{},"geometry":null}]}',
      ),
    )
    const survey = newSurvey(layer.firstAt)
    while (survey.position !== null) layer.survey(survey, 1)
    const rows = layer.rows(layer.fields(survey), layer.firstAt)
    expect([rows.next()?.values, rows.next()?.values, rows.next()]).toEqual([['x'], [null], null])
  })
})
