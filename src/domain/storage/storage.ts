import type { Principal, SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import {
  type FolderListing,
  findFileOf,
  findStoredFile as findOwn,
  forgetStored,
  readStored,
  type StoredAt,
  type StoredFile,
} from '../../store/stored-files.ts'
import type { Context } from '../context.ts'
import { NotFoundError, UnauthenticatedError, ValidationError } from '../errors.ts'
import { StorageIntake } from './storage-intake.ts'
import { parseStoragePath } from './storage-path.ts'
import { discardObjects } from './stored-objects.ts'

export type {
  FolderItem,
  FolderListing,
  FolderOrder,
  StoredAt,
  StoredFile,
} from '../../store/stored-files.ts'

const system: SystemPrincipal = { kind: 'system', reason: 'storage' }

/** @throws UnauthenticatedError for who has no storage */
export function requireStorage(principal: Principal): UserPrincipal {
  if (principal.kind !== 'user') throw new UnauthenticatedError()
  return principal
}

/** A path as clients write it into what refers to a file: a slash before it says nothing. Null for what is none. */
function givenPath(text: string): string | null {
  try {
    return parseStoragePath(text.replace(/^\//, '')) || null
  } catch (error) {
    if (error instanceof ValidationError) return null
    throw error
  }
}

/** A file of the principal's own; null where there is none, or the path is none. */
export async function findStoredFile(
  context: Pick<Context, 'db'>,
  principal: Principal,
  path: string,
): Promise<StoredFile | null> {
  const given = givenPath(path)
  return given === null || principal.kind !== 'user' ? null : findOwn(context.db, principal, given)
}

/**
 * A file of somebody's, whoever asks: the caller has found out that a map or layer of that owner shows it to who asks. Null
 * where there is none, or the path is none.
 */
export async function findStoredFileOf(
  context: Pick<Context, 'db'>,
  ownerId: number,
  path: string,
): Promise<StoredFile | null> {
  const given = givenPath(path)
  return given === null ? null : findFileOf(context.db, system, ownerId, given)
}

/**
 * What there is at a path of the principal's own: a file, or a folder.
 * @throws UnauthenticatedError; NotFoundError where there is neither
 */
export async function readStorage(
  context: Context,
  principal: Principal,
  path: string,
  listing: FolderListing,
): Promise<StoredAt> {
  const found = await readStored(context.db, requireStorage(principal), path, listing)
  if (!found.file && !found.folder) throw new NotFoundError('File', path)
  return found
}

/** A page of what is in a folder of the principal's own. @throws UnauthenticatedError, NotFoundError */
export async function listFolder(
  context: Context,
  principal: Principal,
  path: string,
  listing: FolderListing,
): Promise<NonNullable<StoredAt['folder']>> {
  const { folder } = await readStorage(context, principal, path, listing)
  if (!folder) throw new NotFoundError('File', path)
  return folder
}

/**
 * Stores one file under a path of the principal's own, in the place of what is there.
 * @param path written with slashes
 * @param contentType as its sender has told it; the path's extension goes before it
 * @throws UnauthenticatedError, ValidationError (`path`), PathTakenError, StorageFullError, TooManyFilesError
 */
export async function storeFile(
  context: Context,
  principal: Principal,
  path: string,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  contentType: string | null = null,
): Promise<StoredFile> {
  const owner = requireStorage(principal)
  const given = parseStoragePath(path)
  if (given === '') throw new ValidationError([{ attribute: 'path', message: 'has no name' }])
  const intake = new StorageIntake(context, owner)
  try {
    const sink = await intake.open(given, contentType)
    for await (const chunk of body instanceof Uint8Array ? [body] : body) await sink.write(chunk)
  } catch (error) {
    await intake.abort()
    throw error
  }
  await intake.finish(null)
  const file = await findOwn(context.db, owner, given)
  if (!file) throw new NotFoundError('File', given)
  return file
}

/**
 * Deletes a file of the principal's own, or a folder with what is in it.
 * @throws UnauthenticatedError; NotFoundError where there is neither
 */
export async function removeStored(context: Context, principal: Principal, path: string): Promise<void> {
  const keys = path === '' ? [] : await forgetStored(context.db, requireStorage(principal), path)
  if (keys.length === 0) throw new NotFoundError('File', path)
  await discardObjects(context, keys)
}
