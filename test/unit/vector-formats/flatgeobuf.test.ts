import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlatGeobufCursor, readFlatGeobufHeader } from '../../../src/formats/flatgeobuf/reader.ts'
import { FormatError } from '../../../src/formats/format-error.ts'
import { memorySyncSource } from '../../../src/formats/sync-bytes.ts'

const places = new Uint8Array(readFileSync(new URL('../../fixtures/vector/places.fgb', import.meta.url)))

function readAll(bytes: Uint8Array) {
  const source = memorySyncSource(bytes)
  const header = readFlatGeobufHeader(source)
  const cursor = new FlatGeobufCursor(source, header)
  const rows = []
  for (let row = cursor.next(); row; row = cursor.next()) rows.push(row)
  return { header, rows }
}

describe('FlatGeobuf', () => {
  it('is read as GDAL wrote it, index and all', () => {
    const { header, rows } = readAll(places)
    expect(header).toMatchObject({ geometryType: 1, hasZ: false, crs: { org: 'EPSG', code: 4326 } })
    expect(Object.fromEntries(header.fields.map(({ name, type }) => [name, type]))).toEqual({
      ...{
        id: 'integer',
        name: 'text',
        big: 'bigint',
        ratio: 'double',
        day: 'timestamp',
        moment: 'timestamp',
      },
      ...{ flag: 'boolean', note: 'text' },
    })
    expect(rows).toContainEqual({
      geometry: { type: 1, xy: Float64Array.of(8.54, 47.37) },
      values: [
        1,
        'Zürich',
        9007199254740993n,
        0.1,
        '2024-02-29T00:00:00',
        '2024-02-29T12:34:56Z',
        true,
        'a, "quoted" one',
      ],
    })
  })

  it('goes on from any position it told', () => {
    const source = memorySyncSource(places)
    const header = readFlatGeobufHeader(source)
    const { rows } = readAll(places)
    const first = new FlatGeobufCursor(source, header)
    for (let done = 1; first.next(); done++)
      expect(new FlatGeobufCursor(source, header, first.position).next()).toEqual(rows[done] ?? null)
  })

  it('is refused where it is damaged, and never breaks anything', () => {
    const change = fc.record({ at: fc.nat(places.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(places.length),
        (changes, length) => {
          const bytes = places.slice(0, length % 3 === 0 ? length : undefined)
          for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
          try {
            readAll(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
          }
        },
      ),
      { numRuns: 2000, endOnFailure: true },
    )
  })
})
