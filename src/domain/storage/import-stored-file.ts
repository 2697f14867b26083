import { type ZipMember, zipArchive } from '../../formats/zip-writer.ts'
import type { Principal } from '../../store/principal.ts'
import { findStoredFiles, type StoredFile } from '../../store/stored-files.ts'
import type { Context } from '../context.ts'
import { COMPANIONS } from '../datasets/import/archive-members.ts'
import { type ImportSettings, type ImportSource, startImport } from '../datasets/import/start-import.ts'
import { NotFoundError } from '../errors.ts'
import type { JobRecord } from '../jobs.ts'
import { findStoredFile, requireStorage } from './storage.ts'
import { nameOfPath } from './storage-path.ts'
import { objectBytes } from './stored-objects.ts'

/**
 * Begins the import of a file of the principal's own storage as one or more datasets; what belongs to it and lies beside it
 * (`.dbf`, `.prj`, ...) goes along. Later changes of the file change nothing of them.
 * @throws UnauthenticatedError, NotFoundError, and what `startImport` throws
 */
export async function importStoredFile(
  context: Context,
  principal: Principal,
  path: string,
  settings: ImportSettings,
): Promise<JobRecord> {
  const owner = requireStorage(principal)
  const file = await findStoredFile(context, owner, path)
  if (!file) throw new NotFoundError('File', path)
  const companions = companionsOf(file.path)
  const beside = companions.length > 0 ? await findStoredFiles(context.db, owner, companions) : []
  const source = sourceOf(context, file, beside)
  return startImport(context, principal, { source, settings, interactive: false })
}

function sourceOf(context: Context, file: StoredFile, beside: readonly StoredFile[]): ImportSource {
  const name = nameOfPath(file.path)
  if (beside.length === 0)
    return { bytes: objectBytes(context, file.objectKey), name, mediaType: file.contentType.split(';')[0]! }
  const members = [file, ...beside].map(
    ({ path, objectKey }): ZipMember => ({ name: nameOfPath(path), chunks: objectBytes(context, objectKey) }),
  )
  return {
    bytes: zipArchive(members),
    name: `${name.slice(0, name.lastIndexOf('.'))}.zip`,
    mediaType: 'application/zip',
  }
}

/** Paths of what may belong to a file, as either case writes their extensions. */
function companionsOf(path: string): string[] {
  const dot = path.lastIndexOf('.') + 1
  const extension = path.slice(dot).toLowerCase()
  const extensions = Object.hasOwn(COMPANIONS, extension) ? COMPANIONS[extension]! : []
  return extensions.flatMap((other) => [path.slice(0, dot) + other, path.slice(0, dot) + other.toUpperCase()])
}
