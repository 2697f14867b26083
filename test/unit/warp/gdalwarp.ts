import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { ControlPoint } from '../../../src/geo/control-point.ts'

interface Output {
  local: string
}

/** The part of gdal3.js used here. */
interface Gdal {
  open(paths: string | string[]): Promise<{ datasets: object[] }>
  close(dataset: object): Promise<void>
  gdal_translate(dataset: object, options: string[], name: string): Promise<Output>
  gdalwarp(dataset: object, options: string[], name: string): Promise<Output>
  getFileBytes(path: Output): Promise<Uint8Array>
}

/** The GDAL inside gdal3.js 2.8.1, minor version in hundredths. */
export const GDAL_JS_VERSION = 3.08

/** A north-up target in EPSG:4326 with square pixels of `step` degrees. */
export interface Window {
  west: number
  north: number
  step: number
  width: number
  height: number
}

/** A raster of bytes, band after band of each pixel. */
export interface Raster {
  width: number
  height: number
  bands: number
  data: Uint8Array
}

const require = createRequire(import.meta.url)
let loading: Promise<Gdal> | undefined

function gdal(): Promise<Gdal> {
  const packageDir = dirname(require.resolve('gdal3.js/package.json'))
  loading ??= require('gdal3.js/node.js')({
    path: relative('.', join(packageDir, 'dist/package')),
    logHandler: () => {},
  }) as Promise<Gdal>
  return loading
}

const AS_BYTES = ['-of', 'ENVI', '-co', 'INTERLEAVE=BIP']

/** GDAL (gdal3.js) with one source image that has control points. */
export class GdalSource {
  readonly #gdal: Gdal
  readonly #picture: object

  private constructor(engine: Gdal, picture: object) {
    this.#gdal = engine
    this.#picture = picture
  }

  /** An image file with control points attached. */
  static async ofFile(path: string | string[], points: readonly ControlPoint[]): Promise<GdalSource> {
    const engine = await gdal()
    const picture = (await engine.open(path)).datasets[0]!
    const tiff = await engine.gdal_translate(picture, ['-of', 'GTiff', ...gcpOptions(points)], 'source')
    await engine.close(picture)
    return new GdalSource(engine, (await engine.open(tiff.local)).datasets[0]!)
  }

  /** An RGBA raster with control points attached. */
  static async ofRgba(raster: Raster, points: readonly ControlPoint[]): Promise<GdalSource> {
    const directory = mkdtempSync(join(tmpdir(), 'gdal-source-'))
    try {
      const vrt = join(directory, 'rgba.vrt')
      writeFileSync(join(directory, 'rgba.raw'), raster.data)
      writeFileSync(vrt, rawVrt(raster))
      return await GdalSource.ofFile([vrt, join(directory, 'rgba.raw')], points)
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  /** The source's own pixels. */
  async pixels(): Promise<Uint8Array> {
    return this.#gdal.getFileBytes(await this.#gdal.gdal_translate(this.#picture, AS_BYTES, 'pixels'))
  }

  /** Warps to RGBA. */
  async warp(options: string[], window: Window): Promise<Uint8Array> {
    const output = await this.#gdal.gdalwarp(this.#picture, warpOptions(options, window), 'warped')
    return this.#gdal.getFileBytes(output)
  }
}

/** Warps a georeferenced file by gdal3.js to bytes, band after band of each pixel. */
export async function warpFile(path: string, options: string[]): Promise<Uint8Array> {
  const engine = await gdal()
  const file = (await engine.open(path)).datasets[0]!
  const output = await engine.gdalwarp(file, [...options, ...AS_BYTES], 'warped-file')
  const bytes = await engine.getFileBytes(output)
  await engine.close(file)
  return bytes
}

/** Options of gdalwarp for a window: no approximation of the map, filters at the scale of the source. */
export function warpOptions(options: string[], { west, north, step, width, height }: Window): string[] {
  return [
    ...options,
    ...['-et', '0', '-wo', 'XSCALE=1', '-wo', 'YSCALE=1', '-dstalpha'],
    ...['-te', west, north - height * step, west + width * step, north].map(String),
    ...['-ts', width, height].map(String),
    ...AS_BYTES,
  ]
}

/** Options of gdal_translate that attach control points. */
export function gcpOptions(points: readonly ControlPoint[]): string[] {
  return ['-a_srs', 'EPSG:4326', ...points.flatMap((p) => ['-gcp', p.x, p.y, p.lon, p.lat].map(String))]
}

function rawVrt({ width, height, bands }: Raster): string {
  const names = ['Red', 'Green', 'Blue', 'Alpha']
  const list = Array.from(
    { length: bands },
    (_, i) => `<VRTRasterBand dataType="Byte" band="${i + 1}" subClass="VRTRawRasterBand">
<ColorInterp>${names[i]}</ColorInterp><SourceFilename relativeToVRT="1">rgba.raw</SourceFilename>
<ImageOffset>${i}</ImageOffset><PixelOffset>${bands}</PixelOffset><LineOffset>${bands * width}</LineOffset>
</VRTRasterBand>`,
  )
  return `<VRTDataset rasterXSize="${width}" rasterYSize="${height}">${list.join('')}</VRTDataset>`
}
