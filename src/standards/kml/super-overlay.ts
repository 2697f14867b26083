import type { Drawing } from '../../domain/render/drawing.ts'
import { xmlText } from '../../formats/xml-text.ts'
import type { Bbox } from '../../geo/bbox.ts'

/** Side of every picture of the overlay, pixels. */
export const OVERLAY_PX = 256
/** A region is loaded when it covers as many pixels of the screen on a side. */
const LOD_MIN_PX = 128
/** A region with parts gives way to them when it covers this many. */
const LOD_MAX_PX = 512

/** One cell of the super-overlay: what it covers, and how deep it lies. */
export interface OverlayCell {
  /** Degrees. */
  bbox: Bbox
  /** Cells above are drawn over those below. */
  drawOrder: number
}

/** Degrees a pixel of the finest scan of a drawing. */
const finestPixel = ({ layers }: Drawing): number =>
  Math.min(...layers.map(({ output }) => Math.min(output.pixelSizeX, output.pixelSizeY)))

const document = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
  <Document>
${content}
  </Document>
</kml>
`

const region = ([west, south, east, north]: Bbox, lodMax: number): string => `<Region>
        <LatLonAltBox><north>${north}</north><south>${south}</south><east>${east}</east><west>${west}</west></LatLonAltBox>
        <Lod><minLodPixels>${LOD_MIN_PX}</minLodPixels><maxLodPixels>${lodMax}</maxLodPixels></Lod>
      </Region>`

function networkLink(drawing: Drawing, origin: string, { bbox, drawOrder }: OverlayCell): string {
  const href = `${origin}/${drawing.kind}/${drawing.id}.kml?DBOX=${bbox.join(',')},${drawOrder}`
  return `    <NetworkLink>
      <name>${drawOrder}</name>
      ${region(bbox, -1)}
      <Link><href>${xmlText(href)}</href><viewRefreshMode>onRegion</viewRefreshMode></Link>
    </NetworkLink>`
}

/** The document a viewer begins with: one link to the cell that holds everything. @param origin of addresses */
export function rootOverlay(drawing: Drawing, origin: string): string {
  return document(`    <name>${xmlText(drawing.title)}</name>
${networkLink(drawing, origin, { bbox: drawing.bbox, drawOrder: 0 })}`)
}

/**
 * One cell as KML 2.2 (OGC 07-147r2): a ground overlay with its picture, and links to its quarters while these are
 * coarser than the scans themselves.
 * @param origin scheme, host and port that addresses begin with
 */
export function cellOverlay(drawing: Drawing, origin: string, cell: OverlayCell): string {
  const { bbox, drawOrder } = cell
  const [west, south, east, north] = bbox
  const picture =
    `${origin}/${drawing.kind}/wms/${drawing.id}?service=WMS&version=1.1.1&request=GetMap&layers=image&styles=` +
    `&srs=EPSG:4326&bbox=${bbox.join(',')}&width=${OVERLAY_PX}&height=${OVERLAY_PX}&format=image/png&transparent=true`
  const pixel = Math.max(east - west, north - south) / OVERLAY_PX
  const quarters =
    pixel > finestPixel(drawing) ? quartersOf(bbox).filter((quarter) => meets(quarter, drawing.bbox)) : []
  return document(
    [
      `    <GroundOverlay>
      <name>${drawOrder}</name>
      ${region(bbox, quarters.length > 0 ? LOD_MAX_PX * 2 : -1)}
      <drawOrder>${drawOrder}</drawOrder>
      <Icon><href>${xmlText(picture)}</href></Icon>
      <LatLonBox><north>${north}</north><south>${south}</south><east>${east}</east><west>${west}</west></LatLonBox>
    </GroundOverlay>`,
      ...quarters.map((quarter) => networkLink(drawing, origin, { bbox: quarter, drawOrder: drawOrder + 1 })),
    ].join('\n'),
  )
}

function quartersOf([west, south, east, north]: Bbox): Bbox[] {
  const lon = (west + east) / 2
  const lat = (south + north) / 2
  return [
    [west, lat, lon, north],
    [lon, lat, east, north],
    [west, south, lon, lat],
    [lon, south, east, lat],
  ]
}

const meets = (a: Bbox, b: Bbox): boolean => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]
