import { PMTiles } from 'pmtiles'
import { tileIds, tileOfId } from '../src/domain/render/tile-pyramid.ts'

export type TilePlace = readonly [z: number, x: number, y: number]

/** The tiles an archive holds, in its order. */
export async function tilesOfArchive(bytes: Uint8Array<ArrayBuffer>): Promise<TilePlace[]> {
  const archive = new PMTiles({
    getKey: () => 'archive',
    getBytes: async (offset, length) => ({ data: bytes.slice(offset, offset + length).buffer }),
  })
  const { minLon, minLat, maxLon, maxLat, minZoom, maxZoom } = await archive.getHeader()
  const tiles: TilePlace[] = []
  for (const id of tileIds([minLon, minLat, maxLon, maxLat], minZoom, maxZoom)) {
    const place = tileOfId(id)
    if (await archive.getZxy(...place)) tiles.push(place)
  }
  return tiles
}

/** Tiles one zoom past the archive, below those of its last zoom that have all their neighbours. */
export function tilesPastArchive(tiles: readonly TilePlace[]): TilePlace[] {
  const known = new Set(tiles.map(String))
  const lastZoom = Math.max(...tiles.map(([z]) => z))
  const steps = [-1, 0, 1]
  const inner = tiles.filter(
    ([z, x, y]) =>
      z === lastZoom && steps.every((dx) => steps.every((dy) => known.has(String([z, x + dx, y + dy])))),
  )
  return inner.flatMap(([z, x, y]) =>
    [0, 1].flatMap((dx) => [0, 1].map((dy) => [z + 1, 2 * x + dx, 2 * y + dy] as const)),
  )
}
