import { describe, expect, it } from 'vitest'
import { truthMember } from '../../../src/dialects/giscloud/request-form.ts'
import { ValidationError } from '../../../src/domain/errors.ts'
import { plainText } from '../../../src/http/plain-text.ts'

const HOSTILE = JSON.parse('{"toString":0,"valueOf":0}')

describe('the text of a value that came as JSON', () => {
  it('is the text itself, or JSON', () => {
    expect(['a', 5, true, null, [1], {}].map(plainText)).toEqual(['a', '5', 'true', 'null', '[1]', '{}'])
  })

  it('runs nothing that an object says of itself', () => {
    expect(plainText(HOSTILE)).toBe('{"toString":0,"valueOf":0}')
    expect(() => truthMember({ visible: HOSTILE }, 'visible')).toThrow(ValidationError)
    expect(truthMember({ visible: 1 }, 'visible')).toBe(true)
  })
})
