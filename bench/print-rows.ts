import type { BenchRow } from './row.ts'

/** Prints the rows as one table. */
export function printRows(rows: readonly BenchRow[]): void {
  console.table(
    rows.map(({ name, value, peer, unit, ratio, peerName }) => ({
      name,
      unit,
      graticule: significant(value),
      peer: significant(peer),
      ratio: Number(ratio.toFixed(2)),
      'measured against': peerName,
    })),
  )
}

const significant = (value: number): number => Number(value.toPrecision(3))
