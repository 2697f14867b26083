import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildKernel } from '../../../dev/build-kernel.ts'
import type { PlanarFunction } from '../../../src/geo/transform.ts'
import type { Resampling } from '../../../src/geo/warp/filters.ts'
import { resample, type SourceWindow } from '../../../src/geo/warp/resample.ts'
import { geographicGrid, type TargetGrid } from '../../../src/geo/warp/target-grid.ts'
import { planWarp, type WarpPlan } from '../../../src/geo/warp/warp.ts'
import { initKernel, unloadKernel } from '../../../src/geo/warp/wasm-kernel.ts'
import { backwardOf, controlPoints, IMAGE } from './random-fit.ts'

const METHODS: readonly Resampling[] = ['near', 'bilinear', 'cubic', 'cubicspline', 'lanczos']

type Colour = (x: number, y: number) => [number, number, number, number]

function image(width: number, height: number, colour: Colour): SourceWindow {
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 4)
  }
  return { x0: 0, y0: 0, width, height, data }
}

/** Noise that has every value of every channel, the same in every run. */
const noise: Colour = (x, y) => {
  const hash = Math.imul(x * 7919 + y * 104729 + 1, 2654435761) >>> 0
  return [hash & 255, (hash >> 8) & 255, (hash >> 16) & 255, 255]
}

const shift =
  (dx: number, dy: number): PlanarFunction =>
  (lon, lat, out) => {
    out[0] = lon + dx
    out[1] = dy - lat
  }

/** A target whose pixel (col, row) is the source pixel (col, row) of an unshifted map. */
const sameGrid = (width: number, height: number) => geographicGrid(0, 0, 1, 1, width, height)

interface Options {
  target: TargetGrid
  hasAlpha?: boolean
}

function plan(
  source: SourceWindow,
  backward: PlanarFunction,
  method: Resampling,
  options: Options,
): WarpPlan {
  const { width, height } = source
  return planWarp({
    target: options.target,
    backward,
    source: { width, height, levels: 1, hasAlpha: options.hasAlpha ?? false },
    method,
  })
}

function warped(source: SourceWindow, backward: PlanarFunction, method: Resampling, options: Options) {
  const out = new Uint8Array(options.target.width * options.target.height * 4).fill(77)
  resample(plan(source, backward, method, options), source, out)
  return out
}

const pixel = (rgba: Uint8Array, width: number, x: number, y: number) => [
  ...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
]

let kernel: WebAssembly.Module
beforeAll(async () => {
  await buildKernel()
  kernel = await WebAssembly.compile(readFileSync(new URL('../../../build/kernel.wasm', import.meta.url)))
})
afterEach(() => unloadKernel())

describe.each(METHODS)('%s', (method) => {
  test('keeps an opaque constant to the edges', () => {
    const source = image(150, 90, () => [200, 100, 3, 255])
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = lon * 0.9 - lat * 0.2 - 10
      out[1] = -lat * 0.9 - lon * 0.1 + 3
    }
    const out = warped(source, backward, method, { target: sameGrid(200, 130) })
    const seen = new Set<string>()
    for (let at = 0; at < out.length; at += 4) seen.add([...out.subarray(at, at + 4)].join())
    expect([...seen].sort()).toEqual(['0,0,0,0', '200,100,3,255'])
  })

  test('is opaque exactly where the centre of a pixel lies in the image', () => {
    const source = image(100, 80, noise)
    const target = sameGrid(120, 100)
    const out = warped(source, shift(-10.3, -5.7), method, { target })
    for (let y = 0; y < 100; y++) {
      for (let x = 0; x < 120; x++) {
        const sx = x + 0.5 - 10.3
        const sy = y + 0.5 - 5.7
        const inside = sx >= 0 && sx <= 100 && sy >= 0 && sy <= 80
        expect(out[(y * 120 + x) * 4 + 3]).toBe(inside ? 255 : 0)
      }
    }
  })

  test('gives the same from a window as from the whole image', () => {
    const whole = image(400, 300, noise)
    const target = sameGrid(90, 70)
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = 150 + lon * 0.8 + lat * 0.3 + lon * lat * 0.001
      out[1] = 100 + lon * 0.2 - lat
    }
    const prepared = plan(whole, backward, method, { target })
    const { x0, y0, width, height } = prepared.window!
    expect(width * height).toBeLessThan(400 * 300)
    const data = new Uint8Array(width * height * 4)
    for (let y = 0; y < height; y++) {
      data.set(
        whole.data.subarray(((y0 + y) * 400 + x0) * 4, ((y0 + y) * 400 + x0 + width) * 4),
        y * width * 4,
      )
    }
    const out = new Uint8Array(90 * 70 * 4)
    resample(prepared, { x0, y0, width, height, data }, out)
    expect(out).toEqual(warped(whole, backward, method, { target }))
  })

  test('transparent neighbours lend no colour', () => {
    const source = image(120, 120, (x, y) => (x + y < 120 ? [250, 240, 230, 255] : [0, 0, 0, 0]))
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = lon * 0.37 + 31.2
      out[1] = -lat * 0.37 + 33.3
    }
    const out = warped(source, backward, method, { target: sameGrid(150, 150), hasAlpha: true })
    let visible = 0
    for (let at = 0; at < out.length; at += 4) {
      if (out[at + 3] === 0) {
        expect([out[at], out[at + 1], out[at + 2]]).toEqual([0, 0, 0])
        continue
      }
      visible++
      expect([out[at], out[at + 1], out[at + 2]]).toEqual([250, 240, 230])
    }
    expect(visible).toBeGreaterThan(5000)
    expect(visible).toBeLessThan(20000)
  })

  test('alpha that is opaque everywhere changes nothing', () => {
    const source = image(200, 150, noise)
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = lon * 1.1 + lat * 0.2 + 4
      out[1] = lon * 0.1 - lat * 1.2 - 6
    }
    const target = sameGrid(180, 140)
    expect(warped(source, backward, method, { target, hasAlpha: true })).toEqual(
      warped(source, backward, method, { target }),
    )
  })

  test('a lone opaque pixel is not lost among transparent ones', () => {
    const source = image(200, 200, (x, y) => (x === 101 && y === 99 ? [9, 8, 7, 255] : [0, 0, 0, 0]))
    const out = warped(source, shift(0, 0), method, { target: sameGrid(200, 200), hasAlpha: true })
    expect(pixel(out, 200, 101, 99).slice(0, 3)).toEqual([9, 8, 7])
    expect(pixel(out, 200, 102, 99)).toEqual([0, 0, 0, 0])
  })

  test('reads a coarser level in its own pixels', () => {
    // Full size 401 x 301: the level of half the size is 201 x 151 and its last column is half outside.
    const half = image(201, 151, (x, y) => [x, y, 0, 255])
    const prepared = planWarp({
      target: geographicGrid(0, 0, 2, 2, 201, 151),
      backward: shift(0, 0),
      source: { width: 401, height: 301, levels: 2, hasAlpha: false },
      method,
    })
    expect([prepared.level, prepared.levelWidth, prepared.levelHeight]).toEqual([0, 201, 151])
    const out = new Uint8Array(201 * 151 * 4)
    resample(prepared, half, out)
    expect(pixel(out, 201, 50, 60)).toEqual([50, 60, 0, 255])
    expect(pixel(out, 201, 199, 149)[3]).toBe(255)
  })
})

test.each(['near', 'bilinear', 'cubic', 'lanczos'] as const)(
  '%s copies the image when pixels coincide',
  (method) => {
    const source = image(130, 70, noise)
    expect(warped(source, shift(0, 0), method, { target: sameGrid(130, 70) })).toEqual(source.data)
  },
)

describe('values between pixels', () => {
  test('near takes the pixel that contains the point', () => {
    const source = image(64, 64, noise)
    const out = warped(source, shift(0.49, 0.49), 'near', { target: sameGrid(60, 60) })
    expect(pixel(out, 60, 20, 30)).toEqual(pixel(source.data, 64, 20, 30))
    const next = warped(source, shift(0.51, 0.51), 'near', { target: sameGrid(60, 60) })
    expect(pixel(next, 60, 20, 30)).toEqual(pixel(source.data, 64, 21, 31))
  })

  test('bilinear and cubic reproduce a ramp', () => {
    const ramp = image(64, 64, (x, y) => [2 * x, 2 * y, x + y, 255])
    for (const method of ['bilinear', 'cubic', 'cubicspline', 'lanczos'] as const) {
      const out = warped(ramp, shift(0.5, 0.5), method, { target: sameGrid(60, 60) })
      const [red, green, blue] = pixel(out, 60, 20, 30) as [number, number, number, number]
      expect(Math.abs(red - 41)).toBeLessThanOrEqual(1)
      expect(Math.abs(green - 61)).toBeLessThanOrEqual(1)
      expect(Math.abs(blue - 51)).toBeLessThanOrEqual(1)
    }
  })

  test('cubic overshoots at an edge, cubicspline and bilinear do not', () => {
    const edge = image(64, 64, (x) => (x < 32 ? [100, 100, 100, 255] : [150, 150, 150, 255]))
    const range = (method: Resampling) => {
      const out = warped(edge, shift(0.4, 0), method, { target: sameGrid(60, 64) })
      const row = Array.from({ length: 60 }, (_, x) => out[(30 * 60 + x) * 4]!)
      return [Math.min(...row), Math.max(...row)]
    }
    expect(range('bilinear')).toEqual([100, 150])
    expect(range('cubicspline')).toEqual([100, 150])
    expect(range('cubic')[0]).toBeLessThan(100)
    expect(range('lanczos')[1]).toBeGreaterThan(150)
  })

  test('translucent pixels weigh by their alpha, alpha is that of the nearest', () => {
    const source = image(40, 40, (x) => (x < 20 ? [200, 0, 0, 255] : [0, 200, 0, 85]))
    const out = warped(source, shift(0.5, 0), 'bilinear', { target: sameGrid(39, 40), hasAlpha: true })
    // Between column 19 (weight 255) and column 20 (weight 85).
    expect(pixel(out, 39, 19, 20)).toEqual([150, 50, 0, 85])
  })
})

describe('the SIMD kernel', () => {
  test.each(['cubic', 'cubicspline', 'lanczos'] as const)('gives the bytes of JavaScript: %s', (method) => {
    const source = image(IMAGE.width, IMAGE.height, noise)
    const shape = fc.record({
      points: controlPoints(50),
      width: fc.integer({ min: 1, max: 150 }),
      height: fc.integer({ min: 1, max: 150 }),
      ratio: fc.constantFrom(0.3, 1, 3),
      west: fc.double({ min: 6.95, max: 8.1, noNaN: true }),
      hasAlpha: fc.boolean(),
    })
    let filled = 0
    fc.assert(
      fc.property(shape, ({ points, width, height, ratio, west, hasAlpha }) => {
        const backward = backwardOf(points, 'p2')
        if (!backward) return
        const target = geographicGrid(west, 47.8, ratio * 0.001, ratio * 0.001, width, height)
        unloadKernel()
        const script = warped(source, backward, method, { target, hasAlpha })
        initKernel(kernel)
        const simd = warped(source, backward, method, { target, hasAlpha })
        expect(Buffer.compare(simd, script)).toBe(0)
        filled += simd.some((byte) => byte > 0) ? 1 : 0
      }),
      { numRuns: 25 },
    )
    expect(filled).toBeGreaterThan(10)
  })

  test('a window that is too large for its memory is left to JavaScript', () => {
    const source = image(2100, 2000, noise)
    const backward: PlanarFunction = (lon, lat, out) => {
      out[0] = lon * 20.3
      out[1] = -lat * 19.1
    }
    initKernel(kernel)
    const options = { target: sameGrid(100, 100) }
    const large = warped(source, backward, 'cubic', options)
    unloadKernel()
    expect(Buffer.compare(large, warped(source, backward, 'cubic', options))).toBe(0)
  })
})

describe('buffers', () => {
  const source = image(64, 64, noise)
  const prepared = plan(source, shift(0, 0), 'near', { target: sameGrid(32, 32) })

  test('of a wrong size are refused', () => {
    expect(() => resample(prepared, source, new Uint8Array(32 * 32 * 3))).toThrow(RangeError)
    const short = { ...source, data: source.data.subarray(4) }
    expect(() => resample(prepared, short, new Uint8Array(32 * 32 * 4))).toThrow(RangeError)
  })

  test('that are not aligned are refused', () => {
    const shifted = new Uint8Array(32 * 32 * 4 + 1).subarray(1)
    expect(() => resample(prepared, source, shifted)).toThrow(/multiple of 4/)
  })

  test('that miss a part of the window are refused', () => {
    const part = { x0: 8, y0: 0, width: 56, height: 64, data: new Uint8Array(56 * 64 * 4) }
    expect(() => resample(prepared, part, new Uint8Array(32 * 32 * 4))).toThrow(/cover/)
  })

  test('a target outside the image has no window and becomes transparent', () => {
    const outside = plan(source, shift(5000, 0), 'cubic', { target: sameGrid(32, 32) })
    expect(outside.window).toBeNull()
    const out = new Uint8Array(32 * 32 * 4).fill(9)
    resample(outside, source, out)
    expect(out.every((byte) => byte === 0)).toBe(true)
  })
})
