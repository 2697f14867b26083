import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { baseUrl, call, newUser, type TestUser } from './mapwarper-client.ts'

const LARGE_BYTES = 12 * 1024 * 1024
const BOUNDARY = 'b0undary'

let user: TestUser
beforeAll(async () => {
  user = await newUser()
})

/** Sends a body to its end before it listens, as most clients do, and returns the answer. */
function send(path: string, contentType: string, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { ...user.basic, 'content-type': contentType, 'transfer-encoding': 'chunked' }
    const sending = request(new URL(path, baseUrl), { method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sending.on('error', reject)
    sending.end(body)
  })
}

const part = (name: string, value: Buffer | string, file = '') =>
  Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ])

const form = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])
const picture = () => part('file', randomBytes(LARGE_BYTES), '; filename="a.jpg"')

/** What is wrong with each is known long before its end. */
const BODIES: readonly (readonly [string, string, string, () => Buffer, number, string])[] = [
  [
    'a form with a bad field before its picture',
    '/api/v1/maps',
    `multipart/form-data; boundary=${BOUNDARY}`,
    () => form(part('__proto__', 'maps'), picture()),
    400,
    'the form field',
  ],
  [
    'a form with two pictures',
    '/api/v1/maps',
    `multipart/form-data; boundary=${BOUNDARY}`,
    () => form(part('file', 'x', '; filename="a.jpg"'), picture()),
    422,
    'is given more than once',
  ],
  [
    'JSON that nests without end',
    '/api/v1/maps',
    'application/json',
    () => Buffer.alloc(LARGE_BYTES, '{"a":'),
    400,
    'nested deeper',
  ],
  [
    'a control point of many megabytes',
    '/api/v1/gcps',
    'application/json',
    () => Buffer.alloc(LARGE_BYTES, ' '),
    413,
    'larger than the limit',
  ],
]

describe('a body that is refused before it has ended', () => {
  it.each(BODIES)('is answered, not cut off: %s', async (_, path, contentType, body, status, reason) => {
    const bytes = body()
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await send(path, contentType, bytes)
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(reason)])
    }
  })

  it('that is empty lacks its type', async () => {
    const answer = await call('/api/v1/maps', { method: 'POST', as: user.basic })
    expect([answer.status, answer.json]).toEqual([
      422,
      { errors: [{ title: 'Missing param', detail: 'params data or type is missing' }] },
    ])
  })
})
