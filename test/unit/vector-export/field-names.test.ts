import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXPORT_FORMATS, rulesOf } from '../../../src/formats/export/export-format.ts'
import { cutText, fieldNames, utf8Bytes } from '../../../src/formats/export/field-names.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text).length

describe('names of fields', () => {
  it('stay as they are where they can, and come near where they cannot', () => {
    const columns = ['population_total', 'population_2020', 'population', 'Name', 'name', 'Höhenlinien']
    expect(fieldNames('shp', columns)).toEqual([
      ...['populati_2', 'populati_3', 'population', 'Name', 'name_2', 'Höhenlini'],
    ])
    expect(fieldNames('mif', ['Straße 1', 'a-b', 'é', '日'])).toEqual(['Strasse_1', 'a_b', 'e', '_'])
    expect(fieldNames('gml', ['1st', 'a:b c', 'größe'])).toEqual(['_1st', 'a_b_c', 'größe'])
    expect(fieldNames('gpkg', ['fid', 'GEOM', 'a', 'A', 'b'])).toEqual(['fid_2', 'GEOM_2', 'a', 'A_2', 'b'])
    expect(fieldNames('fgb', ['a', 'A', 'fid'])).toEqual(['a', 'A', 'fid'])
  })

  it('are short enough, and each there once', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', 'A', 'b', '_', 'ß', 'é', '日', '𝄞', ' ', ':'),
      fc.string({ maxLength: 2 }),
    )
    const name = fc.string({ unit, maxLength: 30 })
    fc.assert(
      fc.property(
        fc.constantFrom(...EXPORT_FORMATS),
        fc.uniqueArray(name, { maxLength: 40 }),
        (format, columns) => {
          const { nameMaxBytes = Number.POSITIVE_INFINITY, ignoresCase, hasPlainNames } = rulesOf(format)
          const names = fieldNames(format, columns)
          expect(names.length).toBe(columns.length)
          expect(new Set(names.map((field) => (ignoresCase ? field.toLowerCase() : field))).size).toBe(
            names.length,
          )
          for (const field of names) {
            expect(bytesOf(field)).toBeLessThanOrEqual(nameMaxBytes)
            expect(field).not.toBe('')
            if (hasPlainNames) expect(field).toMatch(/^\w+$/)
          }
        },
      ),
      { numRuns: 300, endOnFailure: true },
    )
  })

  it('are cut between characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(50), (text, maxBytes) => {
        const cut = cutText(text, maxBytes)
        expect(text.startsWith(cut)).toBe(true)
        expect(cut.isWellFormed()).toBe(true)
        expect(bytesOf(cut)).toBeLessThanOrEqual(maxBytes)
        expect(utf8Bytes(text)).toBe(bytesOf(text))
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0x20)
        if (cut !== text) expect(bytesOf(cut + next)).toBeGreaterThan(maxBytes)
      }),
      { numRuns: 300 },
    )
  })
})
