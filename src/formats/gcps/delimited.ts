import { refuseFile } from './gcp-format.ts'

export interface DelimitedRow {
  /** Line of the file the row begins in, from 1. */
  line: number
  cells: string[]
}

/**
 * The rows of a text of delimited values, quoted as RFC 4180 says; lines may end in LF, CRLF or CR. Blank rows are left
 * out, cells are trimmed. A quote inside an unquoted cell is a quote.
 * @throws GcpFileError where a quote is not closed
 */
export function delimitedRows(text: string, delimiter: string): DelimitedRow[] {
  const rows: DelimitedRow[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let begin = 1
  let quoteLine = 1
  const endCell = () => {
    cells.push(cell.trim())
    cell = ''
  }
  const endRow = () => {
    endCell()
    if (cells.some((value) => value !== '')) rows.push({ line: begin, cells })
    cells = []
    begin = line
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    const breaks = char === '\n' || (char === '\r' && text[i + 1] !== '\n')
    if (breaks) line++
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[i + 1] === '"') {
        cell += '"'
        i++
      } else quoted = false
    } else if (char === '"' && cell.trim() === '') {
      quoted = true
      quoteLine = line
      cell = ''
    } else if (char === delimiter) endCell()
    else if (breaks) endRow()
    else cell += char
  }
  if (quoted) refuseFile('a quote is not closed', `line ${quoteLine}`)
  endRow()
  return rows
}

/** What separates the values of a line: a tab before a semicolon before a comma. */
export const delimiterOf = (line: string): string => ['\t', ';'].find((sign) => line.includes(sign)) ?? ','

/** The text with every line that begins with `#` emptied; the others keep their numbers. */
export const withoutComments = (text: string): string => text.replace(/^[ \t]*#[^\r\n]*/gm, '')

/** The first line that is neither blank nor a comment, trimmed; empty where there is none. */
export const firstLine = (text: string): string => /\S[^\r\n]*/.exec(withoutComments(text))?.[0].trim() ?? ''

/** The values of one line, separators inside quotes not heeded: enough to tell formats apart. */
export const valuesOf = (line: string): string[] =>
  line
    .split(/[\t;,]/.test(line) ? delimiterOf(line) : /\s+/)
    .map((value) => value.trim().replace(/^"(.*)"$/, '$1'))
