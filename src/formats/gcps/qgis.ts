import { flipped, parseDecimal, plainDecimal } from './decimals.ts'
import { delimitedRows, delimiterOf, firstLine, withoutComments } from './delimited.ts'
import type { GcpFormat } from './gcp-format.ts'
import { PointReader } from './point-reader.ts'

const CRS_LINE = /^[ \t]*#[ \t]*CRS:([^\r\n]*)/im
const HEADER = 'mapX,mapY,sourceX,sourceY,enable,dX,dY,residual'

/** WGS 84 in the ISO 19162:2019 text that QGIS itself writes into these files. */
const WGS84_WKT =
  'GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (Transit)"],' +
  'MEMBER["World Geodetic System 1984 (G730)"],MEMBER["World Geodetic System 1984 (G873)"],' +
  'MEMBER["World Geodetic System 1984 (G1150)"],MEMBER["World Geodetic System 1984 (G1674)"],' +
  'MEMBER["World Geodetic System 1984 (G1762)"],MEMBER["World Geodetic System 1984 (G2139)"],' +
  'ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]],ENSEMBLEACCURACY[2.0]],' +
  'PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],' +
  'AXIS["geodetic latitude (Lat)",north,ORDER[1],ANGLEUNIT["degree",0.0174532925199433]],' +
  'AXIS["geodetic longitude (Lon)",east,ORDER[2],ANGLEUNIT["degree",0.0174532925199433]],' +
  'USAGE[SCOPE["Horizontal component of 3D system."],AREA["World."],BBOX[-90,-180,90,180]],ID["EPSG",4326]]'

/**
 * The `.points` file of the QGIS georeferencer: an optional line `#CRS: ` with WKT or a code, a header, then
 * `mapX,mapY,sourceX,sourceY,enable,dX,dY,residual` (`pixelX,pixelY` in older ones, tabs in the oldest). Source y is
 * negative below the top edge of the image. Map coordinates are easting first, whatever the order of the CRS's axes.
 */
export const qgis: GcpFormat = {
  name: 'qgis',

  recognises: (text) => /^[ \t]*mapX[ \t]*[,\t]/im.test(withoutComments(text)) || CRS_LINE.test(text),

  read(text) {
    const rows = delimitedRows(withoutComments(text), delimiterOf(firstLine(text)))
    const header = rows[0]?.cells.map((name) => name.toLowerCase()) ?? []
    const isHeader = header.length > 0 && parseDecimal(header[0]!) === null
    const at = (names: string[], position: number) => {
      const found = isHeader ? header.findIndex((name) => names.includes(name)) : -1
      return found < 0 ? position : found
    }
    const columns = {
      easting: at(['mapx'], 0),
      northing: at(['mapy'], 1),
      x: at(['sourcex', 'pixelx'], 2),
      y: at(['sourcey', 'pixely'], 3),
      enable: at(['enable'], 4),
    }
    const reader = new PointReader({ x: 'sourceX', y: 'sourceY', easting: 'mapX', northing: 'mapY' })
    for (const { line, cells } of isHeader ? rows.slice(1) : rows)
      reader.add({
        place: `line ${line}`,
        x: cells[columns.x],
        y: cells[columns.y],
        easting: cells[columns.easting],
        northing: cells[columns.northing],
        enabled: parseDecimal(cells[columns.enable] ?? '') !== 0,
      })
    const points = reader.finish().map((point) => ({ ...point, y: flipped(point.y) }))
    return { points, crs: CRS_LINE.exec(text)?.[1]?.trim() || null, imageSize: null }
  },

  /** Degrees of WGS 84, every point enabled. */
  write(points) {
    const rows = points.map(({ x, y, lon, lat }) =>
      [...[lon, lat, x, flipped(y)].map(plainDecimal), 1, 0, 0, 0].join(','),
    )
    return [`#CRS: ${WGS84_WKT}`, HEADER, ...rows, ''].join('\n')
  },
}
