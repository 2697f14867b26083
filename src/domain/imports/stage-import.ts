import type { ByteSink } from '../../formats/byte-sink.ts'
import { FormatError } from '../../formats/format-error.ts'
import { type MultipartFile, readMultipart } from '../../formats/multipart-upload.ts'
import { isZip, listZip } from '../../formats/zip-archive.ts'
import { bucketSource } from '../../store/bucket-source.ts'
import type { ImportPicture } from '../../store/imports.ts'
import { type ObjectUpload, uploadStream } from '../../store/object-upload.ts'
import { deletePrefix, objectKeys } from '../../store/objects.ts'
import type { Context } from '../context.ts'
import { ValidationError } from '../errors.ts'
import { declaredLength, limitBytes } from '../intake/byte-limit.ts'
import { formatBytes, PayloadTooLargeError } from '../intake/errors.ts'
import { sanitizeFileName } from '../intake/file-name.ts'
import { BODY_MAX_BYTES, type RequestBody } from '../intake/stage-image.ts'
import { isStorableText } from '../storable-text.ts'

export const TABLE_MAX_BYTES = 10 * 1024 * 1024
export const PICTURES_MAX = 5000
/** All pictures of an archive together, unpacked. */
export const UNPACKED_MAX_BYTES = 2 * 1024 ** 3

/** What came with a request that makes an import. Its files lie in the bucket, the table is still in memory. */
export interface StagedImport {
  /** What the keys of its objects have in common. */
  uuid: string
  /** The fields of the form as nested objects of strings. */
  document: unknown
  /** The file with the table, as it was sent; null without one. */
  table: Uint8Array | null
  pictures: ImportPicture[]
}

/** Names of the form parts whose file is the table, and of those whose files are pictures or archives of pictures. */
const TABLE_FIELDS = ['data[attributes][metadata]', 'metadata']
const PICTURE_FIELDS = ['data[attributes][images]', 'data[attributes][images][]', 'images', 'images[]']

/** What an import is made of when no files come with it. */
export const withoutFiles = (document: unknown): StagedImport => ({
  uuid: crypto.randomUUID(),
  document,
  table: null,
  pictures: [],
})

/**
 * Takes the files out of a `multipart/form-data` body and into the bucket while it arrives, one after the other: a
 * picture is an object, and so is a zip archive of pictures, of which only the directory is read. When this throws,
 * nothing is left in the bucket.
 *
 * Throws `PayloadTooLargeError`, `ValidationError` (of `metadata` or `images`) and `FormatError` (the body is no
 * valid form).
 */
export async function stageImport(context: Context, body: RequestBody): Promise<StagedImport> {
  const tooLarge = () => new PayloadTooLargeError('The body', BODY_MAX_BYTES)
  const length = declaredLength(body.contentLength)
  if (length !== null && length > BODY_MAX_BYTES) throw tooLarge()
  if (!body.stream || length === 0) return withoutFiles({})
  const files = new FileStager(context)
  try {
    const document = await readMultipart(
      limitBytes(body.stream, BODY_MAX_BYTES, tooLarge),
      body.contentType ?? '',
      (part) => files.open(part),
    )
    await files.close()
    return { uuid: files.uuid, document, table: files.table, pictures: files.pictures }
  } catch (error) {
    await files.abort()
    await discardImport(context, files.uuid)
    throw error
  }
}

/** Deletes the objects of an import: its table, pictures and archives. */
export const discardImport = (context: Context, uuid: string): Promise<void> =>
  deletePrefix(context.bucket, objectKeys.importPrefix(uuid))

/** Where the files of one form go. A file ends where the next one begins. */
class FileStager {
  readonly uuid = crypto.randomUUID()
  readonly pictures: ImportPicture[] = []
  readonly #context: Context
  readonly #names = new Set<string>()
  #table: Uint8Array[] | null = null
  #tableBytes = 0
  #upload: { part: MultipartFile; key: string; head: Uint8Array; object: ObjectUpload } | null = null
  #files = 0

  constructor(context: Context) {
    this.#context = context
  }

  get table(): Uint8Array | null {
    if (this.#table === null) return null
    const table = new Uint8Array(this.#tableBytes)
    let at = 0
    for (const chunk of this.#table) {
      table.set(chunk, at)
      at += chunk.length
    }
    return table
  }

  async open(part: MultipartFile): Promise<ByteSink | null> {
    await this.close()
    if (TABLE_FIELDS.includes(part.field)) return this.#openTable()
    return PICTURE_FIELDS.includes(part.field) ? this.#openPicture(part) : null
  }

  /** Stores what the last file has brought and looks what it is. */
  async close(): Promise<void> {
    if (!this.#upload) return
    const { part, key, head, object } = this.#upload
    const { size } = await object.close()
    this.#upload = null
    if (isZip(head)) await this.#addArchive(key, size)
    else this.#add({ name: sanitizeFileName(part.fileName, part.mediaType), objectKey: key, byteSize: size })
  }

  async abort(): Promise<void> {
    await this.#upload?.object.abort()
  }

  #openTable(): ByteSink {
    if (this.#table !== null) throw fault('metadata', 'is given more than once')
    const chunks: Uint8Array[] = []
    this.#table = chunks
    return {
      write: async (chunk) => {
        this.#tableBytes += chunk.length
        if (this.#tableBytes > TABLE_MAX_BYTES) throw tableTooLarge()
        chunks.push(chunk.slice())
      },
    }
  }

  #openPicture(part: MultipartFile): ByteSink {
    const key = objectKeys.importFile(this.uuid, this.#files++)
    const upload = { part, key, head: new Uint8Array(0), object: uploadStream(this.#context.bucket, key) }
    this.#upload = upload
    return {
      async write(chunk) {
        if (upload.head.length < 4) upload.head = Uint8Array.of(...upload.head, ...chunk.subarray(0, 4))
        await upload.object.write(chunk)
      },
    }
  }

  async #addArchive(key: string, size: number): Promise<void> {
    const limits = {
      maxEntries: PICTURES_MAX,
      maxEntryBytes: BODY_MAX_BYTES,
      maxTotalBytes: UNPACKED_MAX_BYTES,
    }
    try {
      for (const entry of await listZip(bucketSource(this.#context.bucket, key, size), limits))
        this.#add({
          name: sanitizeFileName(entry.path, null),
          objectKey: key,
          entry: entry.path,
          byteSize: entry.size,
        })
    } catch (error) {
      if (error instanceof FormatError) throw fault('images', `cannot be read: ${error.message}`)
      throw error
    }
  }

  #add(picture: ImportPicture): void {
    if (picture.entry && !isStorableText(picture.entry))
      throw fault('images', 'have a file whose name cannot be stored')
    if (this.#names.has(picture.name))
      throw fault('images', `have more than one file named ${JSON.stringify(picture.name)}`)
    if (this.pictures.length === PICTURES_MAX)
      throw fault('images', `are too many (maximum is ${PICTURES_MAX} files)`)
    this.#names.add(picture.name)
    this.pictures.push(picture)
  }
}

const tableTooLarge = (): ValidationError =>
  fault('metadata', `is larger than the limit of ${formatBytes(TABLE_MAX_BYTES)}`)

const fault = (attribute: string, message: string): ValidationError =>
  new ValidationError([{ attribute, message }])
