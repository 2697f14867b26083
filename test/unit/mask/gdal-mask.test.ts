import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gmlMask } from '../../../src/formats/gml-mask-writer.ts'
import type { ControlPoint } from '../../../src/geo/control-point.ts'
import { repairMask } from '../../../src/geo/mask/repair.ts'
import { fitTransform, planarFunction } from '../../../src/geo/transform.ts'
import { maskCoverage } from '../../../src/geo/warp/mask-coverage.ts'
import { geographicGrid } from '../../../src/geo/warp/target-grid.ts'
import { planWarp } from '../../../src/geo/warp/warp.ts'
import { nativeGdalVersion, warpNative } from '../warp/native-gdalwarp.ts'

const WIDTH = 400
const HEIGHT = 300
const SIDE = 160
const WINDOW = { west: 7, north: 48, step: 0.002, width: SIDE, height: SIDE }

const POINTS: ControlPoint[] = [
  { x: 20, y: 25, lon: 7.02, lat: 47.98 },
  { x: 380, y: 15, lon: 7.3, lat: 47.97 },
  { x: 30, y: 280, lon: 7.03, lat: 47.72 },
  { x: 370, y: 290, lon: 7.29, lat: 47.7 },
  { x: 200, y: 140, lon: 7.17, lat: 47.83 },
  { x: 110, y: 210, lon: 7.09, lat: 47.8 },
  { x: 290, y: 90, lon: 7.24, lat: 47.9 },
]

const mask = repairMask(
  [
    [
      [
        [40.5, 30],
        [360, 60.25],
        [330, 150],
        [370, 270],
        [200, 230],
        [60, 275],
      ],
      [
        [150, 100],
        [250, 110],
        [230, 180],
      ],
    ],
  ],
  WIDTH,
  HEIGHT,
)

/** White inside the mask by the centres of pixels, black outside, as `gdal_rasterize` reads our GML. */
function rasterized(): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'gdal-mask-'))
  try {
    const [gml, black, white, bytes] = ['mask.gml', 'black.ppm', 'white.tif', 'white.img'].map((name) =>
      join(directory, name),
    ) as [string, string, string, string]
    writeFileSync(gml, gmlMask(mask))
    writeFileSync(
      black,
      Buffer.concat([Buffer.from(`P6\n${WIDTH} ${HEIGHT}\n255\n`), Buffer.alloc(WIDTH * HEIGHT * 3)]),
    )
    execFileSync('gdal_translate', ['-q', '-of', 'GTiff', black, white])
    const bands = ['1', '2', '3'].flatMap((band) => ['-b', band, '-burn', '255'])
    execFileSync('gdal_rasterize', ['-q', ...bands, '-l', 'features', gml, white])
    execFileSync('gdal_translate', ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', white, bytes])
    return readFileSync(bytes)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe.skipIf(nativeGdalVersion() === null)('against gdal_rasterize and gdalwarp', () => {
  test.each([
    ['p1', ['-order', '1']],
    ['p2', ['-order', '2']],
    ['tps', ['-tps']],
  ] as const)('%s', (method, options) => {
    const picture = { width: WIDTH, height: HEIGHT, bands: 3, data: rasterized() }
    const theirs = warpNative(picture, POINTS, [...options, '-r', 'near'], WINDOW)
    const target = geographicGrid(WINDOW.west, WINDOW.north, WINDOW.step, WINDOW.step, SIDE, SIDE)
    const backward = planarFunction(fitTransform(POINTS, method).backward)
    const plan = planWarp({
      ...{ target, backward, method: 'near', level: 0 },
      source: { width: WIDTH, height: HEIGHT, levels: 1, hasAlpha: false },
    })
    const ours = maskCoverage({ ...plan, scale: 1 }, mask) as Uint8Array
    // What is wholly inside or outside is so for GDAL; what is in part may be either, and is half of it at the mean.
    let sum = 0
    const counts = { inside: 0, outside: 0, partial: 0 }
    const disagreements = ours.reduce((count, share, i) => {
      const theirsInside = theirs[i * 4 + 3] === 255 && theirs[i * 4] === 255
      if (share > 0 && share < 255) {
        counts.partial++
        sum += share / 255 - (theirsInside ? 1 : 0)
        return count
      }
      counts[share === 255 ? 'inside' : 'outside']++
      return theirsInside === (share === 255) ? count : count + 1
    }, 0)
    expect(counts.inside).toBeGreaterThan(5_000)
    expect(counts.outside).toBeGreaterThan(5_000)
    expect(counts.partial).toBeGreaterThan(300)
    expect(disagreements).toBe(0)
    expect(Math.abs(sum / counts.partial)).toBeLessThan(0.05)
  })
})
