import { describe, expect, test } from 'vitest'
import {
  GEOJSON_FORM,
  HTML_FORM,
  JSON_FORM,
  JSON_OR_HTML,
  type Representation,
  representationOf,
} from '../../../src/standards/ogc/negotiation.ts'

const chosen = (accept: string | null, offered: readonly Representation[] = JSON_OR_HTML, query = '') =>
  representationOf(
    new Request(`http://host/ogc${query}`, { headers: accept === null ? {} : { accept } }),
    offered,
  )

describe('the form of an answer', () => {
  test.each([
    [null, JSON_FORM],
    ['', JSON_FORM],
    ['*/*', JSON_FORM],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', HTML_FORM],
    ['application/xhtml+xml', HTML_FORM],
    ['text/html;q=0.5, application/json;q=0.6', JSON_FORM],
    ['text/html; q=0.6, application/json; q=0.5', HTML_FORM],
    ['application/*', JSON_FORM],
    ['text/*;q=0.1', HTML_FORM],
    ['application/json;q=0, */*', HTML_FORM],
    ['TEXT/HTML', HTML_FORM],
    ['image/png, text/html;q=0.001', HTML_FORM],
  ])('Accept: %s', (accept, form) => {
    expect(chosen(accept)).toBe(form)
  })

  test('is GeoJSON for who accepts JSON', () => {
    for (const accept of ['application/json', 'application/geo+json', 'application/vnd.geo+json'])
      expect(chosen(accept, [GEOJSON_FORM, HTML_FORM])).toBe(GEOJSON_FORM)
  })

  test('is what f names, whatever is accepted', () => {
    expect(chosen('text/html', JSON_OR_HTML, '?f=json')).toBe(JSON_FORM)
    expect(chosen('application/json', JSON_OR_HTML, '?f=html')).toBe(HTML_FORM)
    expect(chosen('image/png', JSON_OR_HTML, '?f=text/html')).toBe(HTML_FORM)
    expect(() => chosen('text/html', JSON_OR_HTML, '?f=xml')).toThrow('f: "xml" is none of json, html')
  })

  test('is refused where nothing fits', () => {
    for (const accept of ['image/png', 'application/json;q=0, text/html;q=0', 'nonsense', 'text/html;q=2'])
      expect(() => chosen(accept), accept).toThrow('accepts none of it')
  })
})
