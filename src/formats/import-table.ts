import { CsvError, parse } from 'csv-parse/browser/esm/sync'
import { FormatError } from './format-error.ts'

/** One row of a table: what its cells say, by the normalized names of their columns; blank cells are left out. */
export interface TableRow {
  /** Line of the file the row begins in, from 1. */
  line: number
  cells: Record<string, string>
  /** Why the cells cannot be told apart, for a person; null where they can. */
  fault: string | null
}

/**
 * A table as CSV (RFC 4180, UTF-8 with or without a byte order mark, lines ended by CR LF, LF or CR): a header with
 * the names of the columns, then a row a map. Empty lines count as lines and are no rows. A row with fewer cells than
 * the header has blank ones at its end; of a column that is there twice the first filled cell holds.
 *
 * Throws `FormatError` `bad-csv` with the reason and the line: not UTF-8, quotes that do not match, no header, no row,
 * more than `maxRows` rows.
 */
export function readImportTable(bytes: Uint8Array, maxRows: number): TableRow[] {
  let columns: string[] | null = null
  const rows: TableRow[] = []
  let lastLine = 0
  const take = (cells: string[], endLine: number, raw: string): null => {
    lastLine = endLine
    if (columns === null) columns = headerOf(cells)
    else if (rows.length === maxRows) throw badCsv(`it has more than ${maxRows} rows`)
    else if (cells.some((cell) => cell.trim() !== ''))
      rows.push(rowOf(columns, cells, firstLine(endLine, raw)))
    return null
  }
  try {
    // One kind of line break: where there are several, the parser counts those inside quotes twice.
    parse(decodeUtf8(bytes).replace(/\r\n?/g, '\n'), {
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      raw: true,
      // With `raw` a record comes together with its text.
      on_record: (found: unknown, { lines }) => {
        const { record, raw } = found as { record: string[]; raw: string }
        return take(record, lines, raw)
      },
    })
  } catch (error) {
    if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED')
      throw badCsv(`a quote opened behind line ${lastLine} is not closed`)
    throw error
  }
  if (columns === null) throw badCsv('it has no header')
  if (rows.length === 0) throw badCsv('it has no rows')
  return rows
}

/** `" Tag List"` -> `tag_list`. */
const columnName = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_')

function headerOf(cells: string[]): string[] {
  const columns = cells.map(columnName)
  if (columns.every((name) => name === '')) throw badCsv('its header names no column')
  return columns
}

function rowOf(columns: string[], cells: string[], line: number): TableRow {
  const surplus = cells.slice(columns.length).some((cell) => cell.trim() !== '')
  if (surplus) {
    const fault = `has ${cells.length} cells where the header has ${columns.length}; a comma inside a cell needs quotes around it`
    return { line, cells: {}, fault }
  }
  const found = new Map<string, string>()
  for (const [index, name] of columns.entries()) {
    const cell = cells[index]?.trim() ?? ''
    if (name !== '' && cell !== '' && !found.has(name)) found.set(name, cell)
  }
  return { line, cells: Object.fromEntries(found), fault: null }
}

/** The line a record begins in, of the one it ends in and its text, which may begin with the line breaks before it. */
function firstLine(endLine: number, raw: string): number {
  return endLine - (raw.trim().match(/\n/g)?.length ?? 0)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw badCsv('it is not UTF-8')
  }
}

function badCsv(why: string): FormatError {
  return new FormatError('bad-csv', `not a valid CSV: ${why}`)
}
