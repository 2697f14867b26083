import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildKernel } from '../dev/build-kernel.ts'
import { fitTransform, planarFunction } from '../src/geo/transform.ts'
import type { Resampling } from '../src/geo/warp/filters.ts'
import { resample } from '../src/geo/warp/resample.ts'
import { geographicGrid } from '../src/geo/warp/target-grid.ts'
import { planWarp } from '../src/geo/warp/warp.ts'
import { initKernel } from '../src/geo/warp/wasm-kernel.ts'
import { openGdalJs } from './gdal-js.ts'
import { versionOf } from './installed.ts'
import { gcpOptions, type KernelJob, prepareKernelJob } from './kernel-job.ts'
import type { BenchRow } from './row.ts'

const MEGAPIXELS_DEFAULT = 40
const TILE_PX = 512
const REPEATS = 3
const FITS = [
  { method: 'p1', gdal: ['-order', '1'] },
  { method: 'p3', gdal: ['-order', '3'] },
  { method: 'tps', gdal: ['-tps'] },
] as const
const RESAMPLINGS: readonly Resampling[] = ['near', 'bilinear', 'cubic']

/**
 * The warp kernel against gdalwarp, native where it is installed and gdal3.js, on one job: the Haas map enlarged to
 * about the resolution of the target (6400 x 4072 px) with its 86 control points, warped to an RGBA raster in EPSG:4326
 * of `GRATICULE_BENCH_MPX` (40) megapixels.
 *
 * The kernel's time holds, for each tile of 512 px, the plan, copying the source window out of the decoded image and
 * the resampling. GDAL's holds reading the decoded image (an uncompressed GeoTIFF, in the page cache or in memory) and
 * warping into a MEM dataset, on one thread, with gdalwarp's own error threshold of 0.125 px; native also starts a
 * process. The best of three runs in turn, one run of gdal3.js.
 */
export async function benchKernel(): Promise<BenchRow[]> {
  await buildKernel()
  const wasm = new URL('../build/kernel.wasm', import.meta.url)
  initKernel(await WebAssembly.compile(readFileSync(wasm)))
  const job = await prepareKernelJob(Number(process.env.GRATICULE_BENCH_MPX ?? MEGAPIXELS_DEFAULT))
  try {
    const native = versionOf('gdalwarp') ? prepareNative(job) : null
    const gdalJs = await prepareGdalJs(job)
    const megapixels = (job.target.width * job.target.height) / 1e6
    const rows: BenchRow[] = []
    for (const fit of FITS) {
      for (const resampling of RESAMPLINGS) {
        const options = [...fit.gdal, '-r', resampling]
        const own: number[] = []
        const peers: number[] = []
        for (let i = 0; i < REPEATS; i++) {
          own.push(timed(() => warpByTiles(job, fit.method, resampling)))
          if (native) peers.push(timed(() => native(options)))
        }
        const value = megapixels / Math.min(...own)
        const add = (peer: number, peerName: string) =>
          rows.push({
            name: `kernel ${fit.method} ${resampling}`,
            value,
            peer,
            unit: 'Mpx/s',
            ratio: value / peer,
            peerName,
          })
        if (native) add(megapixels / Math.min(...peers), 'native gdalwarp')
        add(megapixels / (await gdalJs(options)), 'gdal3.js')
      }
    }
    return rows
  } finally {
    job.remove()
  }
}

function warpByTiles(job: KernelJob, method: (typeof FITS)[number]['method'], resampling: Resampling): void {
  const backward = planarFunction(fitTransform(job.points, method).backward)
  const { width, height, rgba } = job.source
  const { target } = job
  const out = new Uint8Array(target.width * target.height * 4)
  const tile = new Uint8Array(TILE_PX * TILE_PX * 4)
  let buffer = new Uint8Array(0)
  for (let row = 0; row < target.height; row += TILE_PX) {
    for (let col = 0; col < target.width; col += TILE_PX) {
      const cols = Math.min(TILE_PX, target.width - col)
      const rows = Math.min(TILE_PX, target.height - row)
      const grid = geographicGrid(
        target.west + col * target.degreesPerPixel,
        target.north - row * target.degreesPerPixel,
        target.degreesPerPixel,
        target.degreesPerPixel,
        cols,
        rows,
      )
      const plan = planWarp({
        target: grid,
        backward,
        source: { width, height, levels: 1, hasAlpha: false },
        method: resampling,
      })
      const { window } = plan
      if (!window) continue
      const bytes = window.width * window.height * 4
      if (buffer.length < bytes) buffer = new Uint8Array(bytes)
      const data = buffer.subarray(0, bytes)
      for (let y = 0; y < window.height; y++) {
        const from = ((window.y0 + y) * width + window.x0) * 4
        data.set(rgba.subarray(from, from + window.width * 4), y * window.width * 4)
      }
      const pixels = tile.subarray(0, cols * rows * 4)
      resample(plan, { ...window, data }, pixels)
      for (let y = 0; y < rows; y++) {
        out.set(pixels.subarray(y * cols * 4, (y + 1) * cols * 4), ((row + y) * target.width + col) * 4)
      }
    }
  }
}

/** Options of gdalwarp that name the job: the same raster, RGBA, one thread, room for the whole image. */
function jobOptions({ target }: KernelJob): string[] {
  const { west, north, degreesPerPixel, width, height } = target
  return [
    ...['-of', 'MEM', '-dstalpha', '-wm', '500', '-wo', 'NUM_THREADS=1'],
    ...['-te', west, north - height * degreesPerPixel, west + width * degreesPerPixel, north].map(String),
    ...['-ts', width, height].map(String),
  ]
}

function prepareNative(job: KernelJob): (options: string[]) => void {
  const tiff = join(job.directory, 'source.tif')
  execFileSync('gdal_translate', ['-q', '-of', 'GTiff', ...gcpOptions(job.points), job.ppm, tiff])
  return (options) => {
    execFileSync('gdalwarp', ['-q', ...options, ...jobOptions(job), tiff, 'target'])
  }
}

async function prepareGdalJs(job: KernelJob): Promise<(options: string[]) => Promise<number>> {
  const gdal = await openGdalJs()
  const picture = (await gdal.open(job.ppm)).datasets[0]!
  const tiff = await gdal.gdal_translate(picture, ['-of', 'GTiff', ...gcpOptions(job.points)], 'source')
  const source = (await gdal.open(tiff.local)).datasets[0]!
  return async (options) => {
    const start = performance.now()
    await gdal.gdalwarp(source, [...options, ...jobOptions(job)], 'target')
    return (performance.now() - start) / 1000
  }
}

function timed(run: () => void): number {
  const start = performance.now()
  run()
  return (performance.now() - start) / 1000
}

if (import.meta.main) {
  const rows = await benchKernel()
  console.table(
    rows.map((row) => ({
      name: row.name,
      [`kernel ${row.unit}`]: Number(row.value.toFixed(1)),
      peer: row.peerName,
      [`peer ${row.unit}`]: Number(row.peer.toFixed(1)),
      ratio: Number(row.ratio.toFixed(2)),
    })),
  )
}
