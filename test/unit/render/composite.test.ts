import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compositeUnder } from '../../../src/domain/render/composite.ts'

const pixel = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))

describe('laying a picture under another', () => {
  test('leaves opaque pixels as they are and fills transparent ones', () => {
    const top = Uint8Array.of(10, 20, 30, 255, 1, 2, 3, 0)
    expect(compositeUnder(top, Uint8Array.of(90, 90, 90, 255, 40, 50, 60, 70))).toBe(false)
    expect([...top]).toEqual([10, 20, 30, 255, 40, 50, 60, 70])
  })

  test('mixes colours by their share of what is seen', () => {
    const top = Uint8Array.of(255, 0, 0, 128)
    expect(compositeUnder(top, Uint8Array.of(0, 0, 255, 255))).toBe(true)
    expect([...top]).toEqual([128, 0, 127, 255])
  })

  test('agrees with the "over" operator on premultiplied colours within one level', () => {
    fc.assert(
      fc.property(pixel, pixel, (above, below) => {
        const top = Uint8Array.from(above)
        compositeUnder(top, Uint8Array.from(below))
        const alpha = above[3] / 255 + (below[3] / 255) * (1 - above[3] / 255)
        expect(Math.abs(top[3]! - alpha * 255)).toBeLessThanOrEqual(0.5)
        if (alpha === 0) return
        for (let i = 0; i < 3; i++) {
          const premultiplied =
            (above[i]! * above[3]) / 255 + below[i]! * (below[3] / 255) * (1 - above[3] / 255)
          expect(Math.abs(top[i]! - premultiplied / alpha)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('says when nothing further below can show', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pixel, pixel), { minLength: 1, maxLength: 20 }), (pairs) => {
        const top = Uint8Array.from(pairs.flatMap(([above]) => above))
        const isOpaque = compositeUnder(top, Uint8Array.from(pairs.flatMap(([, below]) => below)))
        expect(isOpaque).toBe(top.every((value, i) => i % 4 !== 3 || value === 255))
      }),
    )
  })
})
