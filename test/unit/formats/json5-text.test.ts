import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson5 } from '../../../src/formats/json5-text.ts'

describe('a text in JSON5', () => {
  it('is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson5(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it('may have comments, commas behind what is last, and names without quotes', () => {
    expect(parseJson5('/* a */ {id: "x", // y\n "groups": ["maAdmin",],}')).toEqual({
      id: 'x',
      groups: ['maAdmin'],
    })
  })

  it('makes nothing of the name __proto__ but a member', () => {
    const value = parseJson5('{"__proto__": {"admin": true}}') as { admin?: boolean }
    expect(value.admin).toBeUndefined()
  })

  it.each([
    [/invalid character '}' .*1.*7/, '{"a": }'],
    [/invalid end of input/, ''],
    [/"a" is no finite number/, '{"a": NaN}'],
    [/"0" is no finite number/, '[1e999]'],
    [/nested too deeply/, '['.repeat(200_000) + ']'.repeat(200_000)],
  ])('is refused: %s', (message, text) => {
    expect(() => parseJson5(text)).toThrow(
      expect.objectContaining({
        name: 'FormatError',
        code: 'bad-json',
        message: expect.stringMatching(message),
      }),
    )
  })
})
