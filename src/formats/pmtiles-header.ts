import { FormatError } from './format-error.ts'
import { HEADER_BYTES } from './pmtiles-directory.ts'

const TILE_TYPES = { unknown: 0, mvt: 1, png: 2, jpeg: 3, webp: 4, avif: 5 } as const
const COMPRESSIONS = { none: 1, gzip: 2 } as const

/** What the author of an archive says about it. Positions are degrees, lon before lat. */
export interface PmtilesDescription {
  tileType: keyof typeof TILE_TYPES
  tileCompression: keyof typeof COMPRESSIONS
  minZoom: number
  maxZoom: number
  /** west, south, east, north */
  bounds: readonly [number, number, number, number]
  center: readonly [number, number]
  centerZoom: number
}

/** Where the sections lie and how many tiles they hold; follows from the entries. */
export interface PmtilesLayout {
  rootBytes: number
  metadataBytes: number
  leafBytes: number
  tileDataBytes: number
  addressedTiles: number
  tileEntries: number
  tileContents: number
}

/**
 * The 127 bytes an archive starts with (PMTiles v3 specification, "Header"). The sections follow in the order root
 * directory, metadata, leaf directories, tile data; the archive is clustered, directories and metadata are gzipped.
 */
export function pmtilesHeader(description: PmtilesDescription, layout: PmtilesLayout): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('PMTiles'))
  view.setUint8(7, 3)

  let offset = HEADER_BYTES
  const sections = [layout.rootBytes, layout.metadataBytes, layout.leafBytes, layout.tileDataBytes]
  for (const [i, length] of sections.entries()) {
    view.setBigUint64(8 + 16 * i, BigInt(offset), true)
    view.setBigUint64(16 + 16 * i, BigInt(length), true)
    offset += length
  }
  view.setBigUint64(72, BigInt(layout.addressedTiles), true)
  view.setBigUint64(80, BigInt(layout.tileEntries), true)
  view.setBigUint64(88, BigInt(layout.tileContents), true)

  view.setUint8(96, 1) // clustered
  view.setUint8(97, COMPRESSIONS.gzip)
  view.setUint8(98, COMPRESSIONS[description.tileCompression])
  view.setUint8(99, TILE_TYPES[description.tileType])
  view.setUint8(100, description.minZoom)
  view.setUint8(101, description.maxZoom)
  const [west, south, east, north] = description.bounds
  const [lon, lat] = description.center
  for (const [i, degrees] of [west, south, east, north].entries()) setDegrees(view, 102 + 4 * i, degrees)
  view.setUint8(118, description.centerZoom)
  for (const [i, degrees] of [lon, lat].entries()) setDegrees(view, 119 + 4 * i, degrees)
  return bytes
}

function setDegrees(view: DataView, at: number, degrees: number) {
  view.setInt32(at, Math.round(degrees * 1e7), true)
}

/** @throws FormatError `pmtiles_description` when a zoom or a position is not one. */
export function checkDescription(description: PmtilesDescription) {
  const { minZoom, maxZoom, centerZoom, bounds, center } = description
  const zooms = [minZoom, maxZoom, centerZoom]
  // The reader's tile ids are doubles: zoom 26 is the last whose ids they hold exactly.
  if (zooms.some((zoom) => !Number.isInteger(zoom) || zoom < 0 || zoom > 26) || minZoom > maxZoom) {
    throw new FormatError(
      'pmtiles_description',
      `zooms ${minZoom} to ${maxZoom}, centre ${centerZoom}: must be whole numbers between 0 and 26, in order`,
    )
  }
  const [west, south, east, north] = bounds
  const inOrder = west <= east && south <= north
  const lons = [west, east, center[0]]
  const lats = [south, north, center[1]]
  if (!inOrder || !lons.every((lon) => Math.abs(lon) <= 180) || !lats.every((lat) => Math.abs(lat) <= 90)) {
    throw new FormatError(
      'pmtiles_description',
      `bounds ${bounds.join(', ')} or centre ${center.join(', ')}: must be degrees, west <= east, south <= north`,
    )
  }
}
