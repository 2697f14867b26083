import type { Context } from '../../../domain/context.ts'
import { sanitizeFileName } from '../../../domain/intake/file-name.ts'
import { type JobFileUpload, openJobFile, type StagedJobFile } from '../../../domain/job-files.ts'
import type { ByteSink } from '../../../formats/byte-sink.ts'

/** The file of a request on its way into the bucket, if one comes. */
export class StagedUpload {
  readonly #context: Context
  readonly #jobId: string
  #upload: JobFileUpload | null = null

  constructor(context: Context, jobId: string) {
    this.#context = context
    this.#jobId = jobId
  }

  get hasBegun(): boolean {
    return this.#upload !== null
  }

  open(): ByteSink {
    this.#upload = openJobFile(this.#context, this.#jobId)
    return this.#upload
  }

  /** Stores what has come; null where nothing has. */
  async close(name: string | null, mediaType: string | null): Promise<StagedJobFile | null> {
    if (!this.#upload) return null
    const stored = await this.#upload.close()
    return { ...stored, name: name === null ? 'upload' : sanitizeFileName(name, mediaType), mediaType }
  }

  /** Leaves nothing of it in the bucket. */
  async abort(): Promise<void> {
    await this.#upload?.abort()
  }
}
