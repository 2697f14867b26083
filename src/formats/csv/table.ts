import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'
import type { SyncByteSource } from '../sync-bytes.ts'
import { decodeWkb } from '../wkb.ts'
import { looksLikeWkt, parseWkt } from '../wkt.ts'
import { RecordSplitter, sniffDelimiter } from './record-splitter.ts'

const SAMPLED_RECORDS = 100

/** Where the geometry of a row stands, by the number of the column; null for a table without. */
export type GeometryColumns = { wkt: number } | { x: number; y: number } | null

/** What is known of a table before all of it has been read. Plain JSON. */
export interface CsvLayout {
  delimiter: string
  /** Label of the Encoding Standard. */
  encoding: string
  /** Where the first record behind the header begins. */
  firstAt: number
  /** Each once, none empty. */
  columns: string[]
  geometry: GeometryColumns
  /** The names of x and y say that they are degrees. */
  isGeographic: boolean
}

const WKT_NAMES = /^(?:wkt|geom|geometry|the_geom|geom_?wkt|wkt_?geom|shape|wkb|wkb_geometry|_wkt)$/i
const XY_NAMES: readonly (readonly [x: RegExp, y: RegExp, isGeographic: boolean])[] = [
  [
    /^(?:lon|long|lng|longitude|longitude_deg|lon_wgs84|wgs84_lon)$/i,
    /^(?:lat|latitude|latitude_deg|lat_wgs84|wgs84_lat)$/i,
    true,
  ],
  [
    /^(?:x|x_coord|coord_x|xcoord|point_x|x_koord)$/i,
    /^(?:y|y_coord|coord_y|ycoord|point_y|y_koord)$/i,
    false,
  ],
  [/^(?:e|east|easting|eastings)$/i, /^(?:n|north|northing|northings)$/i, false],
]

/** Lays out a table by its first records. @throws FormatError `bad-csv` where it has no header */
export function csvLayout(source: SyncByteSource, encoding: string): CsvLayout {
  const start = startOf(source)
  const delimiter = sniffDelimiter(source, start)
  const records = new RecordSplitter(source, delimiter, encoding, start)
  const header = records.next()
  const columns = header ? namesOf(header.cells) : []
  const firstAt = records.position
  const sample: string[][] = []
  for (let record = records.next(); record && sample.length < SAMPLED_RECORDS; record = records.next())
    sample.push(record.cells)
  return { delimiter, encoding, firstAt, columns, ...geometryOf(columns, sample, delimiter !== ',') }
}

function startOf(source: SyncByteSource): number {
  const head = new Uint8Array(3)
  source.read(0, head)
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0
}

/** Blank names are numbered, and those that are there already. */
function namesOf(cells: readonly string[]): string[] {
  const names: string[] = []
  for (const [i, cell] of cells.entries()) {
    const wanted = cell.replaceAll('\0', '').trim() || `column_${i + 1}`
    let name = wanted
    for (let n = 2; names.includes(name); n++) name = `${wanted}_${n}`
    names.push(name)
  }
  return names
}

function geometryOf(
  columns: readonly string[],
  sample: readonly string[][],
  isDecimalComma: boolean,
): Pick<CsvLayout, 'geometry' | 'isGeographic'> {
  const allPass = (column: number, test: (cell: string) => boolean) => {
    const cells = sample.map((cells) => cells[column]?.trim() ?? '').filter((cell) => cell !== '')
    return cells.length > 0 && cells.every(test)
  }
  const wkt = columns.findIndex((name, i) => WKT_NAMES.test(name) && allPass(i, isGeometryText))
  if (wkt !== -1) return { geometry: { wkt }, isGeographic: false }
  for (const [xName, yName, isGeographic] of XY_NAMES) {
    const [x, y] = [xName, yName].map((pattern) => columns.findIndex((name) => pattern.test(name)))
    const isNumber = (cell: string) => ordinateOf(cell, isDecimalComma) !== null
    if (x !== -1 && y !== -1 && allPass(x!, isNumber) && allPass(y!, isNumber))
      return { geometry: { x: x!, y: y! }, isGeographic }
  }
  return { geometry: null, isGeographic: false }
}

const HEX_WKB = /^0[01](?:[0-9a-f]{2}){4,}$/i
const isGeometryText = (cell: string): boolean => looksLikeWkt(cell) || HEX_WKB.test(cell)

/** The number in a cell; null where there is none. */
export function ordinateOf(cell: string, isDecimalComma: boolean): number | null {
  const text = isDecimalComma ? cell.trim().replace(',', '.') : cell.trim()
  const value = text === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

/** The geometry of a row, and the system its text tells. @throws FormatError where there is one that cannot be read */
export function rowGeometry(
  cells: readonly string[],
  columns: GeometryColumns,
  isDecimalComma: boolean,
): { geometry: FlatGeometry | null; srid: number | null; fault: string | null } {
  const none = { geometry: null, srid: null, fault: null }
  if (!columns) return none
  if ('wkt' in columns) {
    const text = cells[columns.wkt]?.trim() ?? ''
    if (text === '') return none
    if (HEX_WKB.test(text)) return { ...none, geometry: decodeWkb(bytesOfHex(text)) }
    return { ...parseWkt(text), fault: null }
  }
  const [xText = '', yText = ''] = [cells[columns.x], cells[columns.y]]
  if (xText.trim() === '' && yText.trim() === '') return none
  const [x, y] = [ordinateOf(xText, isDecimalComma), ordinateOf(yText, isDecimalComma)]
  if (x === null || y === null)
    return { ...none, fault: `"${(x === null ? xText : yText).slice(0, 40)}" is not a coordinate` }
  return { ...none, geometry: { type: GEOMETRY_CODES.Point, xy: [x, y] } }
}

function bytesOfHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
