import { prepareGdalBake } from './gdal-bake.ts'
import { enlargedHaasScan } from './haas.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { megapixelsOr, roundsOr } from './settings.ts'
import { startStack } from './stack.ts'

const ROUNDS = 3
const MEGAPIXELS = 36

/**
 * The bake of a scan of `GRATICULE_BENCH_MPX` (36) megapixels, the Haas map enlarged, with its 86 control points by thin
 * plate spline and bilinear resampling, into WebP tiles of 256 px from zoom 0 to its own resolution. Medians of rounds
 * in turn with the peer.
 *
 * Graticule's time goes from the request to rectify, through the whole local stack, until the map is `warped`: the fit,
 * drawing every tile from the pyramid (JPEG tiles, decoded as they are needed), encoding, staging, the archive and the
 * switch to it. Ingest is not in it. The peer's time is `gdalwarp` from a decoded GeoTIFF to EPSG:3857 in the resolution
 * it chooses, then `gdal2tiles.py` into single files for the same zooms, of which the lesser ones are made of the tiles
 * below. Both leave out empty tiles and warp with an error of at most 0.125 px. Both encode lossy WebP of quality 80,
 * Graticule with libwebp's quickest method (0), `gdal2tiles.py`, which has no option for it, with GDAL's usual one (4).
 */
export async function benchBake(): Promise<BenchRow[]> {
  const scan = await enlargedHaasScan(megapixelsOr(MEGAPIXELS))
  const stack = await startStack()
  const gdal = await prepareGdalBake(scan).catch(async (error) => {
    await stack.stop()
    throw error
  })
  try {
    const id = await stack.load(scan)
    const own: number[] = []
    const peer: number[] = []
    for (let round = 0; round < roundsOr(ROUNDS); round++) {
      own.push(await stack.rectify(id, 'tps', 'bilinear'))
      peer.push(await gdal.run((await stack.tileJson(id)).maxzoom))
    }
    const megapixels = ((scan.width * scan.height) / 1e6).toFixed(1)
    return [
      {
        name: `bake of ${megapixels} Mpx, tps bilinear`,
        value: median(own),
        peer: median(peer),
        unit: 's',
        ratio: median(peer) / median(own),
        peerName: gdal.name,
      },
    ]
  } finally {
    gdal.remove()
    await stack.stop()
  }
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchBake()))
}
