import { describe, expect, it } from 'vitest'
import { fitTransform, planarFunction, type TransformMethod } from '../../../src/geo/transform.ts'
import { HAAS, ROTTERDAM, TARTU } from './control-points.ts'
import { gdaltransform, hasGdal } from './native-gdal.ts'

/** Values of GDAL 3.6.2 for the Rotterdam points. */
const GOLDEN: { method: TransformMethod; at1000: Pair; at2000: Pair; back: Pair }[] = [
  {
    method: 'tps',
    at1000: [4.38895777703007, 51.9590841915719],
    at2000: [4.42587449330096, 51.9417255747561],
    back: [2445.06475211565, 3245.82490931272],
  },
  {
    method: 'p1',
    at1000: [4.39526646418151, 51.9601774725723],
    at2000: [4.42731541730456, 51.9420029662806],
    back: [2680.21405473519, 3191.34432431809],
  },
  {
    method: 'p2',
    at1000: [4.36596042386853, 51.9550430503008],
    at2000: [4.4237805492719, 51.94133511191],
    back: [2419.9652056149, 3251.63598002926],
  },
]

type Pair = [number, number]

function evaluate(map: Parameters<typeof planarFunction>[0], [x, y]: Pair): Pair {
  const out = new Float64Array(2)
  planarFunction(map)(x, y, out)
  return [out[0]!, out[1]!]
}

function expectClose(actual: Pair, expected: Pair, relative: number) {
  for (const i of [0, 1] as const) {
    expect(Math.abs(actual[i] / expected[i] - 1)).toBeLessThan(relative)
  }
}

describe('fits against published values', () => {
  it.each(GOLDEN)('$method of the Rotterdam points', ({ method, at1000, at2000, back }) => {
    const fitted = fitTransform(ROTTERDAM, method)
    expectClose(evaluate(fitted.forward, [1000, 1000]), at1000, 1e-13)
    expectClose(evaluate(fitted.forward, [2000, 2000]), at2000, 1e-13)
    expectClose(evaluate(fitted.backward, [4.45, 51.92]), back, 1e-11)
  })

  it('resolves auto to order 2 from six points on and to order 1 below', () => {
    expect(fitTransform(ROTTERDAM, 'auto')).toEqual(fitTransform(ROTTERDAM, 'p2'))
    expect(fitTransform(ROTTERDAM.slice(0, 5), 'auto')).toEqual(fitTransform(ROTTERDAM.slice(0, 5), 'p1'))
    expect(fitTransform(HAAS, 'auto').method).toBe('p2')
  })

  it('gives the same affine map for p1 and tps of three points', () => {
    const affine = fitTransform(TARTU, 'p1')
    const spline = fitTransform(TARTU, 'tps')
    for (const place of [
      [0, 0],
      [100, 70],
      [30, 60],
    ] as Pair[]) {
      expectClose(evaluate(spline.forward, place), evaluate(affine.forward, place), 1e-13)
    }
  })
})

describe.skipIf(!hasGdal)('fits against native GDAL', () => {
  const places: Pair[] = [
    [0, 0],
    [1600, 0],
    [800.25, 509.5],
    [0, 1018],
    [1600, 1018],
  ]
  const grounds: Pair[] = [
    [7.5, 47.7],
    [8.3, 47.3],
    [7.9, 47.5],
    [7.45, 47.3],
  ]

  it.each([
    ['p1', ['-order', '1']],
    ['p2', ['-order', '2']],
    ['p3', ['-order', '3']],
    ['tps', ['-tps']],
  ] as const)('%s of the Haas map, both ways', (method, flags) => {
    const fitted = fitTransform(HAAS, method)
    const forward = gdaltransform(HAAS, flags, places)
    const backward = gdaltransform(HAAS, [...flags, '-i'], grounds)
    for (const [i, place] of places.entries()) expectClose(evaluate(fitted.forward, place), forward[i]!, 1e-9)
    for (const [i, place] of grounds.entries())
      expectClose(evaluate(fitted.backward, place), backward[i]!, 1e-9)
  })

  it('counts a point given twice once for tps and twice for a polynomial', () => {
    const repeated = [...HAAS.slice(0, 20), HAAS[3]!, HAAS[3]!]
    for (const [method, flags] of [
      ['tps', ['-tps']],
      ['p2', ['-order', '2']],
    ] as const) {
      const fitted = fitTransform(repeated, method)
      const expected = gdaltransform(repeated, flags, places)
      for (const [i, place] of places.entries())
        expectClose(evaluate(fitted.forward, place), expected[i]!, 1e-9)
    }
  })
})
