import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeTwkb } from '../../../src/formats/twkb.ts'
import type { FlatGeometry } from '../../../src/geo/flat-geometry.ts'

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

test('what PostGIS writes', () => {
  // select encode(ST_AsTWKB('...', 0), 'hex')
  expect(decodeTwkb(bytesOf('01000204'))).toEqual({ type: 1, xy: [1, 2] })
  expect(decodeTwkb(bytesOf('0110'))).toEqual({ type: 1, xy: [] })
  expect(decodeTwkb(bytesOf('04000202020202'))).toEqual({ type: 4, xy: [1, 1, 2, 2] })
  expect(decodeTwkb(bytesOf('0300010500001400001413000013'))).toEqual({
    ...{ type: 3, xy: [0, 0, 10, 0, 10, 10, 0, 10, 0, 0], ends: [5] },
  })
  expect(decodeTwkb(bytesOf('070002010002020200020202'.concat('0202')))).toEqual({
    ...{ type: 7, xy: [] },
    parts: [
      { type: 1, xy: [1, 1] },
      { type: 2, xy: [1, 1, 2, 2] },
    ],
  })
  // One digit after the point: select encode(ST_AsTWKB('POINT(1.5 -2.5)', 1), 'hex')
  expect(decodeTwkb(bytesOf('21001e31'))).toEqual({ type: 1, xy: [1.5, -2.5] })
})

/** The same format, written the plain way. */
function encoded(geometry: FlatGeometry): number[] {
  const bytes = [geometry.type, 0]
  let last = [0n, 0n]
  const varint = (value: bigint) => {
    let rest = value
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    bytes.push(Number(rest))
  }
  const points = (xy: ArrayLike<number>, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const here = [BigInt(xy[2 * i]!), BigInt(xy[2 * i + 1]!)]
      for (const axis of [0, 1]) {
        const step = here[axis]! - last[axis]!
        varint(step < 0n ? -2n * step - 1n : 2n * step)
      }
      last = here
    }
  }
  const body = ({ type, xy, ends, parts }: FlatGeometry) => {
    const count = xy.length / 2
    if (type === 1) points(xy, 0, 1)
    else if (type === 2 || type === 4) {
      varint(BigInt(count))
      points(xy, 0, count)
    } else if (type === 3 || type === 5) {
      varint(BigInt(ends!.length))
      let from = 0
      for (const to of Array.from(ends!)) {
        varint(BigInt(to - from))
        points(xy, from, to)
        from = to
      }
    } else {
      varint(BigInt(parts!.length))
      for (const part of parts!) body(part)
    }
  }
  body(geometry)
  return bytes
}

test('any geometry of whole coordinates comes back', () => {
  const coordinate = fc.integer({ min: -(2 ** 51), max: 2 ** 51 })
  const places = (least: number) =>
    fc
      .array(fc.tuple(coordinate, coordinate), { minLength: least, maxLength: 5 })
      .map((points) => points.flat())
  const rings = (type: 3 | 5) =>
    fc.array(places(1), { minLength: 1, maxLength: 3 }).map((stretches): FlatGeometry => {
      let end = 0
      const ends = stretches.map((xy) => {
        end += xy.length / 2
        return end
      })
      return { type, xy: stretches.flat(), ends }
    })
  const geometry = fc.oneof(
    fc.tuple(coordinate, coordinate).map((xy): FlatGeometry => ({ type: 1, xy })),
    fc
      .tuple(fc.constantFrom(2, 4), places(1))
      .map(([type, xy]): FlatGeometry => ({ type: type as 2 | 4, xy })),
    rings(3),
    rings(5),
    fc
      .array(rings(3), { minLength: 1, maxLength: 3 })
      .map((parts): FlatGeometry => ({ type: 6, xy: [], parts })),
  )
  fc.assert(
    fc.property(geometry, (given) => {
      expect(decodeTwkb(Uint8Array.from(encoded(given)))).toEqual(given)
    }),
    { numRuns: 200 },
  )
})

test.each([
  ['cut off', '0100'],
  ['of no known type', '0a00'],
  ['of three dimensions', '010801020304'],
  ['nested without end', '070001'.repeat(40)],
])('refuses a geometry %s', (_, hex) => {
  expect(() => decodeTwkb(bytesOf(hex))).toThrow(expect.objectContaining({ code: 'bad-twkb' }))
})
