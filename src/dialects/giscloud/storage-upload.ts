import type { Context as RequestContext } from 'hono'
import { declaredLength, limitBytes } from '../../domain/intake/byte-limit.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import { StorageIntake } from '../../domain/storage/storage-intake.ts'
import { parseStoragePath, storageName } from '../../domain/storage/storage-path.ts'
import { isArchiveName } from '../../domain/storage/unpack-archive.ts'
import { readMultipart } from '../../formats/multipart-upload.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { parseId } from '../../http/ids.ts'
import { mediaTypeOf } from '../../http/request-body.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import { invalid, type Members, readMembers, requiredText } from './request-form.ts'

/** Bytes of a body that brings files, and of one that is a form of texts. */
export const UPLOAD_MAX_BYTES = 512 * 1024 * 1024
export const TEXT_UPLOAD_MAX_BYTES = 8 * 1024 * 1024

/**
 * Stores what a request brings in a folder: the files of a multipart form, whatever its parts are called, or a text
 * (`filename`, `content`).
 * @returns their paths, those of the files in an archive in its place
 */
export async function storeUpload(
  c: RequestContext<AppEnv>,
  principal: UserPrincipal,
  folder: string,
): Promise<string[]> {
  const intake = new StorageIntake(c.var.context, principal)
  let mapId: number | null
  try {
    const isForm = mediaTypeOf(c.req.header('content-type') ?? '') === 'multipart/form-data'
    const members = isForm
      ? await receiveForm(c.req.raw, folder, intake)
      : await readMembers(c, TEXT_UPLOAD_MAX_BYTES)
    if (intake.isEmpty) await receiveText(members, folder, intake)
    mapId = mapOf(c.req.query('destination_map') ?? members.destination_map)
  } catch (error) {
    await intake.abort()
    throw error
  }
  return intake.finish(mapId)
}

/** @returns the fields beside the files */
async function receiveForm(request: Request, folder: string, intake: StorageIntake): Promise<Members> {
  const tooLarge = () => new PayloadTooLargeError('The body', UPLOAD_MAX_BYTES)
  if ((declaredLength(request.headers.get('content-length')) ?? 0) > UPLOAD_MAX_BYTES) throw tooLarge()
  const body = bodyOf(request)
  if (!body) throw invalid('body', 'is empty')
  const limited = limitBytes(body, UPLOAD_MAX_BYTES, tooLarge)
  return readMultipart(limited, request.headers.get('content-type')!, ({ field, fileName, mediaType }) => {
    const name = fileName ?? field
    return intake.open(pathIn(folder, name), mediaType, isArchiveName(name))
  })
}

async function receiveText(members: Members, folder: string, intake: StorageIntake): Promise<void> {
  const { content } = members
  if (members.filename === undefined && content === undefined)
    throw invalid('body', 'brings no file: it is a multipart form with a file, or has filename and content')
  const path = pathIn(folder, requiredText(members, 'filename'))
  if (typeof content !== 'string') throw invalid('content', 'must be a text')
  const sink = await intake.open(path, 'text/plain; charset=utf-8')
  await sink.write(new TextEncoder().encode(content))
}

/** @throws ValidationError (`path`) */
const pathIn = (folder: string, name: string): string =>
  parseStoragePath(folder === '' ? storageName(name) : `${folder}/${storageName(name)}`)

function mapOf(destination: unknown): number | null {
  if (destination === undefined || destination === null || destination === '') return null
  const id = parseId(String(destination))
  if (id === null) throw invalid('destination_map', 'must be the id of a map')
  return id
}
