import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageToken, readPageToken } from '../../../src/domain/datasets/page-token.ts'
import { ValidationError } from '../../../src/domain/errors.ts'

const term = (name: string, descending: boolean) => ({
  column: { name, columnName: name, type: 'text' as const, title: null, description: null },
  descending,
})

describe('a page token', () => {
  it('is read as it was written', () => {
    const storable = fc
      .string({ unit: 'binary' })
      .filter((text) => !text.includes('\0') && text.isWellFormed())
    const ends = fc.tuple(fc.nat(), fc.option(storable), fc.option(storable))
    fc.assert(
      fc.property(ends, ([fid, ...keys]) => {
        const sortBy = [term('a', false), term('b', true)]
        const token = pageToken(sortBy, { fid: String(fid), keys })
        expect(token).toMatch(/^[\w-]+$/)
        expect(readPageToken(sortBy, token)).toEqual({ fid: String(fid), keys })
        expect(() => readPageToken([term('a', true), term('b', true)], token)).toThrow(ValidationError)
        expect(() => readPageToken([], token)).toThrow(ValidationError)
      }),
    )
  })

  it('is refused where it is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => btoa(unescape(encodeURIComponent(text)))),
        ),
        (text) => {
          expect(() => readPageToken([term('a', false)], text)).toThrow(ValidationError)
        },
      ),
    )
  })
})
