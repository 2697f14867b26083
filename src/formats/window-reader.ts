import type { SyncByteSource } from './sync-bytes.ts'

const WINDOW_BYTES = 1024 * 1024

/** Reads a source forward in pieces of any size, a window at a time. */
export class WindowReader {
  /** Where the next piece begins. */
  position: number
  readonly #source: SyncByteSource
  #bytes = new Uint8Array(0)
  #from = 0

  constructor(source: SyncByteSource, position = 0) {
    this.#source = source
    this.position = position
  }

  /** The next bytes, fewer where the source ends; good until more are taken. */
  take(length: number): Uint8Array {
    const piece = this.peek(length)
    this.position += piece.length
    return piece
  }

  /** What `take` would give. */
  peek(length: number): Uint8Array {
    const end = Math.min(this.position + length, this.#source.size)
    if (this.position < this.#from || end > this.#from + this.#bytes.length) this.#fill(end - this.position)
    return this.#bytes.subarray(this.position - this.#from, Math.max(0, end - this.#from))
  }

  #fill(length: number): void {
    const size = Math.max(0, Math.min(Math.max(length, WINDOW_BYTES), this.#source.size - this.position))
    const bytes = new Uint8Array(size)
    this.#source.read(this.position, bytes)
    this.#from = this.position
    this.#bytes = bytes
  }
}
