import { zxyToTileId } from 'pmtiles'
import type { ArchivePlan } from './archive-plan.ts'
import { compress } from './compress.ts'
import { FormatError } from './format-error.ts'
import { allocateColumns, buildDirectories, type DirectoryColumns } from './pmtiles-directory.ts'
import { checkDescription, type PmtilesDescription, pmtilesHeader } from './pmtiles-header.ts'

/**
 * One tile of an archive, by its Hilbert id or its address, and the blob that holds its bytes. Tiles that look the
 * same share one blob: the blob's name decides.
 */
export type PmtilesTile = { blob: string; length: number } & (
  | { tileId: number }
  | { z: number; x: number; y: number }
)

export interface PmtilesPlanInput {
  /** In any order. */
  tiles: Iterable<PmtilesTile>
  header: PmtilesDescription
  metadata: Record<string, unknown>
}

/**
 * Plans a PMTiles v3 archive (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): clustered, every blob
 * once, equal neighbours as one run, leaf directories where the root would not fit in the first 16,384 bytes.
 * Equal input, in whatever order the tiles come, gives equal bytes.
 *
 * @throws FormatError `pmtiles_empty` (readers refuse an archive without tiles), `pmtiles_description`,
 *   `pmtiles_tile` (a tile outside the zooms, twice, of no bytes, or two lengths for one blob)
 */
export async function planPmtiles({ tiles, header, metadata }: PmtilesPlanInput): Promise<ArchivePlan> {
  checkDescription(header)
  const { entries, blobs, tileDataBytes, addressedTiles } = cluster(collect(tiles, header))
  const { root, leaves } = await buildDirectories(entries)
  const packedMetadata = await compress('gzip', new TextEncoder().encode(JSON.stringify(metadata)))

  const headerBytes = pmtilesHeader(header, {
    rootBytes: root.length,
    metadataBytes: packedMetadata.length,
    leafBytes: leaves.reduce((sum, leaf) => sum + leaf.length, 0),
    tileDataBytes,
    addressedTiles,
    tileEntries: entries.count,
    tileContents: blobs.length,
  })
  const head = concatenate([headerBytes, root, packedMetadata, ...leaves])
  return { head, blobs, totalBytes: head.length + tileDataBytes }
}

/** Tiles in columns, sorted by id; `blobs[i]` indexes `names` and `lengths`. */
interface SortedTiles {
  ids: Float64Array
  blobs: Uint32Array
  names: string[]
  lengths: number[]
}

function collect(tiles: Iterable<PmtilesTile>, { minZoom, maxZoom }: PmtilesDescription): SortedTiles {
  const firstId = tilesBelowZoom(minZoom)
  const endId = tilesBelowZoom(maxZoom + 1)
  const ids: number[] = []
  const blobs: number[] = []
  const names: string[] = []
  const lengths: number[] = []
  const indexByName = new Map<string, number>()
  for (const tile of tiles) {
    const id = tileIdOf(tile)
    if (!Number.isInteger(id) || id < firstId || id >= endId) {
      throw new FormatError('pmtiles_tile', `${describe(tile)} is not in zooms ${minZoom} to ${maxZoom}`)
    }
    if (!Number.isInteger(tile.length) || tile.length < 1) {
      throw new FormatError('pmtiles_tile', `${describe(tile)} has a length of ${tile.length} bytes`)
    }
    let index = indexByName.get(tile.blob)
    if (index === undefined) {
      index = names.length
      indexByName.set(tile.blob, index)
      names.push(tile.blob)
      lengths.push(tile.length)
    } else if (lengths[index] !== tile.length) {
      throw new FormatError(
        'pmtiles_tile',
        `blob ${tile.blob} has ${lengths[index]} bytes for one tile and ${tile.length} for ${describe(tile)}`,
      )
    }
    ids.push(id)
    blobs.push(index)
  }
  if (ids.length === 0) throw new FormatError('pmtiles_empty', 'an archive needs at least one tile')
  return { ...sortById(ids, blobs), names, lengths }
}

function sortById(ids: number[], blobs: number[]): { ids: Float64Array; blobs: Uint32Array } {
  const order = Uint32Array.from(ids, (_, i) => i)
  if (ids.some((id, i) => i > 0 && id <= ids[i - 1]!)) order.sort((a, b) => ids[a]! - ids[b]!)
  const sorted = { ids: new Float64Array(ids.length), blobs: new Uint32Array(ids.length) }
  for (let i = 0; i < order.length; i++) {
    sorted.ids[i] = ids[order[i]!]!
    sorted.blobs[i] = blobs[order[i]!]!
    if (i > 0 && sorted.ids[i] === sorted.ids[i - 1]) {
      throw new FormatError('pmtiles_tile', `tile id ${sorted.ids[i]} comes twice`)
    }
  }
  return sorted
}

/** Lays the blobs out in the order the tiles use them first and joins runs of equal neighbours. */
function cluster({ ids, blobs, names, lengths }: SortedTiles) {
  const offsets = new Float64Array(names.length).fill(-1)
  const inOrder: string[] = []
  const entries: DirectoryColumns = allocateColumns(ids.length)
  let tileDataBytes = 0
  let last = -1
  for (let i = 0; i < ids.length; i++) {
    const blob = blobs[i]!
    if (offsets[blob]! < 0) {
      offsets[blob] = tileDataBytes
      tileDataBytes += lengths[blob]!
      inOrder.push(names[blob]!)
    }
    if (i > 0 && blob === blobs[i - 1] && ids[i] === ids[i - 1]! + 1) {
      entries.runLengths[last]! += 1
      continue
    }
    last++
    entries.tileIds[last] = ids[i]!
    entries.runLengths[last] = 1
    entries.lengths[last] = lengths[blob]!
    entries.offsets[last] = offsets[blob]!
  }
  entries.count = last + 1
  return { entries, blobs: inOrder, tileDataBytes, addressedTiles: ids.length }
}

/** How many tiles all zooms below `zoom` have together: the first id of that zoom. */
function tilesBelowZoom(zoom: number): number {
  return (4 ** zoom - 1) / 3
}

function tileIdOf(tile: PmtilesTile): number {
  if ('tileId' in tile) return tile.tileId
  const { z, x, y } = tile
  const inRange = [z, x, y].every((n) => Number.isInteger(n) && n >= 0) && z <= 26
  if (!inRange || x >= 2 ** z || y >= 2 ** z) {
    throw new FormatError('pmtiles_tile', `${describe(tile)} does not exist`)
  }
  return zxyToTileId(z, x, y)
}

function describe(tile: PmtilesTile): string {
  return 'tileId' in tile ? `tile id ${tile.tileId}` : `tile ${tile.z}/${tile.x}/${tile.y}`
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
