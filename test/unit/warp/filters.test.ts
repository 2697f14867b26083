import { describe, expect, test } from 'vitest'
import { FILTER_PHASES, FILTER_RADIUS, filterWeight, weightTable } from '../../../src/geo/warp/filters.ts'

describe.each(['cubic', 'cubicspline', 'lanczos'] as const)('weights of %s', (method) => {
  const taps = 2 * FILTER_RADIUS[method]
  const table = weightTable(method)

  test('sum to one in every phase', () => {
    for (let phase = 0; phase < FILTER_PHASES; phase++) {
      const sum = table.subarray(phase * taps, (phase + 1) * taps).reduce((a, b) => a + b, 0)
      expect(sum).toBe(16384)
    }
  })

  test('are mirrored about half a pixel', () => {
    for (const phase of [1, 100, 511]) {
      for (let tap = 0; tap < taps; tap++) {
        const mirrored = table[(FILTER_PHASES - phase) * taps + taps - 1 - tap]!
        expect(Math.abs(table[phase * taps + tap]! - mirrored)).toBeLessThanOrEqual(2)
      }
    }
  })

  test('follow the kernel', () => {
    const phase = 300
    const exact = Array.from({ length: taps }, (_, k) =>
      filterWeight(method, k - taps / 2 + 1 - phase / FILTER_PHASES),
    )
    const sum = exact.reduce((a, b) => a + b, 0)
    exact.forEach((weight, k) => {
      expect(Math.abs(table[phase * taps + k]! / 16384 - weight / sum)).toBeLessThan(3e-4)
    })
  })
})

test('cubic and lanczos pass through the samples, cubicspline smooths', () => {
  expect([...weightTable('cubic').subarray(0, 4)]).toEqual([0, 16384, 0, 0])
  expect([...weightTable('lanczos').subarray(0, 6)]).toEqual([0, 0, 16384, 0, 0, 0])
  expect(weightTable('cubicspline')[1]! / 16384).toBeCloseTo(2 / 3, 3)
})

test('kernels vanish at their radius', () => {
  for (const method of ['bilinear', 'cubic', 'cubicspline', 'lanczos'] as const) {
    expect(filterWeight(method, FILTER_RADIUS[method])).toBeCloseTo(0, 12)
    expect(filterWeight(method, -FILTER_RADIUS[method] - 0.5)).toBe(0)
    expect(filterWeight(method, 0.3)).toBeCloseTo(filterWeight(method, -0.3), 15)
  }
})
