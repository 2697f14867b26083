import {
  countExternalRows,
  type ExternalColumn,
  type ExternalListing,
  type ExternalRow,
  type ExternalTable,
  findExternalTable,
  geometryColumnOf,
  listExternalTables,
  readExternalRows,
} from '../../store/external/tables.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { columnNamed } from '../datasets/column-named.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { type RowQuery, SYSTEM_FIELDS } from '../tables/rows.ts'
import { addressOf } from './connections.ts'
import { reading } from './open.ts'

export type { ExternalTable } from '../../store/external/tables.ts'
export { geometryColumnOf } from '../../store/external/tables.ts'

/** Larger tables are not counted row by row; what their database has estimated is told. */
const COUNTED_MAX_ROWS = 100_000

/** A page of the tables that a connection leads to. @throws NotFoundError, ConnectionFailedError */
export async function listConnectedTables(
  context: Context,
  user: UserPrincipal,
  connectionId: number,
  listing: ExternalListing,
): Promise<{ tables: ExternalTable[]; total: number }> {
  const address = await addressOf(context, user, connectionId)
  return reading(address, (database) => listExternalTables(database, listing))
}

/**
 * A table by `name` or `schema.name`, with the number of its rows where that is wanted.
 * @throws NotFoundError, ConnectionFailedError
 */
export async function readConnectedTable(
  context: Context,
  user: UserPrincipal,
  connectionId: number,
  name: string,
  withCount: boolean,
): Promise<ExternalTable> {
  const address = await addressOf(context, user, connectionId)
  return reading(address, async (database) => {
    const table = await findExternalTable(database, name)
    if (!table) throw new NotFoundError('Table', name)
    return withCount
      ? { ...table, estimate: await counted(table, () => countExternalRows(database, table)) }
      : table
  })
}

export interface ConnectedRowPage {
  table: ExternalTable
  /** Those whose values the rows have. */
  columns: ExternalColumn[]
  rows: ExternalRow[]
  /** Of large tables an estimate; 0 where it was not asked for. */
  total: number
}

/** A page of rows as text. @throws NotFoundError, ConnectionFailedError, ValidationError (`fields`, `order_by`) */
export async function readConnectedRows(
  context: Context,
  user: UserPrincipal,
  connectionId: number,
  name: string,
  { fields, order, withTotal, ...request }: RowQuery & { withTotal: boolean },
): Promise<ConnectedRowPage> {
  const address = await addressOf(context, user, connectionId)
  return reading(address, async (database) => {
    const table = await findExternalTable(database, name)
    if (!table) throw new NotFoundError('Table', name)
    const shape = geometryColumnOf(table)
    const plain = table.columns.filter((column) => column !== shape)
    const columns = fields ? wantedColumns(plain, fields) : plain
    const term = order && { column: columnOf('order_by', plain, order.name), descending: order.descending }
    const rows = await readExternalRows(database, table, { ...request, columns, order: term })
    const total = withTotal ? await counted(table, () => countExternalRows(database, table)) : 0
    return { table, columns, rows, total: total ?? 0 }
  })
}

/** What rows have beside their columns may be among these as well, and is none of them. */
function wantedColumns(columns: readonly ExternalColumn[], names: readonly string[]): ExternalColumn[] {
  const isSystemField = (name: string) => SYSTEM_FIELDS.some((field) => field === name)
  const wanted = names.filter((name) => columnNamed(columns, name) || !isSystemField(name))
  return wanted.map((name) => columnOf('fields', columns, name))
}

async function counted(table: ExternalTable, count: () => Promise<number>): Promise<number | null> {
  const { estimate } = table
  return estimate !== null && estimate > COUNTED_MAX_ROWS ? estimate : count()
}

function columnOf(attribute: string, columns: readonly ExternalColumn[], name: string): ExternalColumn {
  const column = columnNamed(columns, name)
  if (column) return column
  const told = JSON.stringify(name.slice(0, 100))
  throw new ValidationError([{ attribute, message: `names a column that is not there: ${told}` }])
}
