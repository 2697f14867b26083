import { layoutTiff, type TiffValue } from '../../src/formats/tiff-layout.ts'
import type { GeoTransform } from '../../src/geo/geo-transform.ts'

/** A GeoTIFF as tests make it: uncompressed, one strip, little-endian. */
export interface GeoTiffFile {
  width: number
  height: number
  /** Samples a pixel. */
  bands: number
  /** Pixel by pixel, row by row. */
  samples: Uint8Array | Uint16Array | Int16Array | Float32Array
  transform?: GeoTransform
  /** Instead of scale and tiepoint, which cannot say everything. */
  asMatrix?: boolean
  isPoint?: boolean
  /** Keys of the GeoTIFF directory beside those of model and raster. */
  keys?: readonly (readonly [key: number, value: number])[]
  citation?: string
  noData?: string
  /** TIFF's ExtraSamples. */
  extraSamples?: readonly number[]
  /** Further tags, which go before those made here. */
  tags?: readonly (readonly [tag: number, value: TiffValue])[]
}

const GEOGRAPHIC_CODES = [4326, 4258]

/** Keys that say: this EPSG code. */
export const keysOf = (code: number): (readonly [number, number])[] =>
  GEOGRAPHIC_CODES.includes(code)
    ? [
        [1024, 2],
        [2048, code],
      ]
    : [
        [1024, 1],
        [3072, code],
      ]

export function geoTiffFile(file: GeoTiffFile): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(file.samples.buffer, file.samples.byteOffset, file.samples.byteLength)
  const layout = (stripAt: number) =>
    layoutTiff([{ tags: tagsOf(file, stripAt, pixels.length), deferred: new Set() }], new Uint8Array(), false)
  const head = layout(layout(0).length)
  const bytes = new Uint8Array(head.length + pixels.length)
  bytes.set(head)
  bytes.set(pixels, head.length)
  return bytes
}

const short = (...values: number[]): TiffValue => ({ type: 'short', values })
const long = (...values: number[]): TiffValue => ({ type: 'long', values })
const double = (...values: number[]): TiffValue => ({ type: 'double', values })

function tagsOf(file: GeoTiffFile, stripAt: number, byteCount: number): Map<number, TiffValue> {
  const { width, height, bands, samples, extraSamples, noData } = file
  const bits = samples.BYTES_PER_ELEMENT * 8
  const format = samples instanceof Float32Array ? 3 : samples instanceof Int16Array ? 2 : 1
  const colours = bands - (extraSamples?.length ?? 0)
  return new Map<number, TiffValue>([
    [256, long(width)],
    [257, long(height)],
    [258, short(...new Array<number>(bands).fill(bits))],
    [259, short(1)],
    [262, short(colours === 3 ? 2 : 1)],
    [273, long(stripAt)],
    [277, short(bands)],
    [278, long(height)],
    [279, long(byteCount)],
    [284, short(1)],
    ...(extraSamples ? ([[338, short(...extraSamples)]] as const) : []),
    [339, short(...new Array<number>(bands).fill(format))],
    ...(noData === undefined ? [] : ([[42113, { type: 'ascii', text: noData }]] as const)),
    ...placeTags(file),
    ...keyTags(file),
    ...(file.tags ?? []),
  ])
}

/** What the file places is a pixel's corner, or its centre where it says so. */
function placeTags({ transform, asMatrix, isPoint }: GeoTiffFile): [number, TiffValue][] {
  if (!transform) return []
  const [x0, a, b, y0, c, d] = transform
  const x = isPoint ? x0 + (a + b) / 2 : x0
  const y = isPoint ? y0 + (c + d) / 2 : y0
  if (asMatrix) return [[34264, double(a, b, 0, x, c, d, 0, y, 0, 0, 0, 0, 0, 0, 0, 1)]]
  return [
    [33550, double(a, -d, 0)],
    [33922, double(0, 0, 0, x, y, 0)],
  ]
}

function keyTags({ keys, citation, isPoint }: GeoTiffFile): [number, TiffValue][] {
  if (!keys) return []
  const all: number[][] = [
    ...keys.map(([key, value]) => [key, 0, 1, value]),
    [1025, 0, 1, isPoint ? 2 : 1],
    ...(citation === undefined ? [] : [[1026, 34737, citation.length + 1, 0]]),
  ].sort(([one = 0], [other = 0]) => one - other)
  return [
    [34735, short(1, 1, 0, all.length, ...all.flat())],
    ...(citation === undefined
      ? []
      : ([[34737, { type: 'ascii', text: `${citation}|` }]] as [number, TiffValue][])),
  ]
}
