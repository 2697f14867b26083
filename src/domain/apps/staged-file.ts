import type { ByteSink } from '../../formats/byte-sink.ts'
import { crc32 } from '../../formats/crc32.ts'
import { type ObjectUpload, uploadStream } from '../../store/object-upload.ts'
import type { Context } from '../context.ts'
import { PayloadTooLargeError } from '../intake/errors.ts'

/** An object that has been written and belongs to nothing yet. */
export interface StagedObject {
  objectKey: string
  /** Bytes. */
  byteSize: number
  /** Lower-case hexadecimal. */
  sha256: string
  crc32: number
}

export interface StagedFileOptions {
  contentType: string
  /** What it is, for the message that it is too large. */
  what: string
  maxBytes: number
  /** Its bytes are kept to be read, too. */
  isHeld?: boolean
}

/** A file on its way into an object. Whoever makes one ends it with `close` or `abort`. */
export class StagedFile implements ByteSink {
  readonly #objectKey: string
  readonly #upload: ObjectUpload
  readonly #options: StagedFileOptions
  readonly #held: Uint8Array[] = []
  #byteSize = 0
  #crc32 = 0

  constructor({ bucket }: Pick<Context, 'bucket'>, objectKey: string, options: StagedFileOptions) {
    this.#objectKey = objectKey
    this.#options = options
    this.#upload = uploadStream(bucket, objectKey, { contentType: options.contentType })
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { what, maxBytes, isHeld } = this.#options
    this.#byteSize += chunk.length
    if (this.#byteSize > maxBytes) throw new PayloadTooLargeError(what, maxBytes)
    this.#crc32 = crc32(chunk, this.#crc32)
    if (isHeld) this.#held.push(chunk.slice())
    await this.#upload.write(chunk)
  }

  /** What has been written, of a file that is held. */
  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#held))
  }

  async close(): Promise<StagedObject> {
    const { size, sha256 } = await this.#upload.close()
    return { objectKey: this.#objectKey, byteSize: size, sha256, crc32: this.#crc32 }
  }

  /** Leaves nothing in the bucket; does nothing once it is stored. */
  abort = (): Promise<void> => this.#upload.abort()
}
