import type { Drawing } from '../../domain/render/drawing.ts'
import { TILE_PX, TILE_ZOOM_MAX, ZOOMS_PAST_NATIVE } from '../../domain/render/tile-pyramid.ts'
import { xmlText } from '../../formats/xml-text.ts'
import { clipToWorld } from '../../geo/bbox.ts'
import { MERCATOR_HALF_METRES, mercatorX, mercatorY, tileRange } from '../../geo/mercator.ts'

/** Names that a request has to use: one layer, one style, one tile matrix set. */
export const WMTS_LAYER = 'image'
export const WMTS_STYLE = 'default'
export const WMTS_MATRIX_SET = 'WebMercatorQuad'

/** Metres of one pixel on the screen that scale denominators count with (OGC 07-057r7, 6.1). */
const SCREEN_PIXEL_METRES = 0.00028

/** The deepest zoom a drawing is announced and served in. */
export const deepestZoom = ({ maxZoom }: Pick<Drawing, 'maxZoom'>): number =>
  Math.min(TILE_ZOOM_MAX, maxZoom + ZOOMS_PAST_NATIVE)

/**
 * The capabilities document of OGC WMTS 1.0.0 (07-057r7) for one drawing, with its key-value and its REST address.
 * @param origin scheme, host and port that addresses begin with
 */
export function wmtsCapabilities(drawing: Drawing, origin: string): string {
  const { kind, id, title, version } = drawing
  const [west, south, east, north] = clipToWorld(drawing.bbox)
  const service = `${origin}/${kind}/wmts/${id}`
  const zooms = Array.from({ length: deepestZoom(drawing) + 1 }, (_, zoom) => zoom)
  const kvp = (operation: string) => `    <ows:Operation name="${operation}">
      <ows:DCP><ows:HTTP><ows:Get xlink:href="${service}?">
        <ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint>
      </ows:Get></ows:HTTP></ows:DCP>
    </ows:Operation>`
  const limits = zooms.map((zoom) => {
    const { minX, minY, maxX, maxY } = tileRange(drawing.bbox, zoom)
    return `          <TileMatrixLimits>
            <TileMatrix>${zoom}</TileMatrix>
            <MinTileRow>${minY}</MinTileRow><MaxTileRow>${maxY}</MaxTileRow>
            <MinTileCol>${minX}</MinTileCol><MaxTileCol>${maxX}</MaxTileCol>
          </TileMatrixLimits>`
  })
  const matrices = zooms.map((zoom) => {
    const metresPerPixel = (2 * MERCATOR_HALF_METRES) / (TILE_PX * 2 ** zoom)
    return `      <TileMatrix>
        <ows:Identifier>${zoom}</ows:Identifier>
        <ScaleDenominator>${metresPerPixel / SCREEN_PIXEL_METRES}</ScaleDenominator>
        <TopLeftCorner>${-MERCATOR_HALF_METRES} ${MERCATOR_HALF_METRES}</TopLeftCorner>
        <TileWidth>${TILE_PX}</TileWidth><TileHeight>${TILE_PX}</TileHeight>
        <MatrixWidth>${2 ** zoom}</MatrixWidth><MatrixHeight>${2 ** zoom}</MatrixHeight>
      </TileMatrix>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd" version="1.0.0" updateSequence="${version}">
  <ows:ServiceIdentification>
    <ows:Title>${xmlText(title)}</ows:Title>
    <ows:ServiceType>OGC WMTS</ows:ServiceType>
    <ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>
  </ows:ServiceIdentification>
  <ows:OperationsMetadata>
${kvp('GetCapabilities')}
${kvp('GetTile')}
  </ows:OperationsMetadata>
  <Contents>
    <Layer>
      <ows:Title>${xmlText(title)}</ows:Title>
      <ows:WGS84BoundingBox>
        <ows:LowerCorner>${west} ${south}</ows:LowerCorner>
        <ows:UpperCorner>${east} ${north}</ows:UpperCorner>
      </ows:WGS84BoundingBox>
      <ows:Identifier>${WMTS_LAYER}</ows:Identifier>
      <ows:BoundingBox crs="urn:ogc:def:crs:EPSG::3857">
        <ows:LowerCorner>${mercatorX(west)} ${mercatorY(south)}</ows:LowerCorner>
        <ows:UpperCorner>${mercatorX(east)} ${mercatorY(north)}</ows:UpperCorner>
      </ows:BoundingBox>
      <Style isDefault="true"><ows:Identifier>${WMTS_STYLE}</ows:Identifier></Style>
      <Format>image/png</Format>
      <Format>image/webp</Format>
      <TileMatrixSetLink>
        <TileMatrixSet>${WMTS_MATRIX_SET}</TileMatrixSet>
        <TileMatrixSetLimits>
${limits.join('\n')}
        </TileMatrixSetLimits>
      </TileMatrixSetLink>
${['png', 'webp']
  .map(
    (extension) =>
      `      <ResourceURL format="image/${extension}" resourceType="tile" template="${service}/1.0.0/${WMTS_LAYER}/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.${extension}?v=${version}"/>`,
  )
  .join('\n')}
    </Layer>
    <TileMatrixSet>
      <ows:Identifier>${WMTS_MATRIX_SET}</ows:Identifier>
      <ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>
      <WellKnownScaleSet>urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible</WellKnownScaleSet>
${matrices.join('\n')}
    </TileMatrixSet>
  </Contents>
  <ServiceMetadataURL xlink:href="${service}/1.0.0/WMTSCapabilities.xml"/>
</Capabilities>
`
}
