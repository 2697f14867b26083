/** Values of TIFF's Compression tag that are read here. */
export const TIFF_COMPRESSION = { none: 1, lzw: 5, deflate: 8, oldDeflate: 32946, packBits: 32773 } as const

/** Values of TIFF's PhotometricInterpretation tag that are read here. */
export const TIFF_PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5 } as const

/** How the first image of a TIFF is laid out, and where its blocks (strips or tiles) lie. Plain JSON. */
export interface TiffLayout {
  littleEndian: boolean
  /** One of `TIFF_COMPRESSION`. */
  compression: number
  /** One of `TIFF_PHOTOMETRIC`. */
  photometric: number
  /** 1: none, 2: horizontal differencing. */
  predictor: number
  /** 1: most significant bit first, 2: least. */
  fillOrder: number
  /** Whether each sample has a plane of blocks of its own. */
  planar: boolean
  /** The ExtraSamples tag: 0 unspecified, 1 premultiplied alpha, 2 alpha. */
  extraSamples: number[]
  /** Reds, then greens, then blues, 0..65535; only for palette images. */
  colourMap?: number[]
  tiled: boolean
  /** Pixels. A strip is as wide as the image; the last strip may be shorter. */
  blockWidth: number
  blockHeight: number
  /** Row by row, plane after plane. */
  offsets: number[]
  byteCounts: number[]
}

/** Samples of a pixel that carry its colour. */
export function colourSamples(photometric: number): number {
  if (photometric === TIFF_PHOTOMETRIC.rgb) return 3
  return photometric === TIFF_PHOTOMETRIC.cmyk ? 4 : 1
}

/** Whether the first extra sample is alpha, premultiplied or not. */
export function hasAlphaSample(layout: TiffLayout): boolean {
  return layout.extraSamples[0] === 1 || layout.extraSamples[0] === 2
}
