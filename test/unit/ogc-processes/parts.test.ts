import { z } from '@hono/zod-openapi'
import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../../src/domain/errors.ts'
import { attachment } from '../../../src/http/attachment.ts'
import { InvalidBodyError, InvalidParameterError } from '../../../src/standards/ogc/errors.ts'
import { echo } from '../../../src/standards/ogc/processes/echo.ts'
import { importProcess } from '../../../src/standards/ogc/processes/import.ts'
import { parseAnswer, parseInputs, unwrapped } from '../../../src/standards/ogc/processes/inputs.ts'
import { jobListing } from '../../../src/standards/ogc/processes/job-list-query.ts'
import { executionPreference, SYNC_WAIT_MAX_MS } from '../../../src/standards/ogc/processes/preference.ts'
import { parsePresentation } from '../../../src/standards/ogc/processes/presentation.ts'

const issuesOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof ValidationError) return error.issues
    throw error
  }
  return []
}

describe('inputs', () => {
  it('are taken out of their wrapping, in lists too, but no deeper', () => {
    expect(unwrapped({ value: 5, mediaType: 'text/plain' })).toBe(5)
    expect(unwrapped([{ value: 1 }, 2, { value: { value: 3 } }])).toEqual([1, 2, { value: 3 }])
    for (const plain of [null, 'a', { href: 'https://example.org' }, { bbox: [1, 2, 3, 4] }])
      expect(unwrapped(plain)).toBe(plain)
  })

  it('that are wrong are all named at once', () => {
    const given = { text: 1, pause: 0.5, nope: 1, 'no\nmore': 2 }
    expect(issuesOf(() => parseInputs(echo, given)).map(({ attribute }) => attribute)).toEqual([
      ...['text', 'pause', 'nope', 'no\\nmore'],
    ])
    expect(issuesOf(() => parseInputs(importProcess, { crs: 'WGS84' }))).toEqual([
      { attribute: 'crs', message: 'is not valid: it is not of the form EPSG:25832' },
    ])
  })

  it('have no more faults told than a person reads', () => {
    const given = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`n${i}`, i]))
    expect(issuesOf(() => parseInputs(echo, given))).toHaveLength(20)
  })

  it('are never answered with anything but what is wrong with them', () => {
    assert(
      property(string({ unit: 'binary' }), constantFrom('text', 'crs', 'file', '__proto__'), (text, name) => {
        for (const value of [text, { value: text }, { [text]: text }, [text], null])
          for (const definition of [echo, importProcess])
            try {
              parseInputs(definition, { [name]: value })
            } catch (error) {
              expect(error instanceof ValidationError || error instanceof InvalidBodyError).toBe(true)
            }
      }),
      { numRuns: 50, endOnFailure: true },
    )
  })

  it('that are asked for are checked as those that are given', () => {
    expect(parseAnswer(importProcess, 'crs', { crs: { value: 'EPSG:25832' }, more: 1 })).toEqual({
      crs: 'EPSG:25832',
    })
    expect(parseAnswer(importProcess, 'layers', { layers: 'one' })).toEqual({ layers: ['one'] })
    for (const answer of [{}, { crs: null }, { crs: 4326 }, { crs: 'EPSG:x' }])
      expect(issuesOf(() => parseAnswer(importProcess, 'crs', answer))[0]?.attribute).toBe('crs')
  })

  it('have defaults', () => {
    expect(parseInputs(importProcess, {})).toEqual({ visibility: 'public', interactive: false })
    expect(z.array(z.string()).parse(Object.keys(importProcess.inputs.shape))).toContain('encoding')
  })
})

describe('a preference', () => {
  it.each([
    [undefined, false, SYNC_WAIT_MAX_MS],
    ['', false, SYNC_WAIT_MAX_MS],
    ['respond-async', true, 0],
    ['Respond-Async ; a=b', true, 0],
    ['handling=lenient, respond-async, wait=10', true, 10_000],
    ['wait="5"', false, 5_000],
    ['wait=99999999', false, SYNC_WAIT_MAX_MS],
    ['wait=soon', false, SYNC_WAIT_MAX_MS],
    ['wait=0', false, 0],
  ])('%s', (header, isAsync, waitMs) => {
    expect(executionPreference(header)).toEqual({ isAsync, waitMs })
  })
})

describe('a presentation', () => {
  it('is one document of everything unless something else is asked for', () => {
    expect(parsePresentation(echo, undefined, undefined)).toEqual({ response: 'document', outputs: {} })
    const outputs = { text: { transmissionMode: 'reference' }, list: { format: { mediaType: 'text/plain' } } }
    expect(parsePresentation(echo, 'raw', outputs)).toEqual({
      ...{ response: 'raw', outputs: { text: 'reference', list: null } },
    })
    for (const [response, wanted] of [
      ['xml', undefined],
      [undefined, { none: {} }],
      [undefined, { toString: {} }],
      [undefined, { text: { transmissionMode: 'ref' } }],
      [undefined, []],
    ])
      expect(() => parsePresentation(echo, response, wanted)).toThrow(InvalidBodyError)
  })
})

describe('a list of jobs', () => {
  const listing = (query: string) => jobListing(new URLSearchParams(query))

  it('is asked for in the words of the standard', () => {
    expect(listing('')).toEqual({ limit: 100, offset: 0 })
    expect(listing('status=running,failed&processID=a,b&limit=5000&offset=3')).toEqual({
      ...{ limit: 1000, offset: 3, processes: ['a', 'b'], statuses: ['running', 'waiting', 'failed'] },
    })
    expect(listing('type=other')).toBeNull()
    expect(listing('type=process,other&minDuration=0&maxDuration=99999999999999')).toMatchObject({
      ...{ minSeconds: 0, maxSeconds: 2 ** 31 - 1 },
    })
    expect(listing('datetime=2024-05-31')?.created).toEqual({
      ...{ from: '2024-05-31T00:00:00Z', to: '2024-05-31T23:59:59.999Z' },
    })
    expect(listing('datetime=../2024-05-31T12:00:00Z')?.created).toEqual({
      ...{ from: null, to: '2024-05-31T12:00:00Z' },
    })
    for (const query of ['status=waiting', 'minDuration=x', 'datetime=2024-13-01', 'limit=0'])
      expect(() => listing(query), query).toThrow(InvalidParameterError)
  })
})

describe('the name of a file in a header', () => {
  it('is told in ASCII, and in full beside that where it is more', () => {
    expect(attachment('places.gpkg')).toBe('attachment; filename="places.gpkg"')
    expect(attachment('Städte "1".zip')).toBe(
      `attachment; filename="St_dte _1_.zip"; filename*=UTF-8''St%C3%A4dte%20%221%22.zip`,
    )
    assert(
      property(string({ unit: 'grapheme' }), (name) => {
        expect(() => new Headers({ 'content-disposition': attachment(name) })).not.toThrow()
      }),
    )
  })
})
