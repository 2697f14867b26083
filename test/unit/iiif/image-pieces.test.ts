import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ASSEMBLED_MAX_PX,
  largestAtOnce,
  PIECES_MAX,
  pieceRequest,
  planPieces,
  wholeImageUrl,
} from '../../../src/formats/iiif/image-pieces.ts'
import { parseImageService } from '../../../src/formats/iiif/image-service.ts'
import { BASE, info2, info3, info10, info11 } from './documents.ts'

const service = (document: unknown) => parseImageService(document, `${BASE}/info.json`)
const FULL = { width: 6000, height: 4000 }

describe('the whole image', () => {
  it.each([
    [info3, 'full/max/0/default.jpg'],
    [{ ...info2, profile: 'http://iiif.io/api/image/2/level2.json' }, 'full/full/0/default.jpg'],
    [info11, 'full/full/0/native.jpg'],
  ])('is at once where there is no limit', (document, path) => {
    const image = service(document)
    expect(largestAtOnce(image)).toEqual(FULL)
    expect(wholeImageUrl(image, FULL)).toBe(`${BASE}/${path}`)
  })

  it.each([
    [{ maxWidth: 3000 }, { width: 3000, height: 2000 }],
    [
      { maxWidth: 5000, maxHeight: 1000 },
      { width: 1500, height: 1000 },
    ],
    [{ maxArea: 6_000_000 }, { width: 3000, height: 2000 }],
    [{ maxWidth: 6000 }, FULL],
  ])('is as large as %o allows', (limits, size) => {
    expect(largestAtOnce(service({ ...info3, ...limits }))).toEqual(size)
  })

  it('is one of the listed sizes where there are no others', () => {
    const sizes = [
      { width: 750, height: 500 },
      { width: 1500, height: 1000 },
      { width: 6000, height: 4000 },
    ]
    const image = service({ ...info3, profile: 'level0', maxWidth: 2000, sizes })
    expect(largestAtOnce(image)).toEqual({ width: 1500, height: 1000 })
    expect(wholeImageUrl(image, { width: 1500, height: 1000 })).toBe(`${BASE}/full/1500,1000/0/default.jpg`)
  })

  it('is asked for by its width alone before version 3', () => {
    expect(wholeImageUrl(service(info2), { width: 750, height: 500 })).toBe(`${BASE}/full/750,/0/default.jpg`)
  })
})

describe('pieces', () => {
  it.each([
    ['as is asked for', info3, { width: 1024, height: 512 }, 1],
    ['within the limits', { ...info3, maxWidth: 500 }, { width: 496, height: 496 }, 1],
    ['as they are stored', info10, { width: 512, height: 512 }, 1],
    ['at the reduction there is', { ...info10, scale_factors: [2, 4] }, { width: 512, height: 512 }, 2],
    [
      'reduced where there are too many',
      { ...info10, width: 36000, height: 4000 },
      { width: 512, height: 512 },
      2,
    ],
  ])('%s', (_how, document, piece, factor) => {
    expect(planPieces(service(document))).toMatchObject({ piece, factor })
  })

  it.each([
    ['none are there', { ...info10, tile_width: undefined }],
    ['their sides are odd', { ...info10, tile_width: 250, tile_height: 250 }],
    ['they are too large', { ...info10, tile_width: 4096, tile_height: 4096 }],
    ['the limits are too narrow', { ...info3, maxWidth: 100 }],
  ])('are not joined where %s', (_why, document) => {
    expect(planPieces(service(document))).toBeNull()
  })

  it('are addressed in pixels of the full image', () => {
    const third = service({ ...info3, maxWidth: 4000 })
    const plan = planPieces(third)!
    expect(pieceRequest(third, plan, 0, 0).url).toBe(`${BASE}/0,0,1024,512/1024,512/0/default.jpg`)
    expect(pieceRequest(third, plan, 5, 7)).toEqual({
      ...{ width: 880, height: 416 },
      url: `${BASE}/5120,3584,880,416/880,416/0/default.jpg`,
    })
    const first = service({ ...info10, scale_factors: [2] })
    expect(pieceRequest(first, planPieces(first)!, 5, 3).url).toBe(
      `${BASE}/5120,3072,880,928/440,/0/native.jpg`,
    )
  })

  const side = fc.integer({ min: 1, max: 60_000 })
  const limit = fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined })
  it('cover the image once, within all bounds', () => {
    fc.assert(
      fc.property(
        side,
        side,
        limit,
        limit,
        fc.option(fc.integer({ min: 1, max: 9e6 }), { nil: undefined }),
        (width, height, maxWidth, maxHeight, maxArea) => {
          const image = service({ ...info3, width, height, maxWidth, maxHeight, maxArea })
          const plan = planPieces(image)
          if (!plan) return
          expect(plan.columns * plan.rows).toBeLessThanOrEqual(PIECES_MAX)
          expect(plan.width * plan.height).toBeLessThanOrEqual(ASSEMBLED_MAX_PX)
          let area = 0
          let regions = 0
          for (let row = 0; row < plan.rows; row++)
            for (let column = 0; column < plan.columns; column++) {
              const piece = pieceRequest(image, plan, column, row)
              const [x, y, w, h] = piece.url
                .slice(BASE.length + 1)
                .split('/')[0]!
                .split(',')
                .map(Number)
              area += piece.width * piece.height
              regions += w! * h!
              expect(x! + w!).toBeLessThanOrEqual(width)
              expect(y! + h!).toBeLessThanOrEqual(height)
              expect(piece.width).toBeGreaterThan(0)
              expect(piece.width).toBeLessThanOrEqual(Math.min(maxWidth ?? 1024, 1024))
              expect(piece.height).toBeLessThanOrEqual(Math.min(maxHeight ?? maxWidth ?? 512, 512))
              expect(piece.width * piece.height).toBeLessThanOrEqual(maxArea ?? Number.POSITIVE_INFINITY)
            }
          expect(area).toBe(plan.width * plan.height)
          expect(regions).toBe(width * height)
        },
      ),
    )
  })
})
