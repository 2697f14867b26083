import { FormatError } from '../../formats/format-error.ts'
import { readAhead } from '../../formats/read-ahead.ts'
import { listZip, unzip, type ZipEntry, type ZipLimits } from '../../formats/zip-archive.ts'
import { bucketSource } from '../../store/bucket-source.ts'
import { uploadStream } from '../../store/object-upload.ts'
import type { NewStoredFile } from '../../store/stored-files.ts'
import type { Context } from '../context.ts'
import { ValidationError } from '../errors.ts'
import { StorageFullError } from './errors.ts'
import { mediaTypeOfFile } from './media-types.ts'
import { parseStoragePath } from './storage-path.ts'

/** Archives that are unpacked into storage: files, and bytes unpacked. A request has a thousand operations on the bucket. */
export const STORED_ARCHIVE_LIMITS: ZipLimits = {
  maxEntries: 500,
  maxEntryBytes: 512 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
}

/** Whether a file is unpacked where it is put: by its name alone, for what is sent as a zip archive has many types. */
export const isArchiveName = (name: string): boolean => /\.zip$/i.test(name)

/**
 * Writes the files of an archive that has been staged to keys of their own. What is written is deleted by the caller, where
 * this fails or not all of it is wanted.
 * @param archive its path tells the folder that its files go to
 * @param maxBytes what their owner may keep
 * @throws FormatError for the archive; ValidationError for paths in it that lead elsewhere; StorageFullError
 */
export async function unpackArchive(
  { bucket }: Context,
  archive: NewStoredFile,
  maxBytes: number,
  newKey: () => string,
): Promise<NewStoredFile[]> {
  const source = readAhead(bucketSource(bucket, archive.objectKey, archive.byteSize))
  const entries = await listZip(source, STORED_ARCHIVE_LIMITS)
  const folder = archive.path.slice(0, archive.path.lastIndexOf('/') + 1)
  const planned = entries.map((entry) => ({ entry, path: pathOf(folder, entry) }))
  if (entries.reduce((sum, { size }) => sum + size, 0) > maxBytes) throw new StorageFullError(maxBytes)
  const files: NewStoredFile[] = []
  for (const { entry, path } of planned) {
    const contentType = mediaTypeOfFile(path, null)
    const objectKey = newKey()
    const upload = uploadStream(bucket, objectKey, { contentType })
    try {
      for await (const chunk of unzip(source, entry)) await upload.write(chunk)
    } catch (error) {
      await upload.abort()
      throw error
    }
    const { size: byteSize } = await upload.close()
    files.push({ path, objectKey, byteSize, contentType })
  }
  return files
}

function pathOf(folder: string, { path }: ZipEntry): string {
  try {
    return parseStoragePath(folder + path)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    throw new FormatError('bad-zip', `the archive names a file that cannot be stored: its ${error.message}`)
  }
}
