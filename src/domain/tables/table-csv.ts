import { CsvWriter } from '../../formats/export/csv-writer.ts'
import { decodeWkb } from '../../formats/wkb.ts'
import type { DatasetRecord } from '../../store/datasets.ts'
import { readRowPage } from '../../store/feature-pages.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { requireRight } from '../datasets/known-schemas.ts'
import { PRIMARY_KEY } from './rows.ts'
import { ownFirst, readTable } from './tables.ts'

/** Rows that are read at once; fewer where they are large. */
const PAGE_ROWS = 2_000

export interface TableCsv {
  dataset: DatasetRecord
  /** UTF-8, in parts, each of which is read when the one before it has been taken. */
  parts: AsyncGenerator<Uint8Array>
}

/**
 * A table as CSV (right `extract`): the number of a row, its values, and a point's coordinates or well-known text, in the
 * table's system. Rows that come or go meanwhile may be there or not; the text breaks off where the columns are changed.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError
 */
export async function tableCsv(context: Context, principal: Principal, name: string): Promise<TableCsv> {
  const asked = ownFirst(principal)
  const dataset = await readTable(context, principal, name)
  requireRight(asked, dataset, 'extract')
  return { dataset, parts: partsOf(context, asked, dataset) }
}

async function* partsOf(
  context: Context,
  principal: Principal,
  dataset: DatasetRecord,
): AsyncGenerator<Uint8Array, void, void> {
  const { geometryType, dimensions, columns } = dataset
  const encoder = new TextEncoder()
  const writer = new CsvWriter(
    [{ name: PRIMARY_KEY, type: 'bigint' }, ...columns.filter(({ name }) => name !== PRIMARY_KEY)],
    geometryType && {
      isPoint: geometryType === 'Point',
      hasZ: dimensions.includes('Z'),
      hasM: dimensions.includes('M'),
    },
  )
  const places = columns.flatMap(({ name }, i) => (name === PRIMARY_KEY ? [] : [i]))
  yield encoder.encode(writer.head())
  for (let afterFid: number | null = 0; afterFid !== null; ) {
    const page = await readRowPage(context.db, principal, dataset, { afterFid, limit: PAGE_ROWS })
    if (!page) throw new Error(`the table ${dataset.id} has been changed while it was given as CSV`)
    const lines = page.rows.map(({ fid, geometry, values }) =>
      writer.feature(geometry && decodeWkb(geometry), [fid, ...places.map((i) => values[i]!)]),
    )
    if (lines.length > 0) yield encoder.encode(lines.join(''))
    afterFid = page.next
  }
}
