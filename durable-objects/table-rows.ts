import type { TableRow } from '../src/formats/import-table.ts'

/** The rows of a table in an object's own storage, so that a job holds one of them at a time. */
export class TableRows {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('create table if not exists table_rows (place integer primary key, row text not null)')
  }

  /** Stores these rows in the place of those before; all of them, or none should the object die. */
  replace(rows: readonly TableRow[]): void {
    this.clear()
    for (const [place, row] of rows.entries())
      this.#sql.exec('insert into table_rows values (?, ?)', place, JSON.stringify(row))
  }

  at(place: number): TableRow | undefined {
    const [found] = this.#sql.exec<{ row: string }>('select row from table_rows where place = ?', place)
    return found && (JSON.parse(found.row) as TableRow)
  }

  /** What the filled cells of a column say. */
  *column(name: string): Generator<string, void, undefined> {
    for (const { row } of this.#sql.exec<{ row: string }>('select row from table_rows order by place')) {
      const cell = (JSON.parse(row) as TableRow).cells[name]
      if (cell) yield cell
    }
  }

  clear(): void {
    this.#sql.exec('delete from table_rows')
  }
}
