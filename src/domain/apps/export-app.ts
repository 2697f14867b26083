import { knownArchiveBytes, type ZipMember, zipArchive } from '../../formats/zip-writer.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { objectBytes } from '../storage/stored-objects.ts'
import { type AppFile, readAppFiles } from './app-files.ts'

/** A member of an archive whose size is known before it is made. */
export type KnownMember = ZipMember & Required<Pick<ZipMember, 'known'>>

/** An archive that is made as it is read. */
export interface AppExport {
  fileName: string
  byteSize: number
  /** Fails where a file has been replaced meanwhile. */
  chunks: AsyncGenerator<Uint8Array, void, undefined>
}

/** A file of an app as a member of an archive. */
export const memberOfFile = (
  context: Pick<Context, 'bucket'>,
  { path, objectKey, byteSize, crc32, modifiedAt }: AppFile,
): KnownMember => ({
  ...{ name: path, chunks: objectBytes(context, objectKey), modifiedAt },
  known: { size: byteSize, crc32 },
})

export const archiveOf = (id: string, members: readonly KnownMember[]): AppExport => ({
  fileName: `${id}.zip`,
  byteSize: knownArchiveBytes(members),
  chunks: zipArchive(members),
})

/**
 * The files of an app as they were put there.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError
 */
export async function exportApp(context: Context, principal: Principal, id: string): Promise<AppExport> {
  const { app, files } = await readAppFiles(context, principal, id)
  return archiveOf(
    app.slug,
    files.map((file) => memberOfFile(context, file)),
  )
}
