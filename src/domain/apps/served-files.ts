import { createHash } from 'node:crypto'
import { THUMBNAIL_PATH } from '../../store/apps.ts'
import type { Principal } from '../../store/principal.ts'
import { findServedFile, type ServedFile } from '../../store/served-app-files.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { mediaTypeOfFile } from '../storage/media-types.ts'
import { appIdFault } from './app-id.ts'
import { type AskedPath, PAGE_PATH } from './app-paths.ts'

export type { ServedFile } from '../../store/served-app-files.ts'

/** What an app has though it has no file of the name, by the path of what the platform has in its place. */
const PROVIDED: Readonly<Record<string, string>> = {
  [PAGE_PATH]: '/assets/templates/viewer/index.html',
  [THUMBNAIL_PATH]: '/assets/viewer/thumbnail.png',
}

/** Bytes that the platform serves in the place of a file that an app lacks. */
export interface ProvidedFile {
  bytes: Uint8Array
  contentType: string
  /** Lower-case hexadecimal. */
  sha256: string
}

export type AppResource = { isPublic: boolean } & (
  | { kind: 'file'; file: ServedFile }
  | { kind: 'provided'; file: ProvidedFile }
)

/**
 * What an app that is seen serves at a path.
 * @throws NotFoundError
 */
export async function readAppResource(
  context: Pick<Context, 'db' | 'readAsset'>,
  principal: Principal,
  id: string,
  { path, asked }: AskedPath,
): Promise<AppResource> {
  const served = appIdFault(id) === null ? await findServedFile(context.db, principal, id, path ?? '') : null
  if (!served) throw new NotFoundError('App', id)
  const { isPublic, file } = served
  if (file) return { kind: 'file', isPublic, file }
  const provided = path === null ? null : await readProvidedFile(context, path)
  if (!provided) throw new NotFoundError('File', asked)
  return { kind: 'provided', isPublic, file: provided }
}

/** What the platform has in the place of a file that an app lacks; null where it has nothing. */
export async function readProvidedFile(
  { readAsset }: Pick<Context, 'readAsset'>,
  path: string,
): Promise<ProvidedFile | null> {
  const asset = Object.hasOwn(PROVIDED, path) ? PROVIDED[path]! : null
  const bytes = asset === null ? null : await readAsset?.(asset)
  if (!bytes) return null
  return {
    bytes,
    contentType: mediaTypeOfFile(path, null),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}
