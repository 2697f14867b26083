import { describe, expect, it } from 'vitest'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { transformResiduals } from '../../../src/geo/residuals.ts'
import { fitTransform, type TransformMethod } from '../../../src/geo/transform.ts'
import { HAAS } from './control-points.ts'

const EVEN = HAAS.filter((_, i) => i % 2 === 0)
const ODD = HAAS.filter((_, i) => i % 2 === 1)

function judge(method: TransformMethod): number {
  const judged = [
    transformResiduals(ODD, fitTransform(EVEN, method)),
    transformResiduals(EVEN, fitTransform(ODD, method)),
  ]
  return Math.max(...judged.map((residuals) => residuals.rmsPixels))
}

/** The map itself is off by about 30 pixels (a kilometre) around any smooth fit: its survey was that good. */
describe('the Haas map, fitted on half of its points and judged on the other half', () => {
  it.each([
    ['p1', 35],
    ['p2', 34],
    ['p3', 31],
    ['tps', 31],
    ['helmert', 36],
    ['projective', 34],
  ] as const)('%s misses by at most %i pixels rms', (method, bound) => {
    expect(judge(method)).toBeLessThan(bound)
  })

  it('is judged worse when two points are exchanged', () => {
    const [a, b, ...rest] = EVEN as [ControlPoint, ControlPoint, ...ControlPoint[]]
    const exchanged = [{ ...a, lon: b.lon, lat: b.lat }, { ...b, lon: a.lon, lat: a.lat }, ...rest]
    const spoilt = transformResiduals(ODD, fitTransform(exchanged, 'tps')).rmsPixels
    expect(spoilt).toBeGreaterThan(transformResiduals(ODD, fitTransform(EVEN, 'tps')).rmsPixels + 1)
  })
})
