import { answer, refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import type { DrawingRoute } from '../../http/drawing-route.ts'
import { findDrawing } from '../../http/find-drawing.ts'
import { cellOverlay, type OverlayCell, rootOverlay } from './super-overlay.ts'

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/** Reads `w,s,e,n,drawOrder`; null where it is anything else. */
function parseCell(text: string): OverlayCell | null {
  const parts = text.split(',')
  if (parts.length !== 5 || !parts.every((part) => NUMBER.test(part))) return null
  const [west, south, east, north, drawOrder] = parts.map(Number) as [number, number, number, number, number]
  if (!(west < east && south < north) || Math.abs(south) > 90 || Math.abs(north) > 90) return null
  if (Math.abs(west) > 540 || Math.abs(east) > 540 || !Number.isInteger(drawOrder)) return null
  return { bbox: [west, south, east, north], drawOrder }
}

/** `GET /{maps|mosaics|layers}/{id}.kml[?DBOX=w,s,e,n,drawOrder]`: a super-overlay, cell by cell. */
async function kml(call: DrawingRequest, groups: Record<string, string>): Promise<Response> {
  const box = call.url.searchParams.get('DBOX') ?? call.url.searchParams.get('dbox')
  const cell = box === null ? null : parseCell(box)
  if (box !== null && !cell)
    return refusal(
      422,
      'Invalid param',
      'DBOX should be west,south,east,north in degrees and a drawing order',
    )
  const drawing = await findDrawing(call, groups)
  if (drawing instanceof Response) return drawing
  const { origin } = call.url
  return answer(call.request, {
    body: cell ? cellOverlay(drawing, origin, cell) : rootOverlay(drawing, origin),
    contentType: 'application/vnd.google-earth.kml+xml',
    etag: `W/"${drawing.version}-kml"`,
    freshness: { versioned: false, shared: drawing.isPublic },
    headers: { 'content-disposition': `inline; filename="${drawing.id}.kml"` },
  })
}

export const kmlRoutes: readonly DrawingRoute[] = [
  { path: /^\/(?<family>maps|mosaics|layers)\/(?<id>\d{1,9})\.kml$/, answer: kml },
]
