import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../../dev/database/backend-answer.ts'
import { errorResponse, message, readyForQuery, wholeMessages } from '../../../dev/database/wire-messages.ts'

const rowLimit = (rows: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(rows)
  return bytes
}
const bind = message('B', '', '', Buffer.alloc(6))
const execute = (rows: number) => message('E', '', rowLimit(rows))
const query = message('Q', 'select 1')
const sync = message('S')
const row = message('D', Buffer.from([0, 0]))
const complete = message('C', 'SELECT 1')
const leak = message('N', Buffer.from('SWARNING\0Msnapshot 0x1f still active\0\0'))
const types = (bytes: Buffer) =>
  [...wholeMessages(bytes)].map((part) => String.fromCharCode(part[0] ?? 0)).join('')

describe('wholeMessages', () => {
  it('cuts any stream of messages where they were joined, and keeps an unfinished one back', () => {
    const part = fc.tuple(fc.constantFrom('D', 'E', 'Z'), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(part), fc.nat(4), (parts, cut) => {
        const written = parts.map(([type, body]) => message(type, body))
        const stream = Buffer.concat([...written, message('C', 'unfinished').subarray(0, cut)])
        expect([...wholeMessages(stream)]).toEqual(written)
      }),
    )
  })

  it('refuses a length that cannot be', () => {
    const broken = Buffer.from([0x44, 0, 0, 0, 3, 0])
    expect(() => [...wholeMessages(broken)]).toThrow(RangeError)
  })
})

describe('readAnswer', () => {
  it('leaves a good answer as it is', () => {
    const answer = Buffer.concat([row, complete, readyForQuery('T')])
    expect(readAnswer(query, answer)).toEqual({
      bytes: answer,
      failed: false,
      swallowed: false,
      poisoned: false,
      status: 'T',
    })
  })

  it('leaves a good answer to Sync alone although it warns of a leak', () => {
    const answer = Buffer.concat([leak, readyForQuery('I')])
    expect(readAnswer(sync, answer)).toMatchObject({ bytes: answer, failed: false, swallowed: false })
  })

  it.each([
    ['Bind that is not bound', bind, Buffer.alloc(0), 'E'],
    ['Execute without an outcome', execute(0), Buffer.concat([row]), 'DE'],
    ['Execute without a row limit that is suspended', execute(0), message('s'), 'E'],
    ['Query without an outcome', query, readyForQuery('I'), 'EZ'],
    ['Query that leaks and has no row', query, Buffer.concat([leak, complete, readyForQuery('I')]), 'NEZ'],
  ])('makes an error of a %s', (_, request, answer, expected) => {
    const read = readAnswer(request, answer)
    expect(read).toMatchObject({ failed: true, swallowed: true })
    expect(types(read.bytes)).toBe(expected)
  })

  it('lets Execute with a row limit be suspended', () => {
    expect(readAnswer(execute(10), Buffer.concat([row, message('s')]))).toMatchObject({ swallowed: false })
  })

  it('passes on an error of the backend once, and sees that its error stack is broken', () => {
    const plain = errorResponse('42P01', 'relation "x" does not exist')
    expect(readAnswer(execute(0), plain)).toMatchObject({ bytes: plain, failed: true, poisoned: false })
    const broken = errorResponse('XX000', 'ERRORDATA_STACK_SIZE exceeded')
    expect(readAnswer(execute(0), broken)).toMatchObject({ bytes: broken, failed: true, poisoned: true })
  })
})
