import { describe, expect, it } from 'vitest'
import {
  attributesOf,
  InvalidParamError,
  MissingParamError,
} from '../../../src/dialects/mapwarper/envelope.ts'

describe('the JSON:API envelope', () => {
  it('gives its attributes', () => {
    expect(attributesOf({ data: { type: 'maps', attributes: { title: 'a' } } }, 'maps')).toEqual({
      title: 'a',
    })
  })

  it.each([null, 'text', [], {}, { data: null }, { data: [] }, { data: {} }, { data: { type: '' } }])(
    'misses data or type in %j',
    (body) => {
      expect(() => attributesOf(body, 'maps')).toThrow(
        new MissingParamError('params data or type is missing'),
      )
    },
  )

  it.each(['map', 'gcps', 7, {}])('refuses the type %j', (type) => {
    const body = { data: { type, attributes: { title: 'a' } } }
    expect(() => attributesOf(body, 'maps')).toThrow(new InvalidParamError("params type should be 'maps'"))
  })

  it.each([undefined, null, {}, [], 'title'])('misses attributes in %j', (attributes) => {
    expect(() => attributesOf({ data: { type: 'gcps', attributes } }, 'gcps')).toThrow(
      new MissingParamError('param is missing or the value is empty: attributes'),
    )
  })
})
