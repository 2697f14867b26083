import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changedImportAttributes,
  importAttributesOf,
  newImportOf,
} from '../../../src/dialects/mapwarper/import-attributes.ts'
import { ValidationError } from '../../../src/domain/errors.ts'
import { rowAttributes } from '../../../src/domain/imports/row-attributes.ts'
import type { StagedImport } from '../../../src/domain/imports/stage-import.ts'

const TABLE = 'title,filename\na,b.png'
const staged = (attributes: unknown, more: Partial<StagedImport> = {}): StagedImport => ({
  ...{ uuid: 'u', table: null, pictures: [] },
  document: { data: { type: 'imports', attributes } },
  ...more,
})
const issuesOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof ValidationError)
      return error.issues.map(({ attribute, message }) => `${attribute} ${message}`)
    throw error
  }
  return []
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('a new import', () => {
  it.each([
    ['plain text', TABLE],
    ['a data URI', `data:text/csv,${encodeURIComponent(TABLE)}`],
    ['a base64 data URI', `data:text/csv;charset=utf-8;base64,${btoa(TABLE)}`],
  ])('takes its table as %s', (_, metadata) => {
    const { attributes, table } = newImportOf(staged({ name: 'Tartu', metadata, layer_ids: '3, 1,3' }))
    expect(attributes).toEqual({ name: 'Tartu', layerIds: [3, 1] })
    expect(text(table)).toBe(TABLE)
  })

  it('is a form of nothing but files, whose name is missing', () => {
    const document = { data: { type: 'import' } }
    const table = new TextEncoder().encode(TABLE)
    expect(issuesOf(() => newImportOf(staged({}, { document, table })))).toEqual(["name can't be blank"])
  })

  it('names everything that is wrong with it', () => {
    expect(issuesOf(() => newImportOf(staged({ name: ' ', layer_ids: '1,x', images: 'a.png' })))).toEqual([
      "name can't be blank",
      'layer_ids is not a list of ids',
      'metadata file is not uploaded',
      'images must be sent as files',
    ])
    expect(issuesOf(() => newImportOf(staged({ name: 'a', metadata: 'data:text/csv;base64,@' })))).toEqual([
      'metadata is not a valid data URI',
    ])
  })

  it('is refused, not failed at, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('name', 'layer_ids', 'metadata', 'images'), fc.anything()),
        (given) => {
          if (Object.keys(given).length === 0) return
          issuesOf(() => newImportOf(staged(given)))
          issuesOf(() => changedImportAttributes(given))
        },
      ),
    )
  })
})

describe('a changed import', () => {
  it('keeps what is not given', () => {
    expect(changedImportAttributes({ files: 1 })).toEqual({})
    expect(changedImportAttributes({ name: 'b' })).toEqual({ name: 'b' })
    expect(changedImportAttributes({ layer_ids: null })).toEqual({ layerIds: [] })
    expect(changedImportAttributes({ layer_ids: [1, '2', ''] })).toEqual({ layerIds: [1, 2] })
    expect(issuesOf(() => changedImportAttributes({ name: null, layer_ids: [0] }))).toHaveLength(2)
  })

  it.each(['imports', 'import', 'gcps'])('may call itself %s', (type) => {
    expect(importAttributesOf({ data: { type, attributes: { name: 'a' } } }, 'gcps')).toEqual({ name: 'a' })
  })

  it('may not call itself otherwise', () => {
    const body = { data: { type: 'gcps', attributes: { name: 'a' } } }
    expect(() => importAttributesOf(body)).toThrow("params type should be 'imports'")
  })
})

describe('a row of a table', () => {
  it('gives its map every attribute', () => {
    const attributes = rowAttributes({
      ...{ uuid: 'u-1', title: 'Tartu', description: 'A plan', date_depicted: '1932', filename: 'a.png' },
      ...{ published_date: '1 May 1933', reprint_date: '1950', source_uri: 'urn:x', tags: 'old,maps' },
      ...{ subject_area: 's', publisher: 'p', authors: 'a', scale: '1:1000', publication_place: 'pp' },
      ...{ metadata_projection: 'EPSG:3301', lat: '58.3', lon: '26.7', call_number: 'c', map_type: 'index' },
    })
    expect(attributes).toEqual({
      ...{ uniqueId: 'u-1', title: 'Tartu', dateDepicted: '1932', issueYear: '1933', tags: ['old', 'maps'] },
      description: 'A plan\nPublished: 1 May 1933\nReprinted: 1950',
      ...{ sourceUri: 'urn:x', subjectArea: 's', publisher: 'p', authors: 'a', scale: '1:1000' },
      ...{
        publicationPlace: 'pp',
        metadataProjection: 'EPSG:3301',
        metadataLat: '58.3',
        metadataLon: '26.7',
      },
      ...{ callNumber: 'c', mapType: 'index' },
    })
  })

  it('may have an issue year of its own, without a date of publication', () => {
    expect(rowAttributes({ title: 'a', issue_year: '1798' }).issueYear).toBe('1798')
    expect(rowAttributes({ title: 'a', issue_year: '1798', published_date: '1801' }).issueYear).toBe('1798')
  })

  it('is blamed by the names of its columns', () => {
    expect(issuesOf(() => rowAttributes({ title: 'a', lat: 'north', issue_year: '17980' }))).toEqual([
      'issue_year is too long (maximum is 4 characters)',
      'lat is not a number',
    ])
  })
})
