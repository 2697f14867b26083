import { isEncoding } from '../../../formats/byte-text.ts'
import { type CsvLayout, csvLayout, type GeometryColumns } from '../../../formats/csv/table.ts'
import { FormatError } from '../../../formats/format-error.ts'
import type { SyncByteSource } from '../../../formats/sync-bytes.ts'
import { QuestionError, ValidationError } from '../../errors.ts'
import { type LayerPlan, plainPlan } from './layer-plan.ts'
import type { ImportSettings } from './start-import.ts'

/** Taken where a text is not UTF-8 and nobody says what it is: every byte is a character of it. */
export const FALLBACK_ENCODING = 'windows-1252'

/**
 * How a table is read: delimiter, encoding, and the columns with its geometries.
 * @throws QuestionError where a column is named that is not there; ValidationError for an encoding; FormatError
 */
export function planTable(
  source: SyncByteSource,
  name: string,
  file: string,
  settings: ImportSettings,
): LayerPlan {
  const { layout, warnings } = layoutOf(source, settings.encoding)
  const geometry = chosenColumns(layout, settings)
  return {
    ...plainPlan(name, 'csv', file),
    csv: { ...layout, geometry, isGeographic: layout.isGeographic && sameColumns(geometry, layout.geometry) },
    keepsZ: true,
    warnings,
  }
}

function layoutOf(
  source: SyncByteSource,
  encoding: string | undefined,
): { layout: CsvLayout; warnings: string[] } {
  if (encoding !== undefined) {
    if (!isEncoding(encoding))
      throw new ValidationError([
        { attribute: 'encoding', message: `${JSON.stringify(encoding.slice(0, 40))} is not known` },
      ])
    return { layout: csvLayout(source, new TextDecoder(encoding).encoding), warnings: [] }
  }
  try {
    return { layout: csvLayout(source, 'utf-8'), warnings: [] }
  } catch (error) {
    if (!(error instanceof FormatError) || error.code !== 'not-encoded') throw error
    return { layout: csvLayout(source, FALLBACK_ENCODING), warnings: [notUtf8] }
  }
}

/** What is told of a text that turned out not to be UTF-8. */
export const notUtf8 = `the text is not UTF-8; it was read as ${FALLBACK_ENCODING}`

function chosenColumns({ columns, geometry }: CsvLayout, { wkt, x, y }: ImportSettings): GeometryColumns {
  const place = (input: 'wkt' | 'x' | 'y', name: string): number => {
    const found = columns.findIndex((column) => column.toLowerCase() === name.trim().toLowerCase())
    if (found === -1)
      throw question(input, `There is no column ${JSON.stringify(name.slice(0, 60))}`, columns)
    return found
  }
  if (wkt !== undefined) return { wkt: place('wkt', wkt) }
  if (x === undefined && y === undefined) return geometry
  if (x === undefined) throw question('x', 'The column of the eastings is not told', columns)
  if (y === undefined) throw question('y', 'The column of the northings is not told', columns)
  return { x: place('x', x), y: place('y', y) }
}

const question = (input: string, message: string, choices: string[]): QuestionError =>
  new QuestionError({ input, message: `${message}. Which one is it?`, choices: choices.slice(0, 100) })

const sameColumns = (a: GeometryColumns, b: GeometryColumns): boolean =>
  JSON.stringify(a) === JSON.stringify(b)
