import { decodedBands, hasDecodedAlpha } from '../probe/budget.ts'
import type { ByteSource } from '../probe/byte-source.ts'
import type { ImageInfo, TiffInfo } from '../probe/image-info.ts'
import { colourSamples, hasAlphaSample, TIFF_PHOTOMETRIC } from '../probe/tiff-layout.ts'
import { readFirstFrame } from './gif-excerpt.ts'
import type { Gdal } from './module.ts'
import { readRange } from './read-range.ts'
import { SampleSink } from './sample-sink.ts'
import { type SampleMeaning, Strip } from './strip.ts'
import { excerptRanges, readExcerpt } from './tiff-excerpt.ts'

const SWATH_BYTES = 2 ** 21
/** What GDAL writes of a raw file as it makes it, before any sample. */
const RAW_FILE_MIN_BYTES = 2
const SOURCE_NAME = 'source'
const SOURCE_PATH = `/${SOURCE_NAME}`
const DRIVERS = { jpeg: 'JPEG', png: 'PNG', gif: 'BIGGIF', webp: 'WEBP', tiff: 'GTiff' } as const
/** Decodes a GIF whole. BIGGIF goes forward row by row, which the rows of an interlaced one do not. */
const INTERLACED_GIF_DRIVER = 'GIF'

/**
 * Decodes an image a strip of rows at a time. A JPEG, PNG, GIF or WebP is held as it is and decoded forward: strips in
 * rising order cost one decode in all, and going back costs another from the top. Of a TIFF only what a strip needs
 * is fetched, so strips may be read in any order.
 */
export class StripReader {
  readonly info: ImageInfo
  readonly #gdal: Gdal
  readonly #source: ByteSource
  readonly #sink: SampleSink
  readonly #meaning: SampleMeaning
  #dataset: number | undefined
  /** The row after the last one that was asked for. */
  #nextRow = 0
  #buffer: Uint8Array = new Uint8Array(0)

  private constructor(gdal: Gdal, source: ByteSource, info: ImageInfo, dataset: number | undefined) {
    this.info = info
    this.#gdal = gdal
    this.#source = source
    this.#sink = new SampleSink(gdal)
    this.#meaning = meaningOf(info)
    this.#dataset = dataset
  }

  /**
   * Opens an image that was probed and found within budget. One GDAL serves one reader at a time.
   * @throws FormatError `undecodable`, `truncated`
   */
  static async open(gdal: Gdal, source: ByteSource, info: ImageInfo): Promise<StripReader> {
    if (info.format === 'tiff') return new StripReader(gdal, source, info, undefined)
    const bytes = info.format === 'gif' ? await readFirstFrame(source, info) : await readWhole(source)
    gdal.module.FS.createDataFile('/', SOURCE_NAME, bytes, true, false, true)
    try {
      return new StripReader(gdal, source, info, gdal.open(SOURCE_PATH, driverOf(info)))
    } catch (error) {
      gdal.module.FS.unlink(SOURCE_PATH)
      throw error
    }
  }

  /**
   * Decodes `height` rows from row `y` on. The strip's samples lie in a buffer that the next call overwrites.
   * @throws FormatError `undecodable` when the data is damaged, with the decoder's reason
   */
  async read(y: number, height: number): Promise<Strip> {
    const { width } = this.info
    const length = width * height * decodedBands(this.info)
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length)
    const samples = this.#buffer.subarray(0, length)
    const bands = bandArguments(this.info)
    if (this.info.format === 'tiff') await this.#readTiff(this.info, y, height, samples, bands)
    else this.#decode(this.#datasetFor(y, height), y, height, samples, bands)
    const premultiplied = this.info.format === 'tiff' && this.info.tiff.extraSamples[0] === 1
    return new Strip(y, width, height, samples, this.#meaning, premultiplied, noDataLevel(this.info))
  }

  /**
   * The colour samples of some rows of a TIFF as they are measured, pixel by pixel. Rounded to 32 bits of floating point.
   * @throws FormatError `undecodable`
   */
  async readMeasured(y: number, height: number): Promise<Float32Array> {
    const { info } = this
    if (info.format !== 'tiff') throw new Error(`a ${info.format} has no measured samples`)
    const bands = colourSamples(info.tiff.photometric)
    const values = new Float32Array(info.width * height * bands)
    const bandList = Array.from({ length: bands }, (_, i) => ['-b', `${i + 1}`]).flat()
    await this.#readTiff(info, y, height, new Uint8Array(values.buffer), [...bandList, '-ot', 'Float32'])
    return values
  }

  /** Gives the source's memory back; the reader is of no use afterwards. */
  close(): void {
    if (this.#dataset === undefined) return
    this.#gdal.close(this.#dataset)
    this.#gdal.module.FS.unlink(SOURCE_PATH)
  }

  /** The dataset; opened anew where BIGGIF would go back, which it does only with all rows in a file beside. */
  #datasetFor(y: number, height: number): number {
    const driver = driverOf(this.info)
    if (driver === DRIVERS.gif && y < this.#nextRow) {
      this.#gdal.close(this.#dataset!)
      this.#dataset = undefined
      this.#dataset = this.#gdal.open(SOURCE_PATH, driver)
    }
    this.#nextRow = y + height
    return this.#dataset!
  }

  async #readTiff(
    info: TiffInfo,
    y: number,
    height: number,
    samples: Uint8Array,
    bands: readonly string[],
  ): Promise<void> {
    const { FS } = this.#gdal.module
    const rowBytes = samples.length / height
    for (const range of excerptRanges(info, { y, height })) {
      const { bytes, skippedRows } = await readExcerpt(this.#source, info, range)
      FS.createDataFile('/', SOURCE_NAME, bytes, true, false, true)
      try {
        const dataset = this.#gdal.open(SOURCE_PATH, DRIVERS.tiff)
        const from = (range.y - y) * rowBytes
        try {
          this.#decode(
            dataset,
            skippedRows,
            range.height,
            samples.subarray(from, from + range.height * rowBytes),
            bands,
          )
        } finally {
          this.#gdal.close(dataset)
        }
      } finally {
        FS.unlink(SOURCE_PATH)
      }
    }
  }

  #decode(dataset: number, y: number, height: number, target: Uint8Array, bands: readonly string[]): void {
    const file = target.length < RAW_FILE_MIN_BYTES ? new Uint8Array(RAW_FILE_MIN_BYTES) : target
    this.#sink.target = file
    this.#gdal.configure('GDAL_SWATH_SIZE', `${swathBytes(this.info, target.length, height)}`)
    const window = ['-srcwin', '0', `${y}`, `${this.info.width}`, `${height}`]
    this.#gdal.translate(dataset, this.#sink.path, [
      '-of',
      'ENVI',
      '-co',
      'INTERLEAVE=BIP',
      ...window,
      ...bands,
    ])
    if (file !== target) target.set(file.subarray(0, target.length))
  }
}

/**
 * How much is decoded at once. Tiles are decoded once for each swath that crosses them, so all rows of pictures make
 * one; those of measurements, which take many times as much on their way to 8 bits, go tile by tile.
 */
function swathBytes(info: ImageInfo, length: number, height: number): number {
  if (info.format !== 'tiff' || !info.tiff.tiled) return SWATH_BYTES
  if (!info.raster?.range) return length
  return Math.max(SWATH_BYTES, Math.ceil(length / height) * info.tiff.blockHeight)
}

/** The level of a raster that is shown as it is that stands for no data; null where there is none. */
function noDataLevel(info: ImageInfo): number | null {
  if (info.format !== 'tiff' || !info.raster || info.raster.range || info.raster.noData === null) return null
  const level = Number(info.raster.noData)
  return Number.isInteger(level) && level >= 0 && level < 256 ? level : null
}

async function readWhole(source: ByteSource): Promise<Uint8Array> {
  const bytes = new Uint8Array(source.size)
  await readRange(source, 0, bytes)
  return bytes
}

function driverOf(info: ImageInfo): string {
  return info.format === 'gif' && info.interlaced ? INTERLACED_GIF_DRIVER : DRIVERS[info.format]
}

/** Which bands GDAL is to give, each as 8 bits over the full range of its type. */
function bandArguments(info: ImageInfo): string[] {
  const withMask = info.format === 'png' && info.transparentColour
  const count = decodedBands(info) - (withMask ? 1 : 0)
  const bands = Array.from({ length: count }, (_, i) => i + 1)
  const args = bands.flatMap((band) => ['-b', `${band}`])
  if (withMask) args.push('-b', 'mask')
  if (info.format === 'tiff' && info.raster?.range) return measuredArguments(info, info.raster.range)
  if (info.bitDepth === 16) {
    args.push('-ot', 'Byte', ...bands.flatMap((band) => [`-scale_${band}`, '0', '65535', '0', '255']))
  }
  return args
}

/** The colours of a raster between two values as 8 bits; then its alpha, or whether there is data. */
function measuredArguments(info: TiffInfo, range: readonly [number, number]): string[] {
  const colours = Array.from({ length: colourSamples(info.tiff.photometric) }, (_, i) => i + 1)
  const args = colours.flatMap((band) => ['-b', `${band}`])
  const scales = colours.flatMap((band) => [`-scale_${band}`, ...range.map(String), '0', '255'])
  if (hasAlphaSample(info.tiff)) {
    const alpha = colours.length + 1
    args.push('-b', `${alpha}`)
    scales.push(`-scale_${alpha}`, '0', `${2 ** info.bitDepth - 1}`, '0', '255')
  } else if (info.hasAlpha) args.push('-b', 'mask')
  return [...args, '-ot', 'Byte', '-a_nodata', 'none', ...scales]
}

function meaningOf(info: ImageInfo): SampleMeaning {
  switch (info.format) {
    case 'jpeg':
      return { kind: info.channels === 1 ? 'grey' : 'rgb', alpha: false }
    case 'gif':
      return { kind: 'palette', palette: paddedPalette(info.palette) }
    case 'webp':
      return { kind: 'rgb', alpha: info.hasAlpha }
    case 'png':
      if (info.palette) return { kind: 'palette', palette: paddedPalette(info.palette) }
      if (info.channels > 2) return { kind: 'rgb', alpha: info.hasAlpha }
      return greyMeaning(info.bitDepth, false, info.hasAlpha)
    case 'tiff':
      return tiffMeaning(info)
  }
}

function tiffMeaning(info: TiffInfo): SampleMeaning {
  const { tiff, bitDepth } = info
  const hasAlpha = hasDecodedAlpha(info)
  switch (tiff.photometric) {
    case TIFF_PHOTOMETRIC.palette: {
      const entries = 2 ** bitDepth
      const map = tiff.colourMap!
      const isEightBit = map.every((value) => value < 256)
      const level = (value: number) => (isEightBit ? value : value >> 8)
      const colours = Array.from({ length: entries }, (_, i) =>
        [map[i]!, map[entries + i]!, map[2 * entries + i]!].map(level).concat(255),
      )
      return { kind: 'palette', palette: paddedPalette(colours.flat()) }
    }
    case TIFF_PHOTOMETRIC.rgb:
      return { kind: 'rgb', alpha: hasAlpha }
    case TIFF_PHOTOMETRIC.cmyk:
      return { kind: 'cmyk', alpha: hasAlpha }
    default:
      return greyMeaning(bitDepth, tiff.photometric === TIFF_PHOTOMETRIC.whiteIsZero, hasAlpha)
  }
}

/** Indices past the palette's end are opaque black. */
function paddedPalette(palette: readonly number[]): Uint8Array {
  const padded = new Uint8Array(256 * 4)
  for (let i = 3; i < padded.length; i += 4) padded[i] = 255
  padded.set(palette)
  return padded
}

function greyMeaning(bitDepth: number, inverted: boolean, alpha: boolean): SampleMeaning {
  if (bitDepth >= 8 && !inverted) return { kind: 'grey', alpha }
  const most = bitDepth >= 8 ? 255 : 2 ** bitDepth - 1
  const levels = Uint8Array.from({ length: 256 }, (_, value) => {
    const level = Math.min(255, Math.round((value * 255) / most))
    return inverted ? 255 - level : level
  })
  return { kind: 'grey', alpha, levels }
}
