import type { Drawing } from '../../domain/render/drawing.ts'
import { xmlText } from '../../formats/xml-text.ts'
import { type Bbox, clipToWorld } from '../../geo/bbox.ts'
import { systemsAround } from '../../geo/crs/systems-around.ts'
import { mercatorX, mercatorY } from '../../geo/mercator.ts'
import { wmsPath } from '../../http/drawing-route.ts'
import { SIDE_MAX_PX, WMS_LAYER } from './map-request.ts'
import type { WmsVersion } from './service-exception.ts'

/** Announced for every drawing, besides the systems of its area; those EPSG does not know under that number first. */
const ALWAYS = ['EPSG:4326', 'EPSG:3857', 'EPSG:900913', 'EPSG:4269']
const FORMATS = ['image/png', 'image/jpeg']
const EXCEPTIONS: Readonly<Record<WmsVersion, readonly string[]>> = {
  '1.1.1': ['application/vnd.ogc.se_xml', 'application/vnd.ogc.se_inimage', 'application/vnd.ogc.se_blank'],
  '1.3.0': ['XML', 'INIMAGE', 'BLANK'],
}

/** The media type of a version's capabilities. */
export const capabilitiesType = (version: WmsVersion): string =>
  version === '1.3.0' ? 'text/xml' : 'application/vnd.ogc.wms_xml'

/**
 * The capabilities of one drawing, by OGC 06-042 (1.3.0) or 01-068r3 (1.1.1).
 * @param origin scheme, host and port that addresses begin with
 */
export function wmsCapabilities(drawing: Drawing, version: WmsVersion, origin: string): string {
  const service = `${origin}${wmsPath(drawing)}?`
  const is13 = version === '1.3.0'
  const root = is13
    ? '<WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/wms http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd">'
    : '<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://schemas.opengis.net/wms/1.1.1/capabilities_1_1_1.dtd">\n<WMT_MS_Capabilities version="1.1.1">'
  return `<?xml version="1.0" encoding="UTF-8"?>
${root}
  <Service>
    <Name>${is13 ? 'WMS' : 'OGC:WMS'}</Name>
    <Title>${xmlText(drawing.title)}</Title>
    ${online(service)}
    <Fees>none</Fees>
    <AccessConstraints>none</AccessConstraints>${
      is13
        ? `
    <LayerLimit>1</LayerLimit>
    <MaxWidth>${SIDE_MAX_PX}</MaxWidth>
    <MaxHeight>${SIDE_MAX_PX}</MaxHeight>`
        : ''
    }
  </Service>
  <Capability>
    <Request>
${operation('GetCapabilities', [capabilitiesType(version)], service)}
${operation('GetMap', FORMATS, service)}
    </Request>
    <Exception>
${EXCEPTIONS[version].map((format) => `      <Format>${format}</Format>`).join('\n')}
    </Exception>
${layer(drawing, version, origin)}
  </Capability>
</${is13 ? 'WMS' : 'WMT_MS'}_Capabilities>
`
}

const online = (href: string): string =>
  `<OnlineResource xmlns:xlink="http://www.w3.org/1999/xlink" xlink:type="simple" xlink:href="${xmlText(href)}"/>`

const operation = (name: string, formats: readonly string[], service: string): string => `      <${name}>
${formats.map((format) => `        <Format>${format}</Format>`).join('\n')}
        <DCPType><HTTP><Get>${online(service)}</Get></HTTP></DCPType>
      </${name}>`

function layer({ kind, id, title, bbox }: Drawing, version: WmsVersion, origin: string): string {
  const world = clipToWorld(bbox)
  const names = systemNames(world, version)
  return `    <Layer queryable="0" opaque="0" noSubsets="0">
      <Name>${WMS_LAYER}</Name>
      <Title>${xmlText(title)}</Title>
${names.map((name) => (version === '1.3.0' ? `      <CRS>${name}</CRS>` : `      <SRS>${name}</SRS>`)).join('\n')}
${version === '1.3.0' ? extent13(world) : extent11(world)}
      <Style>
        <Name>default</Name>
        <Title>As it is</Title>
${kind === 'datasets' ? '' : legend(`${origin}/${kind === 'maps' ? 'maps' : 'layers'}/thumb/${id}`)}      </Style>
    </Layer>`
}

const legend = (href: string): string => `        <LegendURL width="100" height="100">
          <Format>image/png</Format>
          ${online(href)}
        </LegendURL>
`

function systemNames(world: Bbox, version: WmsVersion): string[] {
  const around = systemsAround(world).map((code) => `EPSG:${code}`)
  return [...new Set([...ALWAYS, ...(version === '1.3.0' ? ['CRS:84'] : []), ...around])]
}

const box = (system: string, [minX, minY, maxX, maxY]: readonly number[]): string =>
  `      <BoundingBox ${system} minx="${minX}" miny="${minY}" maxx="${maxX}" maxy="${maxY}"/>`

const mercatorBox = ([west, south, east, north]: Bbox): number[] => [
  ...[mercatorX(west), mercatorY(south)],
  ...[mercatorX(east), mercatorY(north)],
]

const extent11 = (world: Bbox): string => {
  const [west, south, east, north] = world
  return `      <LatLonBoundingBox minx="${west}" miny="${south}" maxx="${east}" maxy="${north}"/>
${box('SRS="EPSG:4326"', world)}
${box('SRS="EPSG:3857"', mercatorBox(world))}`
}

const extent13 = (world: Bbox): string => {
  const [west, south, east, north] = world
  return `      <EX_GeographicBoundingBox>
        <westBoundLongitude>${west}</westBoundLongitude>
        <eastBoundLongitude>${east}</eastBoundLongitude>
        <southBoundLatitude>${south}</southBoundLatitude>
        <northBoundLatitude>${north}</northBoundLatitude>
      </EX_GeographicBoundingBox>
${box('CRS="CRS:84"', world)}
${box('CRS="EPSG:4326"', [south, west, north, east])}
${box('CRS="EPSG:3857"', mercatorBox(world))}`
}
