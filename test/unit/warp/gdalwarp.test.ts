import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildKernel } from '../../../dev/build-kernel.ts'
import { fitTransform, type PlanarFunction, planarFunction } from '../../../src/geo/transform.ts'
import type { Resampling } from '../../../src/geo/warp/filters.ts'
import { resample } from '../../../src/geo/warp/resample.ts'
import { geographicGrid } from '../../../src/geo/warp/target-grid.ts'
import { planWarp } from '../../../src/geo/warp/warp.ts'
import { initKernel } from '../../../src/geo/warp/wasm-kernel.ts'
import { GDAL_JS_VERSION, GdalSource, type Window } from './gdalwarp.ts'
import { nativeGdalVersion, warpNative } from './native-gdalwarp.ts'

const WIDTH = 1600
const HEIGHT = 1018
const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url)
const points = readFileSync(fixture('haas-1798.gcps.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number) as [number, number, number, number, number])
  .map(([, x, y, lon, lat]) => ({ x, y, lon, lat }))

const FITS = { p1: ['-order', '1'], p3: ['-order', '3'], tps: ['-tps'] }
type Fit = keyof typeof FITS
const METHODS: readonly Resampling[] = ['near', 'bilinear', 'cubic', 'cubicspline', 'lanczos']

/** About the resolution of the scan; north-west corner of the map with its edges, and part of the inside. */
const CORNER = { west: 7.47, north: 47.67, step: 0.00055, width: 450, height: 300 }

let haas: GdalSource
let rgb: Uint8Array
let pixels: Uint8Array
beforeAll(async () => {
  await buildKernel()
  const wasm = readFileSync(new URL('../../../build/kernel.wasm', import.meta.url))
  initKernel(await WebAssembly.compile(wasm))
  haas = await GdalSource.ofFile(fileURLToPath(fixture('haas-1798.jpg')), points)
  rgb = await haas.pixels()
  pixels = new Uint8Array(WIDTH * HEIGHT * 4).fill(255)
  for (let i = 0; i < WIDTH * HEIGHT; i++) pixels.set(rgb.subarray(i * 3, i * 3 + 3), i * 4)
})

/**
 * The backward map as GDAL has it: fitted on its own, as ours; but from 3.8 on, thin plate splines are inverted by
 * iteration instead.
 */
function backwardAsGdal(fit: Fit, gdalVersion: number): PlanarFunction {
  const { forward, backward } = fitTransform(points, fit)
  if (fit !== 'tps' || gdalVersion < 3.08) return planarFunction(backward)
  return inverse(planarFunction(forward), planarFunction(backward))
}

/** The inverse of a map by Newton's method from a guess. */
function inverse(map: PlanarFunction, guess: PlanarFunction): PlanarFunction {
  const delta = 1e-3
  const value = new Float64Array(2)
  const right = new Float64Array(2)
  const below = new Float64Array(2)
  return (lon, lat, out) => {
    guess(lon, lat, out)
    for (let i = 0; i < 20; i++) {
      const [x, y] = out as unknown as [number, number]
      map(x, y, value)
      map(x + delta, y, right)
      map(x, y + delta, below)
      const dLon = lon - value[0]!
      const dLat = lat - value[1]!
      const a = (right[0]! - value[0]!) / delta
      const b = (below[0]! - value[0]!) / delta
      const c = (right[1]! - value[1]!) / delta
      const d = (below[1]! - value[1]!) / delta
      const determinant = a * d - b * c
      const stepX = (dLon * d - dLat * b) / determinant
      const stepY = (a * dLat - c * dLon) / determinant
      out[0] = x + stepX
      out[1] = y + stepY
      if (Math.hypot(stepX, stepY) < 1e-7) return
    }
  }
}

interface Options {
  window: Window
  data: Uint8Array
  hasAlpha: boolean
  gdalVersion: number
}

function ours(fit: Fit, method: Resampling, { window, data, hasAlpha, gdalVersion }: Options) {
  const { west, north, step, width, height } = window
  const plan = planWarp({
    target: geographicGrid(west, north, step, step, width, height),
    backward: backwardAsGdal(fit, gdalVersion),
    source: { width: WIDTH, height: HEIGHT, levels: 1, hasAlpha },
    method,
  })
  const out = new Uint8Array(width * height * 4)
  resample(plan, { x0: 0, y0: 0, width: WIDTH, height: HEIGHT, data }, out)
  return out
}

interface Difference {
  /** Share of colour samples, of pixels visible in both, that differ at all. */
  share: number
  /** Largest difference of such a sample in grey levels. */
  worst: number
  visible: number
  /** Pixels whose alpha differs by more than 2. */
  alpha: number
}

function difference(a: Uint8Array, b: Uint8Array): Difference {
  expect(a.length).toBe(b.length)
  const result = { share: 0, worst: 0, visible: 0, alpha: 0 }
  let differing = 0
  for (let at = 0; at < a.length; at += 4) {
    if (Math.abs(a[at + 3]! - b[at + 3]!) > 2) result.alpha++
    if (a[at + 3] === 0 || b[at + 3] === 0) continue
    result.visible++
    for (let k = at; k < at + 3; k++) {
      const levels = Math.abs(a[k]! - b[k]!)
      if (levels > 0) differing++
      result.worst = Math.max(result.worst, levels)
    }
  }
  result.share = differing / (3 * result.visible)
  return result
}

/** A position on the very border of the image may fall to either side; so few pixels of all may differ. */
const BORDER_PIXELS_MAX = 2

const opaque = (window: Window, gdalVersion: number): Options => ({
  window,
  data: pixels,
  hasAlpha: false,
  gdalVersion,
})

function expectSame(method: Resampling, found: Difference) {
  expect(found.alpha).toBeLessThanOrEqual(BORDER_PIXELS_MAX)
  if (method === 'near') expect(found.share).toBeLessThan(0.001)
  else expect(found.worst).toBeLessThanOrEqual(2)
}

describe('the Haas map as gdalwarp -et 0 draws it, edges included', () => {
  const cases = (Object.keys(FITS) as Fit[]).flatMap((fit) =>
    METHODS.slice(0, fit === 'tps' ? 3 : METHODS.length).map((method) => [fit, method] as const),
  )
  test.each(cases)('%s %s', async (fit, method) => {
    const theirs = await haas.warp([...FITS[fit], '-r', method], CORNER)
    const found = difference(ours(fit, method, opaque(CORNER, GDAL_JS_VERSION)), theirs)
    expect(found.visible).toBeGreaterThan(80_000)
    expect(found.visible).toBeLessThan(CORNER.width * CORNER.height - 5000)
    expectSame(method, found)
  })

  test('the inside at twice its resolution, tps and bilinear', async () => {
    const window = { west: 7.9, north: 47.5, step: 0.00025, width: 300, height: 200 }
    const theirs = await haas.warp(['-tps', '-r', 'bilinear'], window)
    const found = difference(ours('tps', 'bilinear', opaque(window, GDAL_JS_VERSION)), theirs)
    expect(found.visible).toBe(60_000)
    expectSame('bilinear', found)
  })
})

const native = nativeGdalVersion()
describe.skipIf(native === null)('the same by the GDAL of this machine', () => {
  test.each(['near', 'bilinear', 'cubic'] as const)('tps %s', (method) => {
    const theirs = warpNative(
      { width: WIDTH, height: HEIGHT, bands: 3, data: rgb },
      points,
      ['-tps', '-r', method],
      CORNER,
    )
    expectSame(method, difference(ours('tps', method, opaque(CORNER, native!)), theirs))
  })
})

describe('a mask in the alpha channel', () => {
  let masked: GdalSource
  let data: Uint8Array
  beforeAll(async () => {
    data = pixels.slice()
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const inside = (x - 380) ** 2 + (y - 200) ** 2 < 220 ** 2 && (x + 2 * y) % 90 > 20
        if (!inside) data.fill(0, (y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 4)
      }
    }
    masked = await GdalSource.ofRgba({ width: WIDTH, height: HEIGHT, bands: 4, data }, points)
  })

  test.each(METHODS)('%s', async (method) => {
    const theirs = await masked.warp([...FITS.p1, '-r', method], CORNER)
    const found = difference(
      ours('p1', method, { window: CORNER, data, hasAlpha: true, gdalVersion: GDAL_JS_VERSION }),
      theirs,
    )
    expect(found.visible).toBeGreaterThan(20_000)
    expect(found.visible).toBeLessThan(80_000)
    // GDAL leaves pixels out whose lanczos taps are mostly masked.
    if (method !== 'lanczos') expect(found.alpha).toBe(0)
    expect(found.worst).toBeLessThanOrEqual(2)
  })
})
