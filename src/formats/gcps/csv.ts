import { parseDecimal, plainDecimal } from './decimals.ts'
import { delimitedRows, delimiterOf, firstLine, valuesOf, withoutComments } from './delimited.ts'
import type { GcpFormat } from './gcp-format.ts'
import { refuseFile } from './gcp-format.ts'
import { PointReader } from './point-reader.ts'

type Column = 'x' | 'y' | 'lon' | 'lat' | 'name' | 'mapId'

const COLUMNS: Record<Column, readonly string[]> = {
  x: ['x'],
  y: ['y'],
  lon: ['lon', 'lng', 'long', 'longitude'],
  lat: ['lat', 'latitude'],
  name: ['name'],
  mapId: ['mapid', 'map_id'],
}

/**
 * MapWarper's own: `x,y,lon,lat` with the y of the image downwards, in any order that a header names, with `name` and,
 * for the points of many maps, `mapid`. Without a header the columns are `x,y,lon,lat,name`. Semicolons and tabs
 * separate as well as commas.
 */
export const csv: GcpFormat = {
  name: 'csv',

  recognises(text) {
    const line = firstLine(text)
    const values = valuesOf(line)
    if (isHeader(values)) return columnsOf(values) !== null
    return line.includes(',') && (values.length === 4 || (values.length === 5 && !isNumber(values[4]!)))
  },

  read(text) {
    const rows = delimitedRows(withoutComments(text), delimiterOf(firstLine(text)))
    const header = rows[0] && isHeader(rows[0].cells) ? rows.shift() : undefined
    const columns = header ? columnsOf(header.cells) : { x: 0, y: 1, lon: 2, lat: 3, name: 4, mapId: -1 }
    if (!columns) refuseFile('the header names no x, y, lon and lat', `line ${header?.line}`)
    const reader = new PointReader({ x: 'x', y: 'y', easting: 'lon', northing: 'lat' })
    for (const { line, cells } of rows)
      reader.add({
        place: `line ${line}`,
        x: cells[columns.x],
        y: cells[columns.y],
        easting: cells[columns.lon],
        northing: cells[columns.lat],
        name: cells[columns.name],
        mapId: cells[columns.mapId],
      })
    return { points: reader.finish(), crs: null, imageSize: null }
  },

  /** The header `x,y,lon,lat`, one row a point, each line ended by LF; no number has an exponent. */
  write(points) {
    let text = 'x,y,lon,lat\n'
    for (const { x, y, lon, lat } of points) text += `${[x, y, lon, lat].map(plainDecimal).join(',')}\n`
    return text
  },
}

const isNumber = (text: string): boolean => parseDecimal(text) !== null

/** Whether no value of a first line is a number, so that it can only name the columns. */
const isHeader = (values: readonly string[]): boolean => !values.some(isNumber)

/** Where each column stands, -1 for a missing optional one; null when one of the four numbers is not there. */
function columnsOf(names: readonly string[]): Record<Column, number> | null {
  const lower = names.map((name) => name.toLowerCase())
  const at = (column: Column) => lower.findIndex((name) => COLUMNS[column].includes(name))
  const found = {
    x: at('x'),
    y: at('y'),
    lon: at('lon'),
    lat: at('lat'),
    name: at('name'),
    mapId: at('mapId'),
  }
  return Math.min(found.x, found.y, found.lon, found.lat) < 0 ? null : found
}
