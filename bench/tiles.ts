import { type TilePlace, tilesOfArchive, tilesPastArchive } from './archive-tiles.ts'
import { prepareGdalTiles } from './gdal-tiles.ts'
import { haasScan } from './haas.ts'
import { openLoadGenerator } from './load-generator.ts'
import { HELLO_PATH } from './local-server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'
import { startStack } from './stack.ts'

const ROUNDS = 5
const CONNECTIONS = 8
/** For warm tiles and for the peer in a round; cold tiles are as many as there are. */
const REQUESTS = 400
const GDAL_TILES_A_ROUND = 10
const LIVE_COLD = 'live tile, cold, versioned'

/**
 * Tiles of the rectified Haas map (tps, bilinear) through the whole local stack, in requests a second over 8 connections
 * that stay open. The peer is a bare hello route of the same Worker, reached the same way. Both include `wrangler dev`'s
 * proxy and the binding from the api Worker to the tiles Worker, and share this machine with the load generator.
 *
 * Each round rectifies the map anew, which gives it a version of which nothing is in the cache, and asks for tiles
 * between two runs of the hello. The first round is not counted. Cold is a tile that is not in the cache while the
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
    const gdalTiles = await prepareGdalTiles(haasScan())
    const rates = new Map<string, { own: number[]; peer: number[] }>()
    const gdalRates: number[] = []
    const hellos = repeated([`${stack.url}${HELLO_PATH}`], REQUESTS / 2)

    const measure = async (name: string, urls: readonly string[]) => {
      const before = await load.rate(hellos)
      const own = await load.rate(urls)
      const after = await load.rate(hellos)
      const known = rates.get(name) ?? { own: [], peer: [] }
      rates.set(name, { own: [...known.own, own], peer: [...known.peer, before, after] })
    }
    const measureWarm = async (name: string, urls: readonly string[]) => {
      await load.rate(urls)
      await measure(name, repeated(urls, REQUESTS))
    }

    for (let round = 0; round <= rounds; round++) {
      if (round === 1) rates.clear()
      await stack.rectify(id, 'tps', 'bilinear')
      const archived = await tilesOfArchive(await stack.archive(id))
      const past = tilesPastArchive(archived)
      const { search } = new URL((await stack.tileJson(id)).tiles[0]!)
      const address = ([z, x, y]: TilePlace) => `${stack.url}/maps/tile/${id}/${z}/${x}/${y}.webp`
      const plain = archived.map(address)
      const versioned = plain.map((url) => url + search)
      const live = past.map((tile) => address(tile) + search)

      const [first, ...rest] = archived.keys()
      await load.rate([versioned[first!]!])
      const even = rest.filter((i) => i % 2 === 0)
      const odd = rest.filter((i) => i % 2 === 1)
      await measure(
        'archive tile, cold',
        even.map((i) => plain[i]!),
      )
      await measure(
        'archive tile, cold, versioned',
        odd.map((i) => versioned[i]!),
      )
      await measureWarm('archive tile, warm', plain)
      await measureWarm('archive tile, warm, versioned', versioned)
      await measure(LIVE_COLD, live)
      await measureWarm('live tile, warm, versioned', live)
      if (round > 0) gdalRates.push(await gdalTiles(past.slice(0, GDAL_TILES_A_ROUND)))
    }

    const rows = [...rates].map(([name, { own, peer }]) =>
      rowOf(name, own, peer, 'hello route of the same Worker'),
    )
    return [...rows, rowOf(LIVE_COLD, rates.get(LIVE_COLD)!.own, gdalRates, 'gdal3.js, the same tiles')]
  } finally {
    load.close()
    await stack.stop()
  }
}

/** The values over and over, `count` of them. */
const repeated = <T>(values: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, i) => values[i % values.length]!)

function rowOf(name: string, own: readonly number[], peers: readonly number[], peerName: string): BenchRow {
  const [value, peer] = [median(own), median(peers)]
  return { name, value, peer, unit: 'req/s', ratio: value / peer, peerName }
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchTiles()))
}
