import { createHash } from 'node:crypto'

/** A Durable Object's SQLite holds values up to 2 MB; one blob must fit with room to spare. */
export const STAGED_BLOB_MAX_BYTES = 1_900_000

export interface StagedTile {
  tileId: number
  blob: string
  length: number
}

/**
 * Tiles that wait to become an archive, in a Durable Object's SQLite: each content once, named by its SHA-256.
 * Writes made without an `await` between them are one transaction, so a step's tiles and its cursor never part.
 */
export class Staging {
  readonly #sql: SqlStorage
  readonly #job: string

  constructor(sql: SqlStorage, job: string) {
    this.#sql = sql
    this.#job = job
    sql.exec(
      'create table if not exists staged_blobs (job text, hash text, data blob, primary key (job, hash))',
    )
    sql.exec(
      `create table if not exists staged_tiles
         (job text, tile_id integer, hash text, length integer, primary key (job, tile_id))`,
    )
  }

  put(tileId: number, data: Uint8Array): void {
    if (data.byteLength > STAGED_BLOB_MAX_BYTES)
      throw new Error(`tile ${tileId} has ${data.byteLength} bytes, over ${STAGED_BLOB_MAX_BYTES}`)
    const hash = createHash('sha256').update(data).digest('base64url')
    this.#sql.exec(
      'insert or ignore into staged_blobs (job, hash, data) values (?, ?, ?)',
      this.#job,
      hash,
      data,
    )
    this.#sql.exec(
      'insert or replace into staged_tiles (job, tile_id, hash, length) values (?, ?, ?, ?)',
      this.#job,
      tileId,
      hash,
      data.byteLength,
    )
  }

  get(tileId: number): Uint8Array | null {
    const row = this.#sql
      .exec<{ data: ArrayBuffer }>(
        `select data from staged_tiles t join staged_blobs b on b.job = t.job and b.hash = t.hash
         where t.job = ? and t.tile_id = ?`,
        this.#job,
        tileId,
      )
      .toArray()[0]
    return row ? new Uint8Array(row.data) : null
  }

  blob(hash: string): Uint8Array {
    const row = this.#sql
      .exec<{ data: ArrayBuffer }>(
        'select data from staged_blobs where job = ? and hash = ?',
        this.#job,
        hash,
      )
      .one()
    return new Uint8Array(row.data)
  }

  /** Every tile in the order of its id. */
  *tiles(): Iterable<StagedTile> {
    const rows = this.#sql.exec<{ tile_id: number; hash: string; length: number }>(
      'select tile_id, hash, length from staged_tiles where job = ? order by tile_id',
      this.#job,
    )
    for (const row of rows) yield { tileId: row.tile_id, blob: row.hash, length: row.length }
  }

  clear(): void {
    this.#sql.exec('delete from staged_tiles where job = ?', this.#job)
    this.#sql.exec('delete from staged_blobs where job = ?', this.#job)
  }
}
