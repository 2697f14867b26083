import { RecordSplitter } from '../../../formats/csv/record-splitter.ts'
import { type CsvLayout, rowGeometry } from '../../../formats/csv/table.ts'
import type { FeatureField, FieldType, FieldValue } from '../../../formats/feature-rows.ts'
import { kindOfCell, typeOfKinds } from '../../../formats/field-census.ts'
import { fieldValueOf } from '../../../formats/field-values.ts'
import { FormatError } from '../../../formats/format-error.ts'
import type { SyncByteSource } from '../../../formats/sync-bytes.ts'
import { countGeometry } from '../../../geo/geometry-census.ts'
import {
  FIELDS_MAX,
  type ImportedRow,
  type LayerReader,
  type LayerSurvey,
  type RowCursor,
} from './layer-reader.ts'

/** Delimited text as a layer; the types of its fields are those that hold what stands in their cells. */
export class CsvLayer implements LayerReader {
  readonly firstAt: number
  readonly #source: SyncByteSource
  readonly #layout: CsvLayout
  /** Numbers of the columns that are fields: all but one of geometries as text. */
  readonly #columns: readonly number[]

  /** @throws FormatError `too-many-fields` */
  constructor(source: SyncByteSource, layout: CsvLayout) {
    this.#source = source
    this.#layout = layout
    this.firstAt = layout.firstAt
    const { columns, geometry } = layout
    if (columns.length > FIELDS_MAX)
      throw new FormatError('too-many-fields', `the table has more than ${FIELDS_MAX} columns`)
    const wkt = geometry && 'wkt' in geometry ? geometry.wkt : -1
    this.#columns = columns.map((_, i) => i).filter((i) => i !== wkt)
  }

  survey(survey: LayerSurvey, featuresMax: number): void {
    const records = this.#records(survey.position ?? this.firstAt)
    const kinds = new Map(survey.kinds)
    const { columns, isGeographic } = this.#layout
    const systems = new Set(isGeographic ? ['EPSG:4326'] : survey.systems)
    let record = null
    for (let n = 0; n < featuresMax; n++) {
      record = records.next()
      if (!record) break
      survey.features++
      for (const i of this.#columns) {
        const name = columns[i]!
        kinds.set(name, (kinds.get(name) ?? 0) | kindOfCell(record.cells[i] ?? '', this.#isDecimalComma))
      }
      const { geometry, srid } = this.#geometry(record.cells, record.at)
      if (geometry) countGeometry(survey.geometry, geometry)
      if (srid !== null && srid !== 0 && systems.size < 2) systems.add(`EPSG:${srid}`)
    }
    survey.kinds = [...kinds]
    survey.systems = [...systems]
    survey.position = record ? records.position : null
  }

  fields({ kinds }: LayerSurvey): FeatureField[] {
    const known = new Map(kinds)
    return this.#columns.map((i) => {
      const name = this.#layout.columns[i]!
      return { name, type: typeOfKinds(known.get(name) ?? 0) }
    })
  }

  rows(fields: readonly FeatureField[], position: number): RowCursor {
    const records = this.#records(position)
    return {
      get position() {
        return records.position
      },
      next: () => {
        const record = records.next()
        if (!record) return null
        const { geometry, fault } = this.#geometry(record.cells, record.at)
        const values = fields.map(({ type }, i) => this.#value(record.cells[this.#columns[i]!] ?? '', type))
        return { geometry, fault, values }
      },
    }
  }

  get #isDecimalComma(): boolean {
    return this.#layout.delimiter !== ','
  }

  #records(position: number): RecordSplitter {
    const { delimiter, encoding } = this.#layout
    return new RecordSplitter(this.#source, delimiter, encoding, position)
  }

  #geometry(
    cells: readonly string[],
    at: number,
  ): Pick<ImportedRow, 'geometry' | 'fault'> & { srid: number | null } {
    const where = `in the row at byte ${at}, `
    try {
      const found = rowGeometry(cells, this.#layout.geometry, this.#isDecimalComma)
      return { ...found, fault: found.fault && where + found.fault }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return { geometry: null, srid: null, fault: where + error.message }
    }
  }

  #value(cell: string, type: FieldType): FieldValue {
    if (type === 'text') return cell === '' ? null : fieldValueOf(cell, type)
    const text = cell.trim()
    if (text === '') return null
    switch (type) {
      case 'boolean':
        return text.toLowerCase() === 'true'
      case 'integer':
        return Number(text)
      case 'bigint':
        return BigInt(text.replace('+', ''))
      case 'double':
        return Number(this.#isDecimalComma ? text.replace(',', '.') : text)
      default:
        return fieldValueOf(text, type)
    }
  }
}
