import type { FlatGeometry } from '../../geo/flat-geometry.ts'
import { base64 } from './base64.ts'
import type { ExportColumn } from './export-format.ts'
import type { ExportValue } from './feature-stage.ts'
import { wktText } from './wkt-text.ts'

/** How a geometry stands in a table: a point's coordinates in columns of their own, any other as well-known text. */
export interface CsvGeometry {
  isPoint: boolean
  hasZ: boolean
  hasM: boolean
}

/**
 * Writes CSV (RFC 4180, UTF-8): a line of names, then one line a feature, the geometry's columns last. Nothing stands for
 * no value, two quotes for an empty text.
 */
export class CsvWriter {
  readonly #columns: readonly ExportColumn[]
  readonly #geometry: CsvGeometry | null

  constructor(columns: readonly ExportColumn[], geometry: CsvGeometry | null) {
    this.#columns = columns
    this.#geometry = geometry
  }

  head(): string {
    const used = new Set(this.#columns.map(({ name }) => name.toLowerCase()))
    const own = this.#geometryColumns().map((wanted) => {
      let name = wanted
      for (let n = 2; used.has(name); n++) name = `${wanted}_${n}`
      return name
    })
    return line([...this.#columns.map(({ name }) => name), ...own])
  }

  feature(geometry: FlatGeometry | null, values: readonly ExportValue[]): string {
    return line([...values.map(text), ...this.#coordinates(geometry)])
  }

  #geometryColumns(): string[] {
    if (!this.#geometry) return []
    const { isPoint, hasZ, hasM } = this.#geometry
    return isPoint ? ['x', 'y', ...(hasZ ? ['z'] : []), ...(hasM ? ['m'] : [])] : ['wkt']
  }

  #coordinates(geometry: FlatGeometry | null): (string | null)[] {
    if (!this.#geometry) return []
    const { isPoint, hasZ, hasM } = this.#geometry
    if (!isPoint) return [geometry && wktText(geometry)]
    const { xy = [], z = null, m = null } = geometry ?? {}
    return [xy[0], xy[1], ...(hasZ ? [z?.[0]] : []), ...(hasM ? [m?.[0]] : [])].map((value) =>
      value === undefined ? null : String(value),
    )
  }
}

function text(value: ExportValue): string | null {
  if (value === null) return null
  return value instanceof Uint8Array ? base64(value) : String(value)
}

const line = (cells: readonly (string | null)[]): string => `${cells.map(cell).join(',')}\r\n`

function cell(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
