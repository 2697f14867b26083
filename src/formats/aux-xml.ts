import { FormatError } from './format-error.ts'

/** WKT 1 as GDAL writes it; the axis order of the authority is lat, lon, hence the mapping on the element. */
const WGS84_WKT =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],' +
  'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],' +
  'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],' +
  'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'

/** A north-up image in EPSG:4326: its outer top-left corner and the size of its pixels, in degrees. */
export interface GeographicPlacement {
  west: number
  north: number
  pixelSizeX: number
  pixelSizeY: number
}

/**
 * The PAM sidecar (`<name>.png.aux.xml`) by which GDAL, QGIS and others read where a PNG lies.
 *
 * @throws FormatError `aux_xml_placement` when a number is not finite or a pixel has no size
 */
export function pngAuxXml({ west, north, pixelSizeX, pixelSizeY }: GeographicPlacement): string {
  const transform = [west, pixelSizeX, 0, north, 0, -pixelSizeY]
  if (!transform.every(Number.isFinite) || pixelSizeX <= 0 || pixelSizeY <= 0) {
    throw new FormatError(
      'aux_xml_placement',
      `origin ${west}, ${north} with pixels of ${pixelSizeX} x ${pixelSizeY} degrees`,
    )
  }
  return `<PAMDataset>
  <SRS dataAxisToSRSAxisMapping="2,1">${WGS84_WKT}</SRS>
  <GeoTransform>${transform.map((number) => number.toExponential(16)).join(', ')}</GeoTransform>
  <Metadata>
    <MDI key="AREA_OR_POINT">Area</MDI>
  </Metadata>
</PAMDataset>
`
}
