import { expect } from 'vitest'

type Bytes = Uint8Array | Uint8ClampedArray | null | undefined

/** Says where bytes differ first. `toEqual` would print the difference of the whole, which takes minutes. */
export function expectSameBytes(actual: Bytes, expected: Bytes, message?: string): void {
  expect(actual?.length, message).toBe(expected?.length)
  expect(actual?.findIndex((byte, i) => byte !== expected![i]) ?? -1, message).toBe(-1)
}

export const areSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
