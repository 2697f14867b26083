import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decompose, reciprocalCondition, solveLeastSquares } from '../../../src/geo/least-squares.ts'
import { solveLinearSystem } from '../../../src/geo/linear-system.ts'

const entry = fc.double({ min: -10, max: 10, noNaN: true })
const matrix = (rows: number, columns: number) =>
  fc.array(
    fc.array(entry, { minLength: rows, maxLength: rows }).map((column) => Float64Array.from(column)),
    {
      minLength: columns,
      maxLength: columns,
    },
  )

function product(columns: readonly Float64Array[], x: Float64Array): Float64Array {
  return columns[0]!.map((_, i) => columns.reduce((sum, column, j) => sum + column[i]! * x[j]!, 0))
}

describe('singular value decomposition', () => {
  it('has orthonormal right vectors that map to orthogonal vectors as long as the values', () => {
    fc.assert(
      fc.property(fc.oneof(matrix(7, 4), matrix(3, 5)), (columns) => {
        const { values, right, scaledLeft } = decompose(columns)
        const tolerance = 1e-12 * (1 + values[0]!)
        for (const [j, vector] of right.entries()) {
          expect(Math.hypot(...vector)).toBeCloseTo(1, 12)
          const image = product(columns, vector)
          expect(Math.hypot(...image.map((value, i) => value - scaledLeft[j]![i]!))).toBeLessThan(tolerance)
          expect(Math.abs(Math.hypot(...image) - values[j]!)).toBeLessThan(tolerance)
          if (j > 0) expect(values[j]!).toBeLessThanOrEqual(values[j - 1]!)
          for (const other of right.slice(j + 1)) {
            const dot = vector.reduce((sum, value, i) => sum + value * other[i]!, 0)
            expect(Math.abs(dot)).toBeLessThan(1e-12)
          }
        }
      }),
    )
  })

  it('finds the values of a known matrix', () => {
    const { values } = decompose([Float64Array.of(3, 4), Float64Array.of(0, 5)])
    expect(values[0]).toBeCloseTo(Math.sqrt(45), 12)
    expect(values[1]).toBeCloseTo(Math.sqrt(5), 12)
  })

  it('knows singular and broken matrices', () => {
    const column = Float64Array.of(1, 2, 3)
    expect(reciprocalCondition(decompose([column, column.map((value) => 2 * value)]))).toBeLessThan(1e-15)
    expect(reciprocalCondition(decompose([new Float64Array(3), new Float64Array(3)]))).toBe(0)
    expect(reciprocalCondition(decompose([column, Float64Array.of(1, Number.NaN, 0)]))).toBeNaN()
  })

  it('solves least squares: the residual is orthogonal to every column', () => {
    fc.assert(
      fc.property(matrix(8, 3), matrix(8, 1), (columns, [b]) => {
        const svd = decompose(columns)
        fc.pre(reciprocalCondition(svd) > 1e-3)
        const fitted = product(columns, solveLeastSquares(svd, b!))
        for (const column of columns) {
          const dot = column.reduce((sum, value, i) => sum + value * (b![i]! - fitted[i]!), 0)
          expect(Math.abs(dot)).toBeLessThan(1e-8)
        }
      }),
    )
  })
})

describe('linear systems', () => {
  it('are solved for every right side', () => {
    fc.assert(
      fc.property(matrix(6, 6), matrix(6, 2), (columns, solutions) => {
        columns.forEach((column, j) => {
          column[(j + 2) % 6]! += 70
        })
        const rowMajor = Float64Array.from({ length: 36 }, (_, i) => columns[i % 6]![Math.floor(i / 6)]!)
        const rightSides = solutions.map((solution) => product(columns, solution))
        expect(solveLinearSystem(rowMajor, 6, rightSides)).toBeGreaterThan(0)
        for (const [k, solution] of solutions.entries()) {
          for (const [i, value] of solution.entries())
            expect(Math.abs(rightSides[k]![i]! - value)).toBeLessThan(1e-8)
        }
      }),
    )
  })

  it('pivot where the diagonal is zero, and say when there is no solution', () => {
    const right = Float64Array.of(5, 7)
    expect(solveLinearSystem(Float64Array.of(0, 1, 1, 0), 2, [right])).toBe(1)
    expect([...right]).toEqual([7, 5])
    expect(solveLinearSystem(Float64Array.of(1, 2, 2, 4), 2, [right])).toBe(0)
    expect(solveLinearSystem(Float64Array.of(Number.NaN, 2, 2, 4), 2, [right])).toBeNaN()
  })
})
