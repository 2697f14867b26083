import { FormatError } from '../format-error.ts'
import type { ByteSource } from './byte-source.ts'

/** How much of a source is fetched in one read, and with it what a walk over it holds. */
const WINDOW_BYTES = 512 * 1024

/** Reads a source piece by piece through one window, so that a walk over it fetches each byte about once. */
export class ByteWindow {
  readonly size: number
  readonly #source: ByteSource
  readonly #format: string
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)

  /** @param format name of the format being walked, for messages */
  constructor(source: ByteSource, format: string) {
    this.#source = source
    this.#format = format
    this.size = source.size
  }

  /**
   * The `length` bytes at `offset`, as a view.
   * @throws FormatError `truncated` when they are not all there; `what` says inside what the source ends.
   */
  async bytes(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (offset + length > this.size) throw this.truncated(what)
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      await this.#fill(offset, Math.max(length, WINDOW_BYTES))
    }
    const from = offset - this.#start
    if (from + length > this.#bytes.length) throw this.truncated(what)
    return this.#bytes.subarray(from, from + length)
  }

  /** Like `bytes`, as a DataView. */
  async view(offset: number, length: number, what: string): Promise<DataView> {
    const bytes = await this.bytes(offset, length, what)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }

  /** As many bytes from `offset` as are at hand, at least one. @throws FormatError `truncated` at the end. */
  async some(offset: number, what: string): Promise<Uint8Array> {
    await this.bytes(offset, 1, what)
    return this.#bytes.subarray(offset - this.#start)
  }

  truncated(what: string): FormatError {
    return new FormatError('truncated', `truncated ${this.#format}: ends at byte ${this.size} inside ${what}`)
  }

  corrupt(message: string): FormatError {
    return new FormatError('corrupt', `corrupt ${this.#format}: ${message}`)
  }

  unsupported(message: string): FormatError {
    return new FormatError('unsupported', `unsupported ${this.#format}: ${message}`)
  }

  async #fill(offset: number, length: number): Promise<void> {
    this.#bytes = await this.#source.read(offset, Math.min(length, this.size - offset))
    this.#start = offset
  }
}
