import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError } from '../../../src/formats/format-error.ts'
import { readImportTable } from '../../../src/formats/import-table.ts'
import { utf8 } from '../intake/chunks.ts'

const read = (text: string, maxRows = 100) => readImportTable(utf8(text), maxRows)

describe('a table', () => {
  test('has its rows by the lines they begin in', () => {
    const text = [
      '\uFEFFuuid, File Name ,TITLE,tag_list,tag-list\r',
      '\r',
      '1,a.png,"old\'s ""Map""","old,maps",ignored\r',
      '2,,"two',
      'lines\r',
      'or three",,second',
      '  ,,"",\r',
      '3,b.png',
      '4,a,b,c,d,surplus',
      '5,a,b,c,d,,\r',
    ].join('\n')
    expect(read(text)).toEqual([
      {
        line: 3,
        cells: { uuid: '1', file_name: 'a.png', title: 'old\'s "Map"', tag_list: 'old,maps' },
        fault: null,
      },
      { line: 4, cells: { uuid: '2', title: 'two\nlines\nor three', tag_list: 'second' }, fault: null },
      { line: 8, cells: { uuid: '3', file_name: 'b.png' }, fault: null },
      { line: 9, cells: {}, fault: expect.stringContaining('6 cells where the header has 5') },
      { line: 10, cells: { uuid: '5', file_name: 'a', title: 'b', tag_list: 'c' }, fault: null },
    ])
  })

  test.each(['\n', '\r\n', '\r'])('may end its lines by %j', (end) => {
    const text = ['title,filename', 'a,1', '', '"b', 'c",2', 'd'].join(end)
    expect(read(text).map(({ line, cells }) => [line, cells.title])).toEqual([
      [2, 'a'],
      [4, 'b\nc'],
      [6, 'd'],
    ])
  })

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'it has no header'],
    ['blank lines', '\n\r\n', 'it has no header'],
    ['a header of blanks', ' ,,\na,b', 'its header names no column'],
    ['a header alone', 'title,filename\n\n , \n', 'it has no rows'],
    ['an open quote', 'title\n"a\nb', 'a quote opened behind line 1 is not closed'],
    ['too many rows', 'title\na\nb\nc', 'more than 2 rows'],
    ['another encoding', Uint8Array.of(0x74, 0x0a, 0xfc), 'it is not UTF-8'],
  ])('is none of %s', (_, given, reason) => {
    const error = (() => {
      try {
        return readImportTable(typeof given === 'string' ? utf8(given) : given, 2)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'bad-csv', message: expect.stringContaining(reason) })
  })

  test('says of any cells what they were', () => {
    const cell = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed())
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const text = `title,filename\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}`
        const plain = (value: string) => value.replace(/\r\n?/g, '\n').trim()
        const filled = rows.filter((row) => row.some((value) => plain(value) !== ''))
        if (filled.length === 0) return
        expect(read(text).map(({ cells }) => [cells.title ?? '', cells.filename ?? ''])).toEqual(
          filled.map((row) => row.map(plain)),
        )
      }),
      { numRuns: 50 },
    )
  })

  test('of any bytes is read, or refused with a reason', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .array(fc.constantFrom('a', '"', ',', '\n', '\r', ' '), { maxLength: 60 })
            .map((c) => utf8(c.join(''))),
        ),
        (bytes) => {
          try {
            for (const { line } of readImportTable(bytes, 50)) expect(line).toBeGreaterThan(1)
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
