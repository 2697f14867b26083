import type { SyncByteFile } from '../src/formats/sync-bytes.ts'

/** A Durable Object's SQLite holds values up to 2 MB; a block fits with room to spare. */
export const STAGED_BLOCK_BYTES = 1024 * 1024
/** Blocks that are kept in memory, over all files. */
export const STAGED_BLOCKS_IN_MEMORY = 8

interface Block {
  file: string
  index: number
  bytes: Uint8Array
  isDirty: boolean
}

/**
 * Files of any size in a Durable Object's SQLite, read and written at any place without waiting. What has been written is
 * in memory first: `flush` before a step ends. Writes made without an `await` between them are one transaction, so that a
 * step's files and its cursor never part.
 */
export class FileStaging {
  readonly #sql: SqlStorage
  /** The most recently used last. */
  readonly #blocks = new Map<string, Block>()
  readonly #sizes = new Map<string, number>()
  readonly #resized = new Set<string>()

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('create table if not exists staged_files (name text primary key, size integer not null)')
    sql.exec(
      `create table if not exists staged_file_blocks
         (name text, place integer, data blob not null, primary key (name, place))`,
    )
    for (const { name, size } of sql.exec<{ name: string; size: number }>(
      'select name, size from staged_files',
    ))
      this.#sizes.set(name, size)
  }

  /** Names of the files there are, in their order. */
  names(): string[] {
    return [...this.#sizes.keys()].sort()
  }

  /** Bytes of a file; null where there is none. */
  size(name: string): number | null {
    return this.#sizes.get(name) ?? null
  }

  /** Fills `target` with a file's bytes from `offset` on. @returns how many there were */
  read(name: string, offset: number, target: Uint8Array): number {
    const length = Math.max(0, Math.min(target.length, (this.#sizes.get(name) ?? 0) - offset))
    for (let done = 0; done < length; ) {
      const at = offset + done
      const { bytes } = this.#block(name, Math.floor(at / STAGED_BLOCK_BYTES))
      const from = at % STAGED_BLOCK_BYTES
      const part = bytes.subarray(from, Math.min(STAGED_BLOCK_BYTES, from + length - done))
      target.set(part, done)
      done += part.length
    }
    return length
  }

  /** Writes bytes at a place of a file, which is made where there is none; a gap before them is zeros. */
  write(name: string, offset: number, source: Uint8Array): void {
    this.#resize(name, Math.max(this.#sizes.get(name) ?? 0, offset + source.length))
    for (let done = 0; done < source.length; ) {
      const at = offset + done
      const block = this.#block(name, Math.floor(at / STAGED_BLOCK_BYTES))
      const from = at % STAGED_BLOCK_BYTES
      const part = source.subarray(done, done + STAGED_BLOCK_BYTES - from)
      block.bytes.set(part, from)
      block.isDirty = true
      done += part.length
    }
  }

  /** Writes bytes behind a file's last. */
  append(name: string, source: Uint8Array): void {
    this.write(name, this.#sizes.get(name) ?? 0, source)
  }

  /** Makes a file so long, or an empty one; what is added is zeros. */
  truncate(name: string, size: number): void {
    const before = this.#sizes.get(name) ?? 0
    if (size < before) {
      const kept = Math.ceil(size / STAGED_BLOCK_BYTES)
      for (const [key, block] of this.#blocks)
        if (block.file === name && block.index >= kept) this.#blocks.delete(key)
      this.#sql.exec('delete from staged_file_blocks where name = ? and place >= ?', name, kept)
      const rest = size % STAGED_BLOCK_BYTES
      if (rest > 0) {
        const last = this.#block(name, kept - 1)
        last.bytes.fill(0, rest)
        last.isDirty = true
      }
    }
    this.#resize(name, size)
  }

  remove(name: string): void {
    for (const [key, block] of this.#blocks) if (block.file === name) this.#blocks.delete(key)
    this.#sizes.delete(name)
    this.#resized.delete(name)
    this.#sql.exec('delete from staged_file_blocks where name = ?', name)
    this.#sql.exec('delete from staged_files where name = ?', name)
  }

  /** Gives a file another name; one that has that name is gone. */
  rename(name: string, to: string): void {
    this.remove(to)
    this.flush()
    for (const [key, block] of this.#blocks) if (block.file === name) this.#blocks.delete(key)
    this.#sql.exec('update staged_file_blocks set name = ? where name = ?', to, name)
    this.#sql.exec('update staged_files set name = ? where name = ?', to, name)
    const size = this.#sizes.get(name)
    this.#sizes.delete(name)
    if (size !== undefined) this.#sizes.set(to, size)
  }

  /** Puts what has been written where it survives. */
  flush(): void {
    for (const block of this.#blocks.values()) if (block.isDirty) this.#store(block)
    for (const name of this.#resized)
      this.#sql.exec('insert or replace into staged_files values (?, ?)', name, this.#sizes.get(name)!)
    this.#resized.clear()
  }

  /** One file as GDAL and the readers take it. */
  file(name: string): SyncByteFile {
    const staging = this
    return {
      get size() {
        return staging.size(name) ?? 0
      },
      read: (offset, target) => staging.read(name, offset, target),
      write: (offset, bytes) => staging.write(name, offset, bytes),
      truncate: (size) => staging.truncate(name, size),
    }
  }

  #resize(name: string, size: number): void {
    if (this.#sizes.get(name) === size) return
    this.#sizes.set(name, size)
    this.#resized.add(name)
  }

  #block(file: string, index: number): Block {
    const key = `${index} ${file}`
    const known = this.#blocks.get(key)
    if (known) {
      this.#blocks.delete(key)
      this.#blocks.set(key, known)
      return known
    }
    const bytes = this.#makeRoom() ?? new Uint8Array(STAGED_BLOCK_BYTES)
    const [row] = this.#sql.exec<{ data: ArrayBuffer }>(
      'select data from staged_file_blocks where name = ? and place = ?',
      file,
      index,
    )
    const stored = row ? new Uint8Array(row.data) : new Uint8Array(0)
    bytes.set(stored)
    bytes.fill(0, stored.length)
    const block = { file, index, bytes, isDirty: false }
    this.#blocks.set(key, block)
    return block
  }

  /** The memory of the block that has not been used for longest, where there are as many as may be. */
  #makeRoom(): Uint8Array | null {
    if (this.#blocks.size < STAGED_BLOCKS_IN_MEMORY) return null
    const [key, oldest] = this.#blocks.entries().next().value!
    if (oldest.isDirty) this.#store(oldest)
    this.#blocks.delete(key)
    return oldest.bytes
  }

  #store(block: Block): void {
    const { file, index, bytes } = block
    const used = Math.max(0, Math.min(bytes.length, (this.#sizes.get(file) ?? 0) - index * bytes.length))
    this.#sql.exec(
      'insert or replace into staged_file_blocks values (?, ?, ?)',
      file,
      index,
      used === 0 || used === bytes.length ? bytes : bytes.subarray(0, used),
    )
    block.isDirty = false
  }
}
