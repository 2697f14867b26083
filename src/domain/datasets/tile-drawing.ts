import { compress } from '../../formats/compress.ts'
import { encodeMvt, type MvtFeature, type MvtLayer, type MvtValueKind } from '../../formats/mvt.ts'
import { decodeTwkb } from '../../formats/twkb.ts'
import { type TileGeometry, tileGeometries } from '../../geo/mvt/tile-geometry.ts'
import type { ColumnType, DatasetColumn } from '../../store/dataset-types.ts'
import type { TileRow } from '../../store/feature-tiles.ts'

/** A tile as it is sent, compressed: features are left out of a larger one, the smallest first. */
export const TILE_MAX_BYTES = 500_000
/** How far below the limit a tile that was above it is aimed at, a share. */
const AIM_SHARE = 0.9

/** How tiles have the values of columns; binary ones are left out of them. */
export const VALUE_KINDS: Readonly<Record<ColumnType, MvtValueKind | null>> = {
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'integer',
  double: 'double',
  text: 'text',
  date: 'text',
  timestamp: 'text',
  time: 'text',
  json: 'text',
  binary: null,
}

/** The columns that tiles have the values of. */
export const tileColumns = <Column extends Pick<DatasetColumn, 'type'>>({
  columns,
}: {
  columns: readonly Column[]
}): Column[] => columns.filter(({ type }) => VALUE_KINDS[type] !== null)

export interface DrawnTile {
  /** gzip; no bytes at all where the tile is empty. */
  bytes: Uint8Array
  /** Features were left out because there are too many. */
  isPartial: boolean
}

/**
 * The vector tile of features, not larger than a tile may be.
 * @param layer name of the dataset
 * @param columns what the rows have values of
 */
export async function drawTile(
  layer: string,
  columns: readonly DatasetColumn[],
  rows: readonly TileRow[],
): Promise<DrawnTile> {
  const whole = tileLayer(layer, columns, rows)
  let { features } = whole
  for (let isPartial = false; ; isPartial = true) {
    const tile = encodeMvt({ ...whole, features })
    if (tile.byteLength === 0) return { bytes: tile, isPartial }
    const bytes = await compress('gzip', tile)
    if (bytes.byteLength <= TILE_MAX_BYTES) return { bytes, isPartial }
    features = greatest(
      features,
      Math.floor((features.length * AIM_SHARE * TILE_MAX_BYTES) / bytes.byteLength),
    )
  }
}

/** The layer of all features, as the arguments of `drawTile` have them. */
export function tileLayer(
  name: string,
  columns: readonly DatasetColumn[],
  rows: readonly TileRow[],
): MvtLayer {
  return {
    name,
    fields: columns.map(({ name, type }) => ({ name, kind: VALUE_KINDS[type] ?? 'text' })),
    features: rows.flatMap(({ fid, shape, values }) =>
      tileGeometries(decodeTwkb(shape)).map((geometry) => ({ id: fid, geometry, values })),
    ),
  }
}

/** So many features in their order: those of the greatest extent, and of equals those that chance picks. */
function greatest(features: readonly MvtFeature[], count: number): MvtFeature[] {
  const measured = features.map((feature) => ({
    feature,
    size: sizeOf(feature.geometry),
    chance: chanceOf(feature),
  }))
  const kept = new Set(
    measured
      .toSorted((a, b) => b.size - a.size || a.chance - b.chance)
      .slice(0, count)
      .map(({ feature }) => feature),
  )
  return features.filter((feature) => kept.has(feature))
}

/** The greater side of a geometry's box. */
function sizeOf({ parts }: TileGeometry): number {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const most = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const part of parts)
    for (let i = 0; i < part.length; i++) {
      least[i & 1] = Math.min(least[i & 1]!, part[i]!)
      most[i & 1] = Math.max(most[i & 1]!, part[i]!)
    }
  return Math.max(most[0]! - least[0]!, most[1]! - least[1]!)
}

/** A number that has nothing to do with where a feature is, but is the same in every tile. */
function chanceOf({ id }: MvtFeature): number {
  const mixed = Math.imul((id ?? 0) ^ ((id ?? 0) >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
