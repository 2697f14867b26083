import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memorySource } from '../../../src/formats/probe/byte-source.ts'
import { READ_AHEAD_BYTES, readAhead } from '../../../src/formats/read-ahead.ts'

const bytes = Uint8Array.from({ length: 2 * READ_AHEAD_BYTES + 1000 }, (_, i) => (i * 31) % 251)

/** A source that counts how often it is asked. */
function counted() {
  const source = memorySource(bytes)
  const reads: number[] = []
  return {
    reads,
    source: {
      size: source.size,
      read: (offset: number, length: number) => {
        reads.push(length)
        return source.read(offset, length)
      },
    },
  }
}

it('gives what the source has, wherever it is read', async () => {
  const span = fc.tuple(fc.nat({ max: bytes.length }), fc.nat({ max: 3000 }))
  await fc.assert(
    fc.asyncProperty(fc.array(span, { maxLength: 10 }), async (spans) => {
      const ahead = readAhead(memorySource(bytes))
      for (const [offset, length] of spans)
        expect(await ahead.read(offset, length)).toEqual(bytes.subarray(offset, offset + length))
    }),
    { numRuns: 50 },
  )
})

it('asks the source seldom', async () => {
  const { source, reads } = counted()
  const ahead = readAhead(source)
  for (let offset = 0; offset < bytes.length; offset += 1000) await ahead.read(offset, 1000)
  expect(reads).toHaveLength(3)
  expect(Math.max(...reads)).toBe(READ_AHEAD_BYTES)
})
