import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdempotencyKeyError } from '../../../src/http/errors.ts'
import { headHash, idempotencyKey } from '../../../src/http/idempotency.ts'

const visible = fc.stringMatching(/^[!-~]{1,255}$/)

describe('an Idempotency-Key', () => {
  it('is any text of visible characters', () => {
    fc.assert(
      fc.property(
        visible.filter((key) => !/^".*"$/.test(key)),
        (key) => {
          expect(idempotencyKey(key)).toBe(key)
        },
      ),
    )
  })

  it('is the same quoted, as the draft has it', () => {
    fc.assert(
      fc.property(visible, (key) => {
        expect(idempotencyKey(`"${key.replaceAll(/["\\]/g, '\\$&')}"`)).toBe(key)
      }),
    )
  })

  it.each([
    '',
    '""',
    'two words',
    '"two words"',
    'a, b',
    'é',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    'a\tb',
  ])('is not %j', (header) => {
    expect(() => idempotencyKey(header)).toThrow(IdempotencyKeyError)
  })
})

describe('the hash of what is in front of a body', () => {
  const request = (path: string, type = 'application/json', method = 'POST') =>
    new Request(`http://host${path}`, { method, headers: { 'content-type': type } })
  const hash = headHash(request('/api/v1/maps?a=1'))

  it('differs with the method, the path, the query and the media type', () => {
    for (const other of [
      request('/api/v1/maps?a=2'),
      request('/api/v1/maps'),
      request('/api/v1/map?a=1'),
      request('/api/v1/maps?a=1', 'text/plain'),
      request('/api/v1/maps?a=1', 'application/json', 'PUT'),
    ])
      expect(headHash(other)).not.toBe(hash)
  })

  it('is the same whoever asks, by whatever host, and with other parameters of the type', () => {
    expect(headHash(request('/api/v1/maps?user_id=1&a=1&user_token=x'))).toBe(hash)
    expect(headHash(request('/api/v1/maps?a=1', 'Application/JSON; charset=utf-8'))).toBe(hash)
    expect(headHash(new Request(request('/api/v1/maps?a=1').clone()))).toBe(hash)
  })
})
