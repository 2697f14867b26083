import type { BenchRow } from './row.ts'

const HEADINGS = ['bench', 'unit', 'Graticule', 'peer', 'ratio', 'measured against']

/** The rows as a Markdown table. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map(({ name, unit, value, peer, ratio, peerName }) => [
    name,
    unit,
    significant(value),
    significant(peer),
    ratio.toFixed(2),
    peerName,
  ])
  const table = [HEADINGS, ...cells]
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(HEADINGS), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n')
}

const significant = (value: number): string => String(Number(value.toPrecision(3)))
