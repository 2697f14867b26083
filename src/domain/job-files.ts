import type { ByteSink } from '../formats/byte-sink.ts'
import { uploadStream } from '../store/object-upload.ts'
import { deletePrefix, objectKeys } from '../store/objects.ts'
import type { Context } from './context.ts'

/** A file in the bucket that a job is to be begun with. */
export interface StagedJobFile {
  key: string
  /** Sanitized, never empty. */
  name: string
  /** Bytes. */
  size: number
  /** As the sender declared it, to be believed by nobody. */
  mediaType: string | null
}

/** A file on its way into the bucket. */
export interface JobFileUpload extends ByteSink {
  /** Stores it. */
  close(): Promise<{ key: string; size: number }>
  /** Leaves nothing of it. */
  abort(): Promise<void>
}

/** Takes a file for a job that is not yet begun; what becomes of it is up to who begins the job. */
export function openJobFile(context: Context, jobId: string): JobFileUpload {
  const key = objectKeys.jobInput(jobId, 'upload')
  const upload = uploadStream(context.bucket, key)
  return {
    write: (chunk) => upload.write(chunk),
    close: async () => ({ key, size: (await upload.close()).size }),
    abort: () => upload.abort(),
  }
}

/** Deletes the files of a job that was not begun after all. */
export const discardJobFiles = (context: Context, jobId: string): Promise<void> =>
  deletePrefix(context.bucket, objectKeys.jobPrefix(jobId))
