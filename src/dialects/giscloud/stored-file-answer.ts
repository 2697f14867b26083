import type { Context as RequestContext } from 'hono'
import { NotFoundError } from '../../domain/errors.ts'
import { isShown } from '../../domain/storage/media-types.ts'
import type { StoredFile } from '../../domain/storage/storage.ts'
import { nameOfPath } from '../../domain/storage/storage-path.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { attachment } from '../../http/attachment.ts'
import { json } from '../../http/json.ts'
import { objectAnswer } from '../../http/object-answer.ts'

/** Whatever a file has in it does nothing in the name of this site: no script, no form, no frame, no plug-in. */
const CONTENT_POLICY =
  "default-src 'none'; img-src data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"

/**
 * A stored file, with Range, conditional requests and HEAD. What browsers do not show by themselves is there to be saved; so
 * is anything where it is asked for.
 * @throws NotFoundError where it has been replaced or deleted meanwhile
 */
export async function storedFileAnswer(
  c: RequestContext<AppEnv>,
  { path, objectKey, contentType }: StoredFile,
  isSaved = false,
): Promise<Response> {
  const freshness = { versioned: false, shared: false }
  const answer = await objectAnswer(c.req.raw, c.var.context.bucket, objectKey, freshness, 'file')
  const range = answer.headers.get('content-range')
  if (answer.status === 404) throw new NotFoundError('File', path)
  if (answer.status === 416) {
    if (range !== null) c.header('Content-Range', range)
    return json(c, { code: 'RANGE_NOT_SATISFIABLE', msg: `Range is beyond the file: ${range}` }, 416)
  }
  const headers = new Headers(answer.headers)
  const name = attachment(nameOfPath(path))
  headers.set('content-type', contentType)
  headers.set(
    'content-disposition',
    isSaved || !isShown(contentType) ? name : name.replace('attachment', 'inline'),
  )
  headers.set('content-security-policy', CONTENT_POLICY)
  return new Response(answer.body, { status: answer.status, headers })
}
