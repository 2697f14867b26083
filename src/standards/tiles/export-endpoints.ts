import { rendererOf } from '../../domain/render/draw.ts'
import { pngAuxXml } from '../../formats/aux-xml.ts'
import { pngStream } from '../../formats/png-stream.ts'
import { geographicGrid } from '../../geo/warp/target-grid.ts'
import { answer, refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { objectAnswer } from '../../http/object-answer.ts'
import type { TileSource } from '../../store/rectifications.ts'

/** How long the answer waits for a GeoTIFF that has to be made first, milliseconds. */
export const GEOTIFF_WAIT_MS = 120_000
/** Rows of the exported PNG that are drawn at once: with the widest scan's row, 5 MiB. */
const STRIP_ROWS = 64
const RETRY_SECONDS = 5

type Export = (call: DrawingRequest, source: TileSource) => Promise<Response> | Response

const notReady = (detail: string): Response =>
  refusal(503, 'Not ready', detail, { 'retry-after': String(RETRY_SECONDS) })

const freshness = (source: TileSource) => ({ versioned: false, shared: source.isPublic })

/** The exports of a map by the last part of their path: `GET /maps/{id}/export.{name}`. */
export const EXPORTS: Readonly<Record<string, Export>> = {
  pmtiles({ request, tools }, source) {
    if (!source.archiveKey)
      return notReady('the tiles of this map are still being made; its tile addresses work already')
    return objectAnswer(
      request,
      tools.bucket,
      source.archiveKey,
      freshness(source),
      `${source.scanId}.pmtiles`,
    )
  },

  tif: geotiff,
  /** Every GeoTIFF is cloud optimized. */
  'cog.tif': geotiff,

  png({ request, tools }, source) {
    const { width, height } = source.output
    return answer(request, {
      body: request.method === 'HEAD' ? null : pngStream(width, height, strips(tools, source)),
      contentType: 'image/png',
      etag: `W/"${source.rectificationId}-export"`,
      freshness: freshness(source),
      headers: { 'content-disposition': `inline; filename="${source.scanId}.png"` },
    })
  },

  aux_xml({ request }, source) {
    return answer(request, {
      body: pngAuxXml(source.output),
      contentType: 'application/xml',
      etag: `W/"${source.rectificationId}-aux"`,
      freshness: freshness(source),
      headers: { 'content-disposition': `inline; filename="${source.scanId}.png.aux.xml"` },
    })
  },
}

async function geotiff({ request, tools, jobs }: DrawingRequest, source: TileSource): Promise<Response> {
  const { scanId, rectificationId } = source
  let key = source.geotiffKey
  if (!key) {
    const outcome = await jobs.exportGeotiff(scanId, rectificationId, GEOTIFF_WAIT_MS)
    if (outcome.state === 'failed') return refusal(500, 'Export failed', outcome.message)
    if (outcome.state === 'running') return notReady('the GeoTIFF is still being made; ask again')
    key = outcome.key
  }
  return objectAnswer(request, tools.bucket, key, freshness(source), `${scanId}.tif`)
}

/** The rows of the rectified map in EPSG:4326 from the north, some at a time. */
async function* strips(tools: DrawingRequest['tools'], source: TileSource): AsyncIterable<Uint8Array> {
  const { west, north, pixelSizeX, pixelSizeY, width, height } = source.output
  const renderer = rendererOf(tools, source)
  for (let row = 0; row < height; row += STRIP_ROWS) {
    const rows = Math.min(STRIP_ROWS, height - row)
    const strip = await renderer.draw(
      geographicGrid(west, north - row * pixelSizeY, pixelSizeX, pixelSizeY, width, rows),
    )
    yield strip ?? new Uint8Array(width * rows * 4)
  }
}
