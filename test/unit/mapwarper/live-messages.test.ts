import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClientMessage } from '../../../src/dialects/mapwarper/live-messages.ts'

describe('a message of a client', () => {
  it('is a ping or a cursor in image pixels, of which nothing else is passed on', () => {
    expect(readClientMessage('{"type":"ping","x":1}')).toEqual({ type: 'ping' })
    expect(readClientMessage('{"type":"cursor","x":1.5,"y":-2,"by":"somebody"}')).toEqual({
      ...{ type: 'cursor', x: 1.5, y: -2 },
    })
  })

  it.each([
    ['{', 'the message is not JSON'],
    ['{"type":"gcp"}', "the type of a message should be 'ping' or 'cursor'"],
    ['null', "the type of a message should be 'ping' or 'cursor'"],
    ['{"type":"cursor","x":1}', 'x and y of a cursor should be image pixels'],
    ['{"type":"cursor","x":"1","y":2}', 'x and y of a cursor should be image pixels'],
    ['{"type":"cursor","x":1e308,"y":2}', 'x and y of a cursor should be image pixels'],
    ['{"type":"cursor","x":1e999,"y":2}', 'x and y of a cursor should be image pixels'],
  ])('%s is refused', (text, reason) => {
    expect(readClientMessage(text)).toBe(reason)
  })

  it('may be any text', () => {
    const text = fc.oneof(fc.string(), fc.json())
    fc.assert(
      fc.property(text, (any) => {
        const read = readClientMessage(any)
        if (typeof read !== 'string') expect(['ping', 'cursor']).toContain(read.type)
      }),
    )
  })
})
