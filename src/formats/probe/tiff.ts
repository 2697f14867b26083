import { FormatError } from '../format-error.ts'
import type { ByteSource } from './byte-source.ts'
import { ByteWindow } from './byte-window.ts'
import type { RasterSamples, TiffInfo } from './image-info.ts'
import { TiffDirectory } from './tiff-directory.ts'
import {
  colourSamples,
  hasAlphaSample,
  TIFF_COMPRESSION,
  TIFF_PHOTOMETRIC,
  type TiffLayout,
} from './tiff-layout.ts'

/** Above this the list of blocks itself would not be small. */
export const TIFF_BLOCK_COUNT_MAX = 262_144

const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  gdalNoData: 42113,
} as const

const COMPRESSION_NAMES: Record<number, string> = {
  2: 'CCITT RLE',
  3: 'CCITT Group 3',
  4: 'CCITT Group 4',
  6: 'old-style JPEG',
  7: 'JPEG',
  34661: 'JBIG',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
}

const PHOTOMETRIC_NAMES: Record<number, string> = {
  4: 'transparency mask',
  6: 'YCbCr',
  8: 'CIE L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32803: 'colour filter array',
  34892: 'linear raw',
}

const isOneOf = (value: number, values: Record<string, number>) => Object.values(values).includes(value)

/**
 * Reads the first directory of a TIFF or BigTIFF and checks that all of its strips or tiles lie inside the file
 * and can be decoded (TIFF 6.0). Further pages are ignored.
 * @throws FormatError `truncated`, `corrupt`, `unsupported`, `too-large` (more blocks than are listed)
 */
export async function probeTiff(source: ByteSource): Promise<TiffInfo> {
  const window = new ByteWindow(source, 'TIFF')
  return readImage(window, await TiffDirectory.readFirst(window), readBitDepth)
}

/**
 * Like `probeTiff`, of a raster: its samples may be measurements, signed or with fractions, and some of them may stand
 * for no data. `raster.range` is that of the type where there is one; what is to be shown is for the caller to say.
 * @throws FormatError as `probeTiff`
 */
export async function probeRasterTiff(source: ByteSource): Promise<TiffInfo & { raster: RasterSamples }> {
  const window = new ByteWindow(source, 'TIFF')
  const directory = await TiffDirectory.readFirst(window)
  const sampleFormat = await readSampleFormat(window, directory)
  const info = await readImage(window, directory, (...args) => readSampleDepth(sampleFormat, ...args))
  const isShownAsIs = sampleFormat === 1 && info.bitDepth <= 8
  const noData = (await directory.text(TAG.gdalNoData))?.trim() || (sampleFormat === 3 ? 'nan' : null)
  const raster: RasterSamples = { sampleFormat, noData, range: isShownAsIs ? null : [0, 1] }
  return { ...info, raster, hasAlpha: info.hasAlpha || noData !== null }
}

type ReadBitDepth = typeof readBitDepth

async function readImage(
  window: ByteWindow,
  directory: TiffDirectory,
  readDepth: ReadBitDepth,
): Promise<TiffInfo> {
  const width = await directory.number(TAG.width, 0)
  const height = await directory.number(TAG.height, 0)
  if (width === 0 || height === 0) throw window.corrupt(`a size of ${width}x${height}`)
  const compression = await directory.number(TAG.compression, TIFF_COMPRESSION.none)
  if (!isOneOf(compression, TIFF_COMPRESSION)) {
    throw window.unsupported(`compression ${COMPRESSION_NAMES[compression] ?? compression}`)
  }
  const channels = await directory.number(TAG.samplesPerPixel, 1)
  const photometric = await directory.number(TAG.photometric, TIFF_PHOTOMETRIC.blackIsZero)
  const bitDepth = await readDepth(window, directory, channels, photometric)
  const layout = await readLayout(window, directory, { width, height, channels, compression, photometric })
  checkBlocks(window, layout, { width, height, channels, bitDepth })
  return {
    format: 'tiff',
    contentType: 'image/tiff',
    width,
    height,
    channels,
    bitDepth,
    hasAlpha: hasAlphaSample(layout),
    tiff: layout,
  }
}

async function readBitDepth(
  window: ByteWindow,
  directory: TiffDirectory,
  channels: number,
  photometric: number,
): Promise<number> {
  if (!isOneOf(photometric, TIFF_PHOTOMETRIC)) {
    throw window.unsupported(`photometric interpretation ${PHOTOMETRIC_NAMES[photometric] ?? photometric}`)
  }
  if (channels < colourSamples(photometric) || channels > 0xff)
    throw window.corrupt(`${channels} samples a pixel`)
  const depths = new Set(await directory.numbers(TAG.bitsPerSample))
  const formats = new Set(await directory.numbers(TAG.sampleFormat))
  const [bitDepth = 1] = depths
  const { rgb, cmyk, palette } = TIFF_PHOTOMETRIC
  const allowed = photometric === palette ? [1, 2, 4, 8] : [8, 16]
  if (photometric !== rgb && photometric !== cmyk && channels === 1) allowed.push(1, 2, 4)
  if (depths.size > 1 || !allowed.includes(bitDepth)) {
    throw window.unsupported(`${[...depths].join(', ')} bits a sample in ${channels} channels`)
  }
  for (const format of formats) {
    const unsigned = 1
    const undefinedFormat = 4
    if (format !== unsigned && format !== undefinedFormat) {
      throw window.unsupported(format === 2 ? 'signed samples' : 'samples that are not whole numbers')
    }
  }
  return bitDepth
}

/** Samples that are signed, have fractions, or more bits than light needs. */
const SAMPLE_DEPTHS = { 1: [8, 16, 32], 2: [8, 16, 32], 3: [32, 64] } as const

async function readSampleFormat(window: ByteWindow, directory: TiffDirectory): Promise<1 | 2 | 3> {
  const formats = new Set(await directory.numbers(TAG.sampleFormat))
  const [format = 1] = formats
  const known = format === 4 ? 1 : format
  if (formats.size > 1 || (known !== 1 && known !== 2 && known !== 3))
    throw window.unsupported(`samples of the formats ${[...formats].join(', ')}`)
  return known
}

async function readSampleDepth(
  sampleFormat: 1 | 2 | 3,
  window: ByteWindow,
  directory: TiffDirectory,
  channels: number,
  photometric: number,
): Promise<number> {
  const depths = new Set(await directory.numbers(TAG.bitsPerSample))
  const [bitDepth = 1] = depths
  const isLight = sampleFormat === 1 && bitDepth <= 16
  const { palette, cmyk } = TIFF_PHOTOMETRIC
  if (isLight || photometric === palette || photometric === cmyk)
    return readBitDepth(window, directory, channels, photometric)
  if (!isOneOf(photometric, TIFF_PHOTOMETRIC))
    throw window.unsupported(`photometric interpretation ${PHOTOMETRIC_NAMES[photometric] ?? photometric}`)
  if (channels < colourSamples(photometric) || channels > 0xff)
    throw window.corrupt(`${channels} samples a pixel`)
  const allowed: readonly number[] = SAMPLE_DEPTHS[sampleFormat]
  if (depths.size > 1 || !allowed.includes(bitDepth))
    throw window.unsupported(`${[...depths].join(', ')} bits a sample`)
  return bitDepth
}

async function readLayout(
  window: ByteWindow,
  directory: TiffDirectory,
  image: { width: number; height: number; channels: number; compression: number; photometric: number },
): Promise<TiffLayout> {
  const { width, height, channels, compression, photometric } = image
  const predictor = await directory.number(TAG.predictor, 1)
  const isFloat = (await directory.number(TAG.sampleFormat, 1)) === 3
  if (predictor !== 1 && predictor !== 2 && !(predictor === 3 && isFloat))
    throw window.unsupported(`predictor ${predictor}`)
  const fillOrder = await directory.number(TAG.fillOrder, 1)
  if (fillOrder !== 1 && fillOrder !== 2) throw window.corrupt(`fill order ${fillOrder}`)
  const planarConfiguration = await directory.number(TAG.planarConfiguration, 1)
  if (planarConfiguration !== 1 && planarConfiguration !== 2) {
    throw window.corrupt(`planar configuration ${planarConfiguration}`)
  }
  const tiled = directory.has(TAG.tileOffsets)
  const blockWidth = tiled ? await directory.number(TAG.tileWidth, 0) : width
  const blockHeight = tiled
    ? await directory.number(TAG.tileHeight, 0)
    : Math.min(await directory.number(TAG.rowsPerStrip, height), height)
  if (blockWidth === 0 || blockHeight === 0 || (tiled && (blockWidth % 16 !== 0 || blockHeight % 16 !== 0))) {
    throw window.corrupt(`${tiled ? 'tiles' : 'strips'} of ${blockWidth}x${blockHeight}`)
  }
  const offsetsTag = tiled ? TAG.tileOffsets : TAG.stripOffsets
  const byteCountsTag = tiled ? TAG.tileByteCounts : TAG.stripByteCounts
  const planar = planarConfiguration === 2 && channels > 1
  const expected = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (planar ? channels : 1)
  for (const tag of [offsetsTag, byteCountsTag]) {
    const listed = directory.count(tag)
    if (listed < expected) throw window.corrupt(`tag ${tag} lists ${listed} of ${expected} blocks`)
  }
  if (Math.max(directory.count(offsetsTag), directory.count(byteCountsTag)) > TIFF_BLOCK_COUNT_MAX) {
    throw new FormatError('too-large', `the TIFF has more than ${TIFF_BLOCK_COUNT_MAX} strips or tiles`)
  }
  const layout: TiffLayout = {
    littleEndian: directory.littleEndian,
    compression,
    photometric,
    predictor:
      compression === TIFF_COMPRESSION.none || compression === TIFF_COMPRESSION.packBits ? 1 : predictor,
    fillOrder,
    planar,
    extraSamples: (await directory.numbers(TAG.extraSamples)).slice(0, channels - colourSamples(photometric)),
    tiled,
    blockWidth,
    blockHeight,
    offsets: (await directory.numbers(offsetsTag)).slice(0, expected),
    byteCounts: (await directory.numbers(byteCountsTag)).slice(0, expected),
  }
  if (photometric !== TIFF_PHOTOMETRIC.palette) return layout
  if (directory.count(TAG.colourMap) > 3 * 256) throw window.corrupt('a colour map too long')
  return { ...layout, colourMap: await directory.numbers(TAG.colourMap) }
}

function checkBlocks(
  window: ByteWindow,
  layout: TiffLayout,
  image: { width: number; height: number; channels: number; bitDepth: number },
): void {
  const { blockWidth, blockHeight, planar, tiled } = layout
  const kind = tiled ? 'tile' : 'strip'
  const rowBytes = Math.ceil((blockWidth * (planar ? 1 : image.channels) * image.bitDepth) / 8)
  const blockRows = Math.ceil(image.height / blockHeight)
  layout.offsets.forEach((offset, i) => {
    const bytes = layout.byteCounts[i]!
    if (bytes === 0 || offset === 0) throw window.corrupt(`${kind} ${i} is missing`)
    if (offset + bytes > window.size) throw window.truncated(`${kind} ${i}`)
    if (layout.compression !== TIFF_COMPRESSION.none) return
    const isLast = !tiled && i % blockRows === blockRows - 1
    const rows = isLast ? image.height - (blockRows - 1) * blockHeight : blockHeight
    if (bytes < rows * rowBytes) {
      throw window.corrupt(`${kind} ${i} has ${bytes} of the ${rows * rowBytes} bytes of its pixels`)
    }
  })
  if (layout.colourMap && layout.colourMap.length !== 3 * 2 ** image.bitDepth) {
    throw window.corrupt(`a colour map of ${layout.colourMap.length} numbers`)
  }
}
