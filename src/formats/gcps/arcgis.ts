import { flipped, parseDecimal, plainDecimal } from './decimals.ts'
import { delimitedRows, delimiterOf, firstLine, valuesOf, withoutComments } from './delimited.ts'
import { type GcpFilePoint, type GcpFormat, type ImageSize, refuseFile } from './gcp-format.ts'
import { PointReader } from './point-reader.ts'

const TITLE = /^\s*link table\s*$/i

/**
 * The link table of ArcGIS: `x<TAB>y<TAB>X<TAB>Y`, also with spaces, or as CSV `id,x,y,X,Y`; a first line `link table`
 * or a header may stand before. Source y counts upwards: from the top edge of the image, so that it is negative inside,
 * or from the bottom edge. The sign of most of the points tells which; the latter needs the height of the image.
 */
export const arcgis: GcpFormat = {
  name: 'arcgis',

  recognises(text) {
    const line = firstLine(text)
    if (TITLE.test(line)) return true
    const values = valuesOf(line)
    if (values.includes('x') && values.includes('X')) return true
    const numbers = values.filter((value) => parseDecimal(value) !== null).length
    return line.includes('\t') ? numbers >= 4 : line.includes(',') && numbers >= 4 && values.length >= 5
  },

  read(text, image) {
    const titled = withoutComments(text).replace(/^\s*link table[^\S\r\n]*(?=[\r\n])/i, (title) =>
      title.replace(/[^\r\n]/g, ''),
    )
    const sign = /[\t;,]/.test(firstLine(titled)) ? delimiterOf(firstLine(titled)) : ' '
    const rows = delimitedRows(titled, sign).map(({ line, cells }) => ({
      line,
      cells: sign === ' ' ? cells.filter((cell) => cell !== '') : cells,
    }))
    const header = rows[0]?.cells.some((cell) => parseDecimal(cell) !== null) ? undefined : rows.shift()
    const named = ['x', 'y', 'X', 'Y'].map((name) => header?.cells.indexOf(name) ?? -1)
    const reader = new PointReader({ x: 'x', y: 'y', easting: 'X', northing: 'Y' })
    for (const { line, cells } of rows) {
      const [x = 0, y = 1, easting = 2, northing = 3] = named.includes(-1) ? positionsOf(cells, sign) : named
      reader.add({
        place: `line ${line}`,
        x: cells[x],
        y: cells[y],
        easting: cells[easting],
        northing: cells[northing],
      })
    }
    return { points: counted(reader.finish(), image), crs: null, imageSize: null }
  },

  /** Separated by tabs, y negative below the top edge. */
  write: (points) =>
    points
      .map(({ x, y, lon, lat }) => `${[x, flipped(y), lon, lat].map(plainDecimal).join('\t')}\n`)
      .join(''),
}

/** An id stands before the numbers in CSV always, in a table where there are five values. */
const positionsOf = (cells: readonly string[], sign: string): number[] =>
  cells.length === 5 || (sign !== '\t' && sign !== ' ' && cells.length > 5) ? [1, 2, 3, 4] : [0, 1, 2, 3]

/** The points with their y counted downwards from the top edge. */
function counted(points: readonly GcpFilePoint[], image: ImageSize | null): GcpFilePoint[] {
  const above = points.filter(({ y }) => y > 0).length
  if (above * 2 <= points.length) return points.map((point) => ({ ...point, y: flipped(point.y) }))
  if (!image)
    return refuseFile(
      'y counts from the bottom edge of the image, and how high the image is is not known; give y from the top edge, ' +
        'negative downwards',
    )
  return points.map((point) => ({ ...point, y: image.height - point.y }))
}
