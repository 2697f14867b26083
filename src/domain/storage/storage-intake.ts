import type { ByteSink } from '../../formats/byte-sink.ts'
import { type ObjectUpload, uploadStream } from '../../store/object-upload.ts'
import { objectKeys } from '../../store/objects.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import { adoptFiles, type NewStoredFile, readStorageUse, STORED_FILES_MAX } from '../../store/stored-files.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, ValidationError } from '../errors.ts'
import { readMap } from '../maps/maps.ts'
import { PathTakenError, StorageFullError, TooManyFilesError } from './errors.ts'
import { mediaTypeOfFile } from './media-types.ts'
import { discardObjects, isUncertain } from './stored-objects.ts'
import { unpackArchive } from './unpack-archive.ts'

/** Files that are stored by one request, archives not unpacked. */
export const REQUEST_FILES_MAX = 100

interface StagedFile {
  file: NewStoredFile
  /** A zip archive whose files are wanted in its place. */
  isArchive: boolean
}

/**
 * Files on their way into storage: each is written to a key of its own as it arrives, and all of them become files of their
 * owner at once, or none does. Whoever makes an intake ends it with `finish` or `abort`.
 */
export class StorageIntake {
  readonly #context: Context
  readonly #principal: UserPrincipal
  readonly #staged: StagedFile[] = []
  /** Of every object that has been begun. */
  readonly #keys: string[] = []
  /** The database has been asked to name the objects. */
  #isOffered = false
  #arriving: (Omit<NewStoredFile, 'byteSize'> & { upload: ObjectUpload; isArchive: boolean }) | null = null

  constructor(context: Context, principal: UserPrincipal) {
    this.#context = context
    this.#principal = principal
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0
  }

  /**
   * Begins the next file; the one before has ended.
   * @param path as `storagePath` gives it
   * @param declaredType media type that its sender has told
   */
  async open(path: string, declaredType: string | null, isArchive = false): Promise<ByteSink> {
    await this.#endFile()
    if (this.#staged.length === REQUEST_FILES_MAX) throw new TooManyFilesError(REQUEST_FILES_MAX)
    const contentType = mediaTypeOfFile(path, declaredType)
    const objectKey = this.#newKey()
    const upload = uploadStream(this.#context.bucket, objectKey, { contentType })
    this.#arriving = { path, objectKey, contentType, upload, isArchive }
    return upload
  }

  /**
   * Makes files of what has come; where that fails, nothing of it is left.
   * @param mapId of the map in whose owner's storage they go (right `edit`); null for the principal's own
   * @returns their paths, in the order in which they came
   * @throws NotFoundError, ForbiddenError, StorageFullError, TooManyFilesError, PathTakenError, ValidationError; FormatError for an
   * archive
   */
  async finish(mapId: number | null): Promise<string[]> {
    try {
      await this.#endFile()
      const files = await this.#unpacked(mapId)
      requireApart(files.map(({ path }) => path))
      this.#isOffered = true
      const replacedKeys = files.length > 0 ? await this.#adopt(mapId, files) : []
      const archiveKeys = this.#staged.filter(({ isArchive }) => isArchive).map(({ file }) => file.objectKey)
      await discardObjects(this.#context, [...archiveKeys, ...replacedKeys])
      return files.map(({ path }) => path)
    } catch (error) {
      if (!isUncertain(error)) this.#isOffered = false
      await this.abort()
      throw error
    }
  }

  /** Leaves nothing in the bucket, but for what may be files by now. */
  async abort(): Promise<void> {
    if (this.#isOffered) return
    await this.#arriving?.upload.abort()
    this.#arriving = null
    await discardObjects(this.#context, this.#keys.splice(0))
  }

  #newKey = (): string => {
    const key = objectKeys.storedFile(this.#principal.id, crypto.randomUUID())
    this.#keys.push(key)
    return key
  }

  async #endFile(): Promise<void> {
    if (!this.#arriving) return
    const { upload, isArchive, ...file } = this.#arriving
    const { size: byteSize } = await upload.close()
    this.#arriving = null
    this.#staged.push({ file: { ...file, byteSize }, isArchive })
  }

  /** What has come, with what is in an archive in its place. */
  async #unpacked(mapId: number | null): Promise<NewStoredFile[]> {
    if (!this.#staged.some(({ isArchive }) => isArchive)) return this.#staged.map(({ file }) => file)
    const use = await readStorageUse(this.#context.db, this.#principal, mapId)
    if (!use) throw await this.#refusal(mapId)
    const files: NewStoredFile[] = []
    for (const { file, isArchive } of this.#staged) {
      if (!isArchive) files.push(file)
      else files.push(...(await unpackArchive(this.#context, file, use.maxBytes, this.#newKey)))
    }
    return files
  }

  /** @returns the keys of what was there before */
  async #adopt(mapId: number | null, files: readonly NewStoredFile[]): Promise<string[]> {
    const adoption = await adoptFiles(this.#context.db, this.#principal, mapId, files)
    switch (adoption.kind) {
      case 'stored':
        return adoption.replacedKeys
      case 'refused':
        throw await this.#refusal(mapId)
      case 'blocked':
        throw new PathTakenError(adoption.path)
      case 'full':
        throw new StorageFullError(adoption.maxBytes)
      case 'too-many':
        throw new TooManyFilesError(STORED_FILES_MAX)
    }
  }

  /** Why nothing goes into the storage of a map's owner: the map is not there to be seen, or not to be edited. */
  async #refusal(mapId: number | null): Promise<Error> {
    if (mapId !== null) await readMap(this.#context, this.#principal, mapId)
    return new ForbiddenError()
  }
}

/** @throws ValidationError where a path is there twice; PathTakenError where one is beneath another */
function requireApart(paths: readonly string[]): void {
  const seen = new Set<string>()
  for (const path of paths) {
    if (seen.has(path))
      throw new ValidationError([{ attribute: 'path', message: `${JSON.stringify(path)} is there twice` }])
    seen.add(path)
  }
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (seen.has(path.slice(0, at))) throw new PathTakenError(path.slice(0, at))
}
