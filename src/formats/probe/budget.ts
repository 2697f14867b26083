/** What ingest can hold, decided from the header: an isolate has 128 MB for everything. */
import { FormatError } from '../format-error.ts'
import { PYRAMID_TILE_PX } from '../pyramid-info.ts'
import type { ImageInfo, TiffInfo } from './image-info.ts'
import { colourSamples, hasAlphaSample, TIFF_COMPRESSION } from './tiff-layout.ts'

/**
 * After a crash a JPEG, PNG or GIF is decoded from its top again; at the 40 Mpx/s measured this bounds that to 10 s,
 * a third of the processor time of one Durable Object event.
 */
export const PIXEL_COUNT_MAX = 400_000_000
/** The decoded rows of one row of tiles. */
export const STRIP_MEMORY_MAX_MIB = 32
/** A JPEG, PNG, GIF or WebP lies in memory as it is while it is decoded. */
export const SOURCE_MEMORY_MAX_MIB = 48
/**
 * What decoders that cannot work row by row may take of the 64 MiB of linear memory; the largest progressive JPEG,
 * interlaced PNG or GIF and WebP within it were measured to grow that to 58.
 */
export const DECODER_MEMORY_MAX_MIB = 40
/** One decoded strip of a compressed TIFF; as many stored bytes lie beside it. */
export const TIFF_STRIP_MEMORY_MAX_MIB = 16
/** One decoded tile of a TIFF; the rows of a whole row of tiles lie beside it. */
export const TIFF_TILE_MEMORY_MAX_MIB = 6
/** The stored bytes of one row of strips or tiles of a TIFF. */
export const TIFF_ROW_MEMORY_MAX_MIB = 32

const MIB = 2 ** 20

/** Samples a pixel that come out of the decoder, 8 bits each. */
export function decodedBands(info: ImageInfo): number {
  switch (info.format) {
    case 'jpeg':
      return info.channels === 1 ? 1 : 3
    case 'png':
      return info.channels + (info.transparentColour ? 1 : 0)
    case 'gif':
    case 'webp':
      return info.channels
    case 'tiff':
      return colourSamples(info.tiff.photometric) + (hasDecodedAlpha(info) ? 1 : 0)
  }
}

/** Whether the decoder gives an alpha sample; of a raster that is shown as it is, transparency is found afterwards. */
export const hasDecodedAlpha = ({ tiff, hasAlpha, raster }: TiffInfo): boolean =>
  hasAlphaSample(tiff) || (hasAlpha && raster?.range != null)

/**
 * Refuses an image that ingest could not hold in memory.
 * @param byteSize size of the file
 * @throws FormatError `too-large`; the message carries the limit
 */
export function assertWithinBudget(info: ImageInfo, byteSize: number): void {
  const { width, height } = info
  if (width * height > PIXEL_COUNT_MAX) {
    throw tooLarge(
      `${width}x${height} pixels are more than the ${PIXEL_COUNT_MAX / 1e6} million that are taken`,
    )
  }
  const bands = decodedBands(info)
  const widthMax = Math.floor((STRIP_MEMORY_MAX_MIB * MIB) / (PYRAMID_TILE_PX * bands))
  if (width > widthMax) {
    throw tooLarge(`${width} pixels wide, and at most ${widthMax} are taken with ${bands} channels`)
  }
  if (info.format === 'tiff') assertTiffWithinBudget(info)
  else assertWholeWithinBudget(info, byteSize)
}

function assertWholeWithinBudget(info: Exclude<ImageInfo, TiffInfo>, byteSize: number): void {
  if (byteSize > SOURCE_MEMORY_MAX_MIB * MIB) {
    throw tooLarge(
      `a ${info.format.toUpperCase()} of ${mib(byteSize)} MiB, and at most ${SOURCE_MEMORY_MAX_MIB} are taken (a tiled TIFF may be larger)`,
    )
  }
  const [kind, bytes] = wholeImageMemory(info)
  if (bytes > DECODER_MEMORY_MAX_MIB * MIB) {
    throw tooLarge(
      `${kind} that takes ${mib(bytes)} MiB to decode, and at most ${DECODER_MEMORY_MAX_MIB} may be taken`,
    )
  }
}

/** What a decoder must hold of an image that it cannot decode row by row. */
function wholeImageMemory(info: Exclude<ImageInfo, TiffInfo>): [kind: string, bytes: number] {
  const pixels = info.width * info.height
  switch (info.format) {
    case 'jpeg':
      return ['a progressive or multi-scan JPEG (a baseline JPEG may be larger)', info.coefficientBytes]
    case 'png':
      return [
        'an interlaced PNG',
        info.interlaced ? (pixels * info.channels * Math.max(8, info.bitDepth)) / 8 : 0,
      ]
    case 'gif':
      return ['an interlaced GIF', info.interlaced ? pixels : 0]
    case 'webp':
      return ['a WebP', pixels * (info.channels + (info.lossless ? 4 : 0))]
  }
}

/** Whether a TIFF's strips are cut by rows, so that their size does not matter. */
export function isCutByRows({ tiff }: TiffInfo): boolean {
  return !tiff.tiled && tiff.compression === TIFF_COMPRESSION.none
}

function assertTiffWithinBudget(info: TiffInfo): void {
  const { width, height, channels, bitDepth, tiff } = info
  if (isCutByRows(info)) return
  const [kind, blockMax] = tiff.tiled
    ? ['tiles', TIFF_TILE_MEMORY_MAX_MIB]
    : ['strips', TIFF_STRIP_MEMORY_MAX_MIB]
  const blockBytes =
    (tiff.blockWidth * tiff.blockHeight * (tiff.planar ? 1 : channels) * Math.max(8, bitDepth)) / 8
  if (blockBytes > blockMax * MIB) {
    throw tooLarge(`a TIFF with ${kind} of ${mib(blockBytes)} MiB, and at most ${blockMax} are taken`)
  }
  const across = Math.ceil(width / tiff.blockWidth)
  const rows = Math.ceil(height / tiff.blockHeight)
  const rowBytes = new Array<number>(rows).fill(0)
  tiff.byteCounts.forEach((bytes, i) => {
    rowBytes[Math.floor(i / across) % rows]! += bytes
  })
  const rowBytesMax = rowBytes.reduce((most, bytes) => Math.max(most, bytes), 0)
  if (rowBytesMax > TIFF_ROW_MEMORY_MAX_MIB * MIB) {
    throw tooLarge(
      `a TIFF with a row of ${kind} of ${mib(rowBytesMax)} MiB, and at most ${TIFF_ROW_MEMORY_MAX_MIB} are taken`,
    )
  }
}

const mib = (bytes: number) => Math.ceil(bytes / MIB)
const tooLarge = (what: string) => new FormatError('too-large', `the image is too large: ${what}`)
