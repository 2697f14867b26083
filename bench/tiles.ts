import { tileBoundsMetres } from '../src/geo/mercator.ts'
import { type TilePlace, tilesOfArchive, tilesPastArchive } from './archive-tiles.ts'
import { openGdalJs } from './gdal-js.ts'
import { HAAS_JPEG, haasScan } from './haas.ts'
import { gcpOptions } from './kernel-job.ts'
import { openLoadGenerator } from './load-generator.ts'
import { HELLO_PATH } from './local-server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'
import { startStack } from './stack.ts'

const ROUNDS = 5
const CONNECTIONS = 8
/** Warm tiles are asked for again until this many requests are made in a round. */
const WARM_REQUESTS = 400
const TILE_PX = 256
const GDAL_TILES_A_ROUND = 10

/**
 * Tiles of the rectified Haas map (tps, bilinear) through the whole local stack, in requests a second over 8 connections
 * that stay open. The peer is a bare hello route of the same Worker, reached the same way. Both include `wrangler dev`'s
 * proxy and the binding from the api Worker to the tiles Worker, and share this machine with the load generator.
 *
 * Each round rectifies the map anew, which gives it a version of which nothing is in the cache, and asks for tiles and
 * the hello in turn, as often. The first round is not counted. Cold is a tile that is not in the cache while the
 * archive's directory and, for live tiles, the decoded pyramid are known to the isolate; plain addresses look up the
 * version in the database, versioned ones (`?v=`) do not. Live tiles are 256 px, one zoom past the archive, warped and
 * encoded as WebP; gdal3.js draws the same ones in this process, from pixels in memory.
 */
export async function benchTiles(): Promise<BenchRow[]> {
  const rounds = roundsOr(ROUNDS)
  const stack = await startStack()
  const load = openLoadGenerator(CONNECTIONS)
  try {
    const id = await stack.load(haasScan())
    const gdalTiles = await prepareGdal()
    const measured = new Map<string, { own: number[]; peer: number[] }>()
    const gdalRates: number[] = []
    const hello = `${stack.url}${HELLO_PATH}`

    const measure = async (name: string, urls: readonly string[]) => {
      const own = await load.rate(urls)
      const peer = await load.rate(urls.map(() => hello))
      const rates = measured.get(name) ?? { own: [], peer: [] }
      measured.set(name, { own: [...rates.own, own], peer: [...rates.peer, peer] })
    }
    const measureWarm = async (name: string, urls: readonly string[]) => {
      await load.rate(urls)
      await measure(
        name,
        Array.from({ length: WARM_REQUESTS }, (_, i) => urls[i % urls.length]!),
      )
    }

    for (let round = 0; round <= rounds; round++) {
      if (round === 1) measured.clear()
      await stack.rectify(id, 'tps', 'bilinear')
      const archived = await tilesOfArchive(await stack.archive(id))
      const past = tilesPastArchive(archived)
      const query = new URL((await stack.tileJson(id)).tiles[0]!).search
      const address = ([z, x, y]: TilePlace) => `${stack.url}/maps/tile/${id}/${z}/${x}/${y}.webp`
      const plain = archived.map(address)
      const versioned = plain.map((url) => url + query)
      const live = past.map((tile) => address(tile) + query)

      await measure(
        'archive tile, cold',
        plain.filter((_, i) => i % 2 === 0),
      )
      await measure(
        'archive tile, cold, versioned',
        versioned.filter((_, i) => i % 2 === 1),
      )
      await measureWarm('archive tile, warm', plain)
      await measureWarm('archive tile, warm, versioned', versioned)
      await measure('live tile, cold, versioned', live)
      await measureWarm('live tile, warm, versioned', live)
      if (round > 0) gdalRates.push(await gdalTiles(past.slice(0, GDAL_TILES_A_ROUND)))
    }

    const rows = [...measured].map(([name, { own, peer }]) =>
      rowOf(name, median(own), median(peer), 'hello route of the same Worker'),
    )
    const live = rows.find(({ name }) => name.startsWith('live tile, cold'))
    if (live) rows.push(rowOf(live.name, live.value, median(gdalRates), 'gdal3.js, the same tiles'))
    return rows
  } finally {
    load.close()
    await stack.stop()
  }
}

const rowOf = (name: string, value: number, peer: number, peerName: string): BenchRow => ({
  name,
  value,
  peer,
  unit: 'req/s',
  ratio: value / peer,
  peerName,
})

/** Draws tiles with gdal3.js, one after the other. Its result answers with tiles a second. */
async function prepareGdal(): Promise<(tiles: readonly TilePlace[]) => Promise<number>> {
  const gdal = await openGdalJs()
  const picture = (await gdal.open(HAAS_JPEG)).datasets[0]!
  const options = ['-of', 'GTiff', ...gcpOptions(haasScan().points)]
  const tiff = await gdal.gdal_translate(picture, options, 'source')
  const source = (await gdal.open(tiff.local)).datasets[0]!
  const webp = ['-of', 'WEBP', '-co', 'QUALITY=80', '-co', 'METHOD=0']
  const warp = ['-tps', '-r', 'bilinear', '-dstalpha', '-t_srs', 'EPSG:3857']
  return async (tiles) => {
    const start = performance.now()
    for (const tile of tiles) {
      const place = ['-te', ...tileBoundsMetres(...tile).map(String), '-ts', String(TILE_PX), String(TILE_PX)]
      await gdal.gdalwarp(source, [...warp, ...place, ...webp], 'tile')
    }
    return (tiles.length * 1000) / (performance.now() - start)
  }
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchTiles()))
}
