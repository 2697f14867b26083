import type { TiffLayout } from './tiff-layout.ts'

interface CommonInfo {
  contentType: string
  /** Pixels. */
  width: number
  height: number
  /** Samples a pixel as stored: a palette image has 1. */
  channels: number
  /** Bits a sample as stored: 1, 2, 4, 8 or 16. */
  bitDepth: number
  /** Whether some pixel may be anything but opaque. */
  hasAlpha: boolean
}

export interface JpegInfo extends CommonInfo {
  format: 'jpeg'
  progressive: boolean
  /**
   * What a decoder must hold of a picture that comes in several scans: all its coefficients, in bytes.
   * 0 when the one scan there is can be decoded row by row.
   */
  coefficientBytes: number
}

export interface PngInfo extends CommonInfo {
  format: 'png'
  interlaced: boolean
  /** Four numbers (red, green, blue, alpha) an entry; only for palette images. */
  palette?: number[]
  /** Whether one colour is declared transparent. */
  transparentColour: boolean
}

/** What the samples of a raster are, beside how they lie in the file. */
export interface RasterSamples {
  /** TIFF's SampleFormat: 1 unsigned, 2 signed, 3 floating point. */
  sampleFormat: 1 | 2 | 3
  /** The value of pixels without data, as the file writes it; null where every pixel has data. */
  noData: string | null
  /** The values that are shown as black and as white; null for samples of at most 8 bits, shown as they are. */
  range: readonly [low: number, high: number] | null
}

export interface TiffInfo extends CommonInfo {
  format: 'tiff'
  tiff: TiffLayout
  /** Absent for a picture, whose samples are levels of light over the full range of their type. */
  raster?: RasterSamples
}

export interface WebpInfo extends CommonInfo {
  format: 'webp'
  lossless: boolean
}

export interface GifInfo extends CommonInfo {
  format: 'gif'
  interlaced: boolean
  /** Four numbers (red, green, blue, alpha) an entry, of the first frame. */
  palette: number[]
  /** What the file begins with before any block: logical screen and global colour table. */
  headBytes: number
  /** Where the first frame lies, from its descriptor to the end of its data. */
  frame: { offset: number; byteSize: number }
}

/** What an image's structure says of it, without a pixel decoded. Plain JSON. */
export type ImageInfo = JpegInfo | PngInfo | GifInfo | TiffInfo | WebpInfo
