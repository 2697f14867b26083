import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../../src/domain/errors.ts'
import { mapAttributes, newMapAttributes } from '../../../src/domain/map-attributes.ts'

function issuesOf(work: () => unknown): readonly { attribute: string; message: string }[] {
  try {
    work()
  } catch (error) {
    if (error instanceof ValidationError) return error.issues
    throw error
  }
  return []
}

const given = (attributes: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(mapAttributes(attributes)).filter(([, value]) => value !== undefined))

describe('map attributes', () => {
  it('reads all of them', () => {
    const attributes = newMapAttributes({
      title: 'Haas',
      description: '',
      tag_list: ' new york, foo,,foo ,bar',
      map_type: 'index',
      subject_area: 'a',
      unique_id: ' u-1 ',
      source_uri: 'http://h/a',
      call_number: 7,
      publisher: 'b',
      publication_place: 'c',
      authors: 'd',
      date_depicted: 1798,
      scale: '1:100',
      metadata_projection: 'e',
      metadata_lat: '52.5',
      metadata_lon: -4,
      issue_year: '1800',
      public: false,
      id: 9,
    })
    expect(attributes).toEqual({
      title: 'Haas',
      description: '',
      tags: ['new york', 'foo', 'bar'],
      mapType: 'index',
      subjectArea: 'a',
      uniqueId: 'u-1',
      sourceUri: 'http://h/a',
      callNumber: '7',
      publisher: 'b',
      publicationPlace: 'c',
      authors: 'd',
      dateDepicted: '1798',
      scale: '1:100',
      metadataProjection: 'e',
      metadataLat: '52.5',
      metadataLon: '-4',
      issueYear: '1800',
    })
  })

  it('leaves out what is not given, and what is no scalar', () => {
    expect(given({ description: 'a', authors: ['b'], scale: { c: 1 }, unknown: 1 })).toEqual({
      description: 'a',
    })
  })

  it('empties what is given as null or blank', () => {
    expect(
      given({ unique_id: '', issue_year: null, metadata_lat: ' ', date_depicted: '', tag_list: null }),
    ).toEqual({
      uniqueId: null,
      issueYear: null,
      metadataLat: null,
      dateDepicted: '',
      tags: [],
    })
  })

  it.each([{}, { title: '' }, { title: '  ' }, { title: null }, { title: ['a'] }])(
    'wants a title of a new map: %j',
    (attributes) => {
      expect(issuesOf(() => newMapAttributes(attributes))).toEqual([
        { attribute: 'title', message: "can't be blank" },
      ])
    },
  )

  it('lets a change be without a title, but not take it away', () => {
    expect(given({ scale: '1' })).toEqual({ scale: '1' })
    expect(issuesOf(() => mapAttributes({ title: '' }))).toEqual([
      { attribute: 'title', message: "can't be blank" },
    ])
  })

  it('names every fault', () => {
    const attributes = {
      title: 'a',
      issue_year: 'abcde',
      date_depicted: '12345',
      map_type: 'globe',
      metadata_lat: 'north',
      metadata_lon: '1e400',
    }
    expect(issuesOf(() => newMapAttributes(attributes))).toEqual([
      { attribute: 'date_depicted', message: 'is too long (maximum is 4 characters)' },
      { attribute: 'map_type', message: 'is not included in the list' },
      { attribute: 'issue_year', message: 'is not a number' },
      { attribute: 'issue_year', message: 'is too long (maximum is 4 characters)' },
      { attribute: 'metadata_lat', message: 'is not a number' },
      { attribute: 'metadata_lon', message: 'is not a number' },
    ])
  })

  it('refuses what the database or a page of maps could not hold, and takes what just fits', () => {
    const longest = { title: 500, description: 10_000, unique_id: 500, tag_list: 10_000, metadata_lat: 50 }
    const texts = (extra: number) =>
      Object.fromEntries(Object.entries(longest).map(([name, length]) => [name, '1'.repeat(length + extra)]))
    expect(issuesOf(() => newMapAttributes(texts(0)))).toEqual([])
    expect(issuesOf(() => newMapAttributes(texts(1)))).toEqual(
      Object.entries(longest).map(([attribute, length]) => ({
        attribute,
        message: `is too long (maximum is ${length} characters)`,
      })),
    )
  })

  it.each(['a\0b', 'a\ud800'])('refuses text that no database column can hold, once: %j', (bad) => {
    const attributes = { title: bad, unique_id: bad, issue_year: bad, tag_list: bad }
    expect(issuesOf(() => newMapAttributes(attributes))).toEqual(
      ['title', 'unique_id', 'tag_list', 'issue_year'].map((attribute) => ({
        attribute,
        message: 'contains characters that cannot be stored',
      })),
    )
  })
})
