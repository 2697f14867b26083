import fc from 'fast-check'
import type { ByteSink } from '../../../src/formats/byte-sink.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export const concat = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks))

/** The body as a stream that arrives in the given chunks. */
export async function* arriving(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

/** `bytes` in pieces of `size`. */
export function cutEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size))
  return chunks
}

/** `bytes` cut in two at `at`. */
export const cutAt = (bytes: Uint8Array, at: number): Uint8Array[] => [bytes.slice(0, at), bytes.slice(at)]

/** Cuts bytes at arbitrary places, empty chunks included. */
export const cutter = fc
  .array(fc.nat({ max: 4096 }), { maxLength: 12 })
  .map((places) => (bytes: Uint8Array): Uint8Array[] => {
    const cuts = places
      .map((place) => Math.min(place % (bytes.length + 1), bytes.length))
      .sort((a, b) => a - b)
    return [0, ...cuts].map((start, index) => bytes.slice(start, cuts[index] ?? bytes.length))
  })

export interface CollectingSink extends ByteSink {
  chunks: Uint8Array[]
}

export function collectingSink(): CollectingSink {
  const chunks: Uint8Array[] = []
  return {
    chunks,
    async write(chunk) {
      chunks.push(chunk.slice())
    },
  }
}

/** What `work` is rejected with; fails when it is not. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`it resolved, with ${JSON.stringify(outcome.value)}`)
}
