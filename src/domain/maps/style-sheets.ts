import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { findStoredFileOf } from '../storage/storage.ts'
import { readMap } from './maps.ts'

/** Of a style sheet for the page of a map. */
export const STYLE_SHEET_MAX_BYTES = 256 * 1024

/**
 * A style sheet in the storage of a map's owner, for who sees the map. Nothing but files that are named as style sheets are is
 * read for others than their owner.
 * @throws NotFoundError
 */
export async function readStyleSheet(
  context: Context,
  principal: Principal,
  mapId: number,
  path: string,
): Promise<string> {
  const { ownerId } = await readMap(context, principal, mapId)
  const isNamed = /\.css$/i.test(path)
  const file = isNamed && ownerId !== null ? await findStoredFileOf(context, ownerId, path) : null
  const object =
    file && file.byteSize <= STYLE_SHEET_MAX_BYTES ? await context.bucket.get(file.objectKey) : null
  if (!object) throw new NotFoundError('File', path)
  return object.text()
}
