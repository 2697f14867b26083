import { describe, expect, it } from 'vitest'
import { foldingOf } from '../../../src/geo/fold-over.ts'
import { outliersOf } from '../../../src/geo/outliers.ts'
import { pointNames, pointWarnings } from '../../../src/geo/point-warnings.ts'
import { fitTransform } from '../../../src/geo/transform.ts'
import { HAAS, placed } from './control-points.ts'

const HAAS_IMAGE = { width: 1600, height: 1018 }
const SHEET = { width: 1000, height: 800 }
const CORNERS = placed([
  [0, 0],
  [1000, 0],
  [1000, 800],
  [0, 800],
  [450, 420],
])
const codes = (points: Parameters<typeof pointWarnings>[0], image: typeof SHEET | null = SHEET) =>
  pointWarnings(points, image).map(({ code, points: indices }) => [code, indices])

describe('outliers', () => {
  it('are the errors whose modified z-score is above 3.5', () => {
    // Median 10, median absolute deviation 2: the limit is 10 + 3.5 * 2 / 0.6745 = 20.38.
    const errors = [8, 10, 12, 9, 11, 20.3, 7, 13, 10]
    expect(outliersOf(errors, 0)).toEqual([])
    expect(outliersOf([8, 10, 12, 9, 11, 20.4, 7, 13, 10], 0)).toEqual([5])
    expect(outliersOf([8, 30, 12, 9, 11, 40, 7, 13, 10], 0)).toEqual([5, 1])
    expect(outliersOf([8, null, 10, 12, 9, 11, 20.4, 7, 13, 10, null], 0)).toEqual([6])
  })

  it('are not found in noise, nor among few', () => {
    expect(outliersOf([0, 0, 0, 0, 0, 0, 3.4], 1)).toEqual([])
    expect(outliersOf([0, 0, 0, 0, 0, 0, 3.6], 1)).toEqual([6])
    expect(outliersOf([1, 1, 1, 500], 1)).toEqual([])
    expect(outliersOf([], 1)).toEqual([])
  })
})

describe('warnings about points', () => {
  it('are none about good ones', () => {
    expect(codes(CORNERS)).toEqual([])
    expect(codes(HAAS, HAAS_IMAGE)).toEqual([])
    expect(codes([])).toEqual([])
  })

  it('name repeated positions', () => {
    const [first, second] = [CORNERS[0]!, CORNERS[1]!]
    expect(codes([...CORNERS, first])).toEqual([['repeated-point', [0, 5]]])
    expect(codes([...CORNERS, { ...first, lon: 9 }])).toEqual([['repeated-image-position', [0, 5]]])
    expect(codes([...CORNERS, { ...second, x: 900 }, second])).toEqual([
      ['repeated-point', [1, 6]],
      ['repeated-ground-position', [1, 5, 6]],
    ])
  })

  it('name points on one line, or almost, on each side', () => {
    const line = placed([
      [0, 0],
      [500, 405],
      [1000, 800],
      [250, 200],
    ])
    expect(codes(line, null)).toEqual([
      ['collinear', []],
      ['collinear', []],
    ])
    const ground = CORNERS.map((point, i) => ({ ...point, lon: 7 + i / 100, lat: 47 + i / 50 }))
    expect(pointWarnings(ground, null)).toEqual([
      { code: 'collinear', points: [], detail: expect.stringContaining('on the ground') },
    ])
  })

  it('name points outside the image, and those in a corner of it', () => {
    expect(codes([...CORNERS, ...placed([[1001, 5]])])).toEqual([['outside-image', [5]]])
    expect(codes(CORNERS, { width: 3000, height: 3000 })).toEqual([['poor-distribution', []]])
    const corner = pointWarnings(CORNERS, { width: 4000, height: 2000 })
    expect(corner[0]!.detail).toBe('the points enclose 10 % of the image; add points near its edges')
  })

  it('count from 1 and stop at ten', () => {
    expect(pointNames([4])).toBe('point 5')
    expect(pointNames([0, 4])).toBe('points 1 and 5')
    expect(pointNames([...Array(13).keys()])).toBe('points 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more')
  })
})

describe('folding', () => {
  const AREA = [0, 0, SHEET.width, SHEET.height] as const

  it('is none of an affine fit, upright or turned', () => {
    expect(foldingOf(fitTransform(CORNERS, 'p1'), AREA)).toEqual({ share: 0, mirrored: false })
    const turned = CORNERS.map(({ x, y, ...ground }) => ({ ...ground, x: 1000 - x, y: 800 - y }))
    expect(foldingOf(fitTransform(turned, 'p1'), AREA)).toEqual({ share: 0, mirrored: false })
    expect(foldingOf(fitTransform(HAAS, 'tps'), [0, 0, HAAS_IMAGE.width, HAAS_IMAGE.height]).mirrored).toBe(
      false,
    )
  })

  it('is told from a mirror', () => {
    const mirrored = CORNERS.map((point) => ({ ...point, x: 1000 - point.x }))
    expect(foldingOf(fitTransform(mirrored, 'helmert'), AREA).mirrored).toBe(false)
    expect(foldingOf(fitTransform(mirrored, 'p1'), AREA)).toEqual({ share: 0, mirrored: true })
  })

  it('is found where a spline passes points in the wrong order', () => {
    const grid = placed([0, 250, 500, 750, 1000].flatMap((x) => [0, 400, 800].map((y) => [x, y] as const)))
    expect(foldingOf(fitTransform(grid, 'tps'), AREA).share).toBe(0)
    const swapped = grid.with(4, { ...grid[4]!, lon: grid[10]!.lon, lat: grid[10]!.lat }).with(10, {
      ...grid[10]!,
      lon: grid[4]!.lon,
      lat: grid[4]!.lat,
    })
    const { share, mirrored } = foldingOf(fitTransform(swapped, 'tps'), AREA)
    expect(mirrored).toBe(false)
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.5)
  })

  it('counts what lies beyond the horizon', () => {
    const view = placed([
      [0, 0],
      [1000, 0],
      [600, 100],
      [400, 100],
    ]).map((point, i) => ({ ...point, lon: 7 + [0, 1, 1, 0][i]!, lat: 47 - [0, 0, 1, 1][i]! }))
    const { share } = foldingOf(fitTransform(view, 'projective'), AREA)
    expect(share).toBeGreaterThan(0.5)
  })
})
