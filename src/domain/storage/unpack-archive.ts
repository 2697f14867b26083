import type { R2Bucket } from '@cloudflare/workers-types'
import { FormatError } from '../../formats/format-error.ts'
import type { ByteSource } from '../../formats/probe/byte-source.ts'
import { readAhead } from '../../formats/read-ahead.ts'
import { listZip, unzip, type ZipEntry, type ZipLimits } from '../../formats/zip-archive.ts'
import { bucketSource } from '../../store/bucket-source.ts'
import { type ObjectUpload, uploadStream } from '../../store/object-upload.ts'
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
/** Files that are being stored while the next one is unpacked, and how large such a file is at most. */
const STORED_AT_ONCE = 4
const STORED_AT_ONCE_MAX_BYTES = 1024 * 1024

/** Whether a file is unpacked where it is put: by its name alone, for what is sent as a zip archive has many types. */
export const isArchiveName = (name: string): boolean => /\.zip$/i.test(name)

/** An archive in the bucket. */
export interface StagedArchive {
  objectKey: string
  byteSize: number
}

/** The files of an archive in the bucket, and where they are read from. */
export interface ListedArchive {
  source: ByteSource
  entries: ZipEntry[]
}

/** @throws FormatError */
export async function listArchive(
  bucket: R2Bucket,
  { objectKey, byteSize }: StagedArchive,
  limits: ZipLimits,
): Promise<ListedArchive> {
  const source = readAhead(bucketSource(bucket, objectKey, byteSize))
  return { source, entries: await listZip(source, limits) }
}

/** A file of an archive that is to be written, by the path that it will have. */
export interface PlannedFile {
  entry: ZipEntry
  path: string
}

export interface UnpackedFile {
  path: string
  objectKey: string
  byteSize: number
  contentType: string
  /** Lower-case hexadecimal. */
  sha256: string
  crc32: number
}

/**
 * Writes files of an archive to keys of their own. What is written is deleted by the caller, where this fails or not all of it
 * is wanted; nothing is on its way any more then.
 * @throws FormatError
 */
export async function writeEntries(
  bucket: R2Bucket,
  source: ByteSource,
  planned: readonly PlannedFile[],
  newKey: () => string,
): Promise<UnpackedFile[]> {
  const stored: Promise<UnpackedFile>[] = []
  const underWay = new Set<Promise<unknown>>()
  try {
    for (const { entry, path } of planned) {
      const contentType = mediaTypeOfFile(path, null)
      const objectKey = newKey()
      const upload = uploadStream(bucket, objectKey, { contentType })
      await writeEntry(source, entry, upload)
      const file = upload.close().then(({ size, sha256 }) => ({
        ...{ path, objectKey, byteSize: size, contentType, sha256 },
        crc32: entry.crc32,
      }))
      stored.push(file)
      const settled: Promise<unknown> = file.then(
        () => underWay.delete(settled),
        () => underWay.delete(settled),
      )
      underWay.add(settled)
      if (entry.size > STORED_AT_ONCE_MAX_BYTES) await file
      else if (underWay.size === STORED_AT_ONCE) await Promise.race(underWay)
    }
    return await Promise.all(stored)
  } finally {
    await Promise.allSettled(stored)
  }
}

async function writeEntry(source: ByteSource, entry: ZipEntry, upload: ObjectUpload): Promise<void> {
  try {
    for await (const chunk of unzip(source, entry)) await upload.write(chunk)
  } catch (error) {
    await upload.abort()
    throw error
  }
}

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
  const { source, entries } = await listArchive(bucket, archive, STORED_ARCHIVE_LIMITS)
  const folder = archive.path.slice(0, archive.path.lastIndexOf('/') + 1)
  const planned = entries.map((entry) => ({ entry, path: pathOfEntry(entry, folder) }))
  if (entries.reduce((sum, { size }) => sum + size, 0) > maxBytes) throw new StorageFullError(maxBytes)
  const files = await writeEntries(bucket, source, planned, newKey)
  return files.map(({ path, objectKey, byteSize, contentType }) => ({
    path,
    objectKey,
    byteSize,
    contentType,
  }))
}

/** The path that a file of an archive gets in a folder. @throws FormatError where it cannot be one */
export function pathOfEntry({ path }: ZipEntry, folder = ''): string {
  try {
    return parseStoragePath(folder + path)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    throw new FormatError('bad-zip', `the archive names a file that cannot be stored: its ${error.message}`)
  }
}
