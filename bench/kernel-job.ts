import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js'
import type { ControlPoint } from '../src/geo/control-point.ts'
import { suggestedOutput } from '../src/geo/suggested-output.ts'
import { fitTransform } from '../src/geo/transform.ts'
import { haasPoints, haasScan } from './haas.ts'

/** Megapixels of the target for each whole enlargement squared: the fixture warped at its own resolution. */
const TARGET_MPX_AT_NATIVE = 2.5

/** The picture to warp, in memory for the kernel and as a file with control points for GDAL. */
export interface KernelJob {
  points: ControlPoint[]
  source: { width: number; height: number; rgba: Uint8Array }
  /** Uncompressed binary PPM of the source. */
  ppm: string
  /** Target raster in EPSG:4326. */
  target: { width: number; height: number; west: number; north: number; degreesPerPixel: number }
  directory: string
  remove(): void
}

/**
 * Prepares the Haas map with a target of about `megapixels`, its pixels repeated to a scan of about the resolution of
 * the target.
 */
export async function prepareKernelJob(megapixels: number): Promise<KernelJob> {
  const enlargement = Math.max(1, Math.round(Math.sqrt(megapixels / TARGET_MPX_AT_NATIVE)))
  const points = haasPoints(enlargement)
  const wasm = new URL(import.meta.resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'))
  await initJpeg(await WebAssembly.compile(readFileSync(wasm)))
  const jpeg = readFileSync(haasScan().path)
  const scan = await decodeJpeg(new Uint8Array(jpeg).buffer)
  const source = enlarge(new Uint32Array(scan.data.buffer), scan.width, scan.height, enlargement)

  const directory = mkdtempSync(join(tmpdir(), 'kernel-bench-'))
  const ppm = join(directory, 'source.ppm')
  writeFileSync(ppm, portablePixmap(source))

  const whole = suggestedOutput(fitTransform(points, 'p1'), source.width, source.height)
  const degreesPerPixel = whole.pixelSizeX * Math.sqrt((whole.width * whole.height) / (megapixels * 1e6))
  const target = {
    width: Math.round((whole.width * whole.pixelSizeX) / degreesPerPixel),
    height: Math.round((whole.height * whole.pixelSizeY) / degreesPerPixel),
    west: whole.west,
    north: whole.north,
    degreesPerPixel,
  }
  return {
    points,
    source,
    ppm,
    target,
    directory,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** gdal_translate options that attach the control points. */
export function gcpOptions(points: readonly ControlPoint[]): string[] {
  return ['-a_srs', 'EPSG:4326', ...points.flatMap((p) => ['-gcp', p.x, p.y, p.lon, p.lat].map(String))]
}

function enlarge(pixels: Uint32Array, width: number, height: number, times: number): KernelJob['source'] {
  const stride = width * times
  const large = new Uint32Array(stride * height * times)
  for (let y = 0; y < height; y++) {
    const first = y * times * stride
    for (let x = 0; x < stride; x++) large[first + x] = pixels[y * width + ((x / times) | 0)]!
    for (let copy = 1; copy < times; copy++) {
      large.copyWithin(first + copy * stride, first, first + stride)
    }
  }
  return { width: stride, height: height * times, rgba: new Uint8Array(large.buffer) }
}

function portablePixmap({ width, height, rgba }: KernelJob['source']): Buffer {
  const head = Buffer.from(`P6\n${width} ${height}\n255\n`)
  const out = Buffer.allocUnsafe(head.length + width * height * 3)
  head.copy(out)
  for (let i = 0, at = head.length; i < rgba.length; i += 4) {
    out[at++] = rgba[i]!
    out[at++] = rgba[i + 1]!
    out[at++] = rgba[i + 2]!
  }
  return out
}
