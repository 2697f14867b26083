/**
 * The tiles of an archive that is being drawn, in a Durable Object's SQLite: those of the next zoom are put in as their
 * parents turn out not to be empty. Ids are PMTiles', which grow from zoom to zoom and along the Hilbert curve within one.
 */
export class TileQueue {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('create table if not exists queued_tiles (tile_id integer primary key)')
  }

  /** Adding a tile again changes nothing. */
  add(tileIds: readonly number[]): void {
    for (const tileId of tileIds) this.#sql.exec('insert or ignore into queued_tiles values (?)', tileId)
  }

  /** The tiles that follow one, in order. */
  after(tileId: number, limit: number): number[] {
    return this.#sql
      .exec<{ tile_id: number }>(
        'select tile_id from queued_tiles where tile_id > ? order by tile_id limit ?',
        tileId,
        limit,
      )
      .toArray()
      .map(({ tile_id }) => tile_id)
  }

  /** How many tiles there are from one id to before another. */
  count(from: number, before: number): number {
    return this.#sql
      .exec<{ count: number }>(
        'select count(*) as count from queued_tiles where tile_id >= ? and tile_id < ?',
        from,
        before,
      )
      .one().count
  }

  clear(): void {
    this.#sql.exec('delete from queued_tiles')
  }
}
