import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyDigest } from '../../../src/http/body-digest.ts'

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

function digestOf(contentType: string, chunks: Iterable<Uint8Array>): string {
  const digest = new BodyDigest(contentType)
  for (const chunk of chunks) digest.update(chunk)
  return digest.digest()
}

const form = (boundary: string, content: string) =>
  Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n${content}\r\n--${boundary}--\r\n`,
  )

describe('the digest of a body', () => {
  it('is the SHA-256 of a body that is no form, whatever its chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        expect(digestOf('application/json', chunks)).toBe(sha256(Buffer.concat(chunks)))
      }),
    )
  })

  it('does not depend on where the chunks of a form end, nor on its boundary', () => {
    const boundary = fc.stringMatching(/^[A-Z]{1,20}$/)
    fc.assert(
      fc.property(
        boundary,
        boundary,
        fc.stringMatching(/^[a-z-]*$/),
        fc.array(fc.nat(90)),
        (a, b, content, cuts) => {
          const whole = form(a, content)
          const ends = [...cuts.filter((cut) => cut < whole.length).sort((p, q) => p - q), whole.length]
          const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
          const expected = digestOf(`multipart/form-data; boundary=${b}`, [form(b, content)])
          expect(digestOf(`multipart/form-data; boundary=${a}`, pieces)).toBe(expected)
          expect(digestOf(`Multipart/form-data; charset=x; boundary="${a}"`, [whole])).toBe(expected)
          expect(digestOf(`multipart/form-data; boundary=${a}`, [form(a, `${content}z`)])).not.toBe(expected)
        },
      ),
    )
  })

  it('passes over one boundary after the other, from the left', () => {
    const pieces = ['xa', 'a', 'a', 'ay'].map((text) => Buffer.from(text))
    expect(digestOf('multipart/mixed; boundary=aaa', pieces)).toBe(sha256('xay'))
  })
})
