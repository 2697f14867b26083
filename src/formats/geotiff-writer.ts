import type { ArchivePlan } from './archive-plan.ts'
import { compress } from './compress.ts'
import { FormatError } from './format-error.ts'
import { layoutTiff, type TiffDirectory, type TiffValue } from './tiff-layout.ts'

/** TIFF's own numbers: 1 stores samples as they are, 2 the difference to the pixel on the left. */
export type TiffPredictor = 1 | 2

/** A tile of `deflateTile`'s making. Level 0 is full resolution, level i the i-th overview. */
export interface GeoTiffTile {
  level: number
  col: number
  row: number
  blob: string
  length: number
}

export interface GeoTiffPlanInput {
  /** Pixels; level 0 is full resolution, each further level a smaller overview of it. */
  levels: readonly { width: number; height: number }[]
  /** Side of the square tiles in pixels, a multiple of 16. */
  tileSize: number
  predictor: TiffPredictor
  /** Degrees: the outer corner of the top-left pixel of level 0, and the size of its pixels (both positive). */
  west: number
  north: number
  pixelSizeX: number
  pixelSizeY: number
  /** In any order. A tile that is left out is sparse: GDAL reads it as fully transparent. */
  tiles: Iterable<GeoTiffTile>
  /** Forces BigTIFF. Without it a file above 4 GiB becomes one. */
  bigTiff?: boolean
}

const CLASSIC_MAX_BYTES = 0xffffffff
const TILE_OFFSETS = 324
const TILE_BYTE_COUNTS = 325
/** Bytes before and after a block's data, and the least its data can be (an empty zlib stream). */
const FRAME_BYTES = 4
const BLOCK_MIN_BYTES = 8 + 2 * FRAME_BYTES
const DEFERRED = new Set([TILE_OFFSETS, TILE_BYTE_COUNTS])

/**
 * What GDAL's readers may rely on (https://gdal.org/en/stable/drivers/raster/cog.html, "Header ghost area"): where the
 * directories and the blocks lie, and that every block is framed by its size and its last four bytes.
 */
const STRUCTURAL_METADATA = (() => {
  const lines = [
    'LAYOUT=IFDS_BEFORE_DATA',
    'BLOCK_ORDER=ROW_MAJOR',
    'BLOCK_LEADER=SIZE_AS_UINT4',
    'BLOCK_TRAILER=LAST_4_BYTES_REPEATED',
    'KNOWN_INCOMPATIBLE_EDITION=NO\n',
  ].join('\n')
  const title = (size: number) => `GDAL_STRUCTURAL_METADATA_SIZE=${String(size).padStart(6, '0')} bytes\n`
  // The first directory follows right behind, and directories start at multiples of eight.
  const size = Math.ceil((title(0).length + lines.length) / 8) * 8 - title(0).length
  return new TextEncoder().encode(title(size) + lines.padEnd(size))
})()

/**
 * Plans a cloud optimized GeoTIFF in EPSG:4326: 8-bit RGBA with unassociated alpha, Deflate, tiled; all directories
 * first (full resolution, then the overviews as given), then the tiles, the last level first, each level in rows.
 * Two tiles may name the same blob, but each has its own copy in the file: `blobs` names it twice.
 *
 * @throws FormatError `geotiff_grid` (sizes that cannot be), `geotiff_tile` (a tile outside its level, twice, or of
 *   fewer bytes than `deflateTile` makes)
 */
export function planGeoTiff(input: GeoTiffPlanInput): ArchivePlan {
  checkGrid(input)
  const grids = tileGrids(input)
  const { blobs, dataBytes } = assignPositions(grids)
  const build = (big: boolean, dataStart: number) =>
    layoutTiff(
      grids.map((grid, level) => directory(input, level, grid, dataStart)),
      STRUCTURAL_METADATA,
      big,
    )
  const classicBytes = build(false, 0).length + dataBytes
  const big = input.bigTiff ?? classicBytes > CLASSIC_MAX_BYTES
  const head = build(big, build(big, 0).length)
  return { head, blobs, totalBytes: head.length + dataBytes }
}

/** The tiles of one level in rows, as blobs with their frame. `positions` counts from the start of the image data; -1 where there is no tile. */
interface TileGrid {
  across: number
  names: (string | undefined)[]
  lengths: Float64Array
  positions: Float64Array
}

function tileGrids({ levels, tileSize, tiles }: GeoTiffPlanInput): TileGrid[] {
  const grids = levels.map(({ width, height }): TileGrid => {
    const across = Math.ceil(width / tileSize)
    const count = across * Math.ceil(height / tileSize)
    return {
      across,
      names: new Array<string | undefined>(count).fill(undefined),
      lengths: new Float64Array(count),
      positions: new Float64Array(count).fill(-1),
    }
  })
  for (const tile of tiles) {
    const { level, col, row, blob, length } = tile
    const fail = (why: string) =>
      new FormatError('geotiff_tile', `tile ${col}, ${row} of level ${level} ${why}`)
    const grid = grids[level]
    if (!grid || !isIndex(col, grid.across) || !isIndex(row, grid.names.length / grid.across)) {
      throw fail('lies outside the image')
    }
    if (!Number.isInteger(length) || length < BLOCK_MIN_BYTES || length > CLASSIC_MAX_BYTES) {
      throw fail(`has a length of ${length} bytes`)
    }
    const index = row * grid.across + col
    if (grid.names[index] !== undefined) throw fail('comes twice')
    grid.names[index] = blob
    grid.lengths[index] = length
  }
  return grids
}

function assignPositions(grids: TileGrid[]): { blobs: string[]; dataBytes: number } {
  const blobs: string[] = []
  let dataBytes = 0
  for (const { names, lengths, positions } of grids.toReversed()) {
    for (const [i, name] of names.entries()) {
      if (name === undefined) continue
      positions[i] = dataBytes
      blobs.push(name)
      dataBytes += lengths[i]!
    }
  }
  return { blobs, dataBytes }
}

/** Tags of TIFF 6.0 and, in the full resolution's directory, of GeoTIFF 1.1 (OGC 19-008). */
function directory(input: GeoTiffPlanInput, level: number, grid: TileGrid, dataStart: number): TiffDirectory {
  const { width, height } = input.levels[level]!
  const shorts = (...values: number[]): TiffValue => ({ type: 'short', values })
  const long = (value: number): TiffValue => ({ type: 'long', values: [value] })
  const offsets = grid.positions.map((at) => (at < 0 ? 0 : dataStart + at + FRAME_BYTES))
  const byteCounts = grid.lengths.map((length) => (length === 0 ? 0 : length - 2 * FRAME_BYTES))
  const tags = new Map<number, TiffValue>([
    [254, long(level === 0 ? 0 : 1)], // NewSubfileType: a reduced-resolution image
    [256, long(width)],
    [257, long(height)],
    [258, shorts(8, 8, 8, 8)], // BitsPerSample
    [259, shorts(8)], // Compression: Deflate in the zlib format
    [262, shorts(2)], // PhotometricInterpretation: RGB
    [277, shorts(4)], // SamplesPerPixel
    [284, shorts(1)], // PlanarConfiguration: samples interleaved
    [317, shorts(input.predictor)],
    [322, long(input.tileSize)], // TileWidth
    [323, long(input.tileSize)], // TileLength
    [TILE_OFFSETS, { type: 'offset', values: offsets }],
    [TILE_BYTE_COUNTS, { type: 'long', values: byteCounts }],
    [338, shorts(2)], // ExtraSamples: unassociated alpha
  ])
  if (level === 0) for (const [tag, value] of georeference(input)) tags.set(tag, value)
  return { tags, deferred: DEFERRED }
}

function georeference({ west, north, pixelSizeX, pixelSizeY }: GeoTiffPlanInput): [number, TiffValue][] {
  const citation = 'WGS 84|'
  const geoKeys = [
    [1, 1, 0, 5], // version 1, revision 1.0, five keys
    [1024, 0, 1, 2], // GTModelType: geographic
    [1025, 0, 1, 1], // GTRasterType: pixel is area
    [2048, 0, 1, 4326], // GeographicType: WGS 84
    [2049, 34737, citation.length, 0], // GeogCitation
    [2054, 0, 1, 9102], // GeogAngularUnits: degree
  ]
  return [
    [33550, { type: 'double', values: [pixelSizeX, pixelSizeY, 0] }], // ModelPixelScale
    [33922, { type: 'double', values: [0, 0, 0, west, north, 0] }], // ModelTiepoint
    [34735, { type: 'short', values: geoKeys.flat() }], // GeoKeyDirectory
    [34737, { type: 'ascii', text: citation }], // GeoAsciiParams
  ]
}

function checkGrid({ levels, tileSize, west, north, pixelSizeX, pixelSizeY }: GeoTiffPlanInput) {
  const fail = (message: string) => new FormatError('geotiff_grid', message)
  if (!Number.isInteger(tileSize) || tileSize < 16 || tileSize % 16 !== 0) {
    throw fail(`tile size ${tileSize}: must be a multiple of 16`)
  }
  if (levels.length === 0) throw fail('an image needs at least one level')
  for (const [i, { width, height }] of levels.entries()) {
    const before = levels[i - 1] ?? { width: 0x80000000, height: 0x80000000 }
    const fits = [width, height].every((size) => Number.isInteger(size) && size >= 1)
    if (!fits || width > before.width || height > before.height) {
      throw fail(
        `level ${i} of ${width} x ${height} pixels: must be whole and no larger than the level before`,
      )
    }
  }
  if (![west, north].every(Number.isFinite) || ![pixelSizeX, pixelSizeY].every((d) => d > 0 && d < 360)) {
    throw fail(`origin ${west}, ${north} with pixels of ${pixelSizeX} x ${pixelSizeY} degrees`)
  }
}

function isIndex(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end
}

/**
 * Compresses one whole tile (`tileSize` squared RGBA pixels; what lies beyond the image's edge is padding) the way
 * the plan's directories say, and frames it: the size of the data as 32 bits, the data, its last four bytes again.
 *
 * @throws FormatError `geotiff_tile` when the pixels are not that many
 */
export async function deflateTile(
  rgba: Uint8Array,
  tileSize: number,
  predictor: TiffPredictor,
): Promise<Uint8Array> {
  if (rgba.length !== tileSize * tileSize * 4) {
    throw new FormatError(
      'geotiff_tile',
      `${rgba.length} bytes are not ${tileSize} x ${tileSize} pixels of RGBA`,
    )
  }
  const data = await compress('deflate', predictor === 2 ? differences(rgba, tileSize * 4) : rgba)
  const block = new Uint8Array(data.length + 2 * FRAME_BYTES)
  new DataView(block.buffer).setUint32(0, data.length, true)
  block.set(data, FRAME_BYTES)
  block.set(data.subarray(-FRAME_BYTES), FRAME_BYTES + data.length)
  return block
}

/** Every sample minus the same sample of the pixel on its left (TIFF 6.0, section 14); rows start anew. */
function differences(rgba: Uint8Array, rowBytes: number): Uint8Array {
  const out = new Uint8Array(rgba.length)
  for (let start = 0; start < rgba.length; start += rowBytes) {
    out.set(rgba.subarray(start, start + 4), start)
    for (let i = start + 4; i < start + rowBytes; i++) out[i] = rgba[i]! - rgba[i - 4]!
  }
  return out
}
