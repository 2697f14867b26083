import type { Context as RequestContext } from 'hono'
import { NotFoundError } from '../../../domain/errors.ts'
import { type DrawnPicture, drawPicture } from '../../../domain/map-rendering/draw-picture.ts'
import { type PicturePlan, pictureTag, planPicture } from '../../../domain/map-rendering/picture-plan.ts'
import type { PictureTools } from '../../../domain/map-rendering/picture-tools.ts'
import { requireStorage, storeFile } from '../../../domain/storage/storage.ts'
import { parseStoragePath } from '../../../domain/storage/storage-path.ts'
import { answer } from '../../../http/answers.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { attachment } from '../../../http/attachment.ts'
import { matchesEtag } from '../../../http/cache-policy.ts'
import { isAddedByBrowsers } from '../../../http/credentials.ts'
import { ForeignOriginError } from '../../../http/errors.ts'
import { type KeptTile, keepTile, keptTile } from '../../../http/tile-cache.ts'
import { idOf } from '../request-form.ts'
import type { PictureEndpoint } from './picture-definitions.ts'
import { type PictureHandling, pictureParameters } from './picture-parameters.ts'

/** How long pictures with parts from other services are kept, seconds. */
const OTHERS_KEPT_SECONDS = 3_600
const BOUNDS = 'x-graticule-bounds'
const PARTIAL = 'x-graticule-partial'

/** The handler of an address of pictures. @param open what drawing takes, for one request */
export const pictureEndpoint =
  (
    { of, type }: PictureEndpoint,
    open: (c: RequestContext<AppEnv>) => Promise<PictureTools>,
  ): ((c: RequestContext<AppEnv>) => Promise<Response>) =>
  async (c) => {
    const id = idOf(c, 'id', of === 'map' ? 'Map' : 'Layer')
    const { mayDraw, isRenewed, isUnkept, isDownload, saveTo, ...shown } = pictureParameters(c)
    const handling: PictureHandling = { mayDraw, isRenewed, isUnkept, isDownload, saveTo }
    const { context, principal } = c.var
    const path = saveTo === null ? null : savingPath(c, saveTo)
    const plan = await planPicture(context, principal, { of: { kind: of, id }, type, ...shown })
    const moment = `${Math.floor(Date.now() / 1000 / OTHERS_KEPT_SECONDS)} ${c.req.query('timestamp') ?? ''}`
    const tag = await pictureTag(plan, principal, moment)
    const isHeld = matchesEtag(c.req.header('if-none-match') ?? null, `"${tag}"`)
    const picture = isHeld && path === null ? null : await keptOrDrawn(c, plan, tag, handling, open)
    const saved = picture && path !== null ? await save(c, picture, path, type) : null
    return answer(c.req.raw, {
      body: (saved ?? picture?.body ?? null) as BodyInit | null,
      contentType: type,
      etag: isHeld && picture ? null : `"${tag}"`,
      freshness: { versioned: false, shared: principal.kind === 'anonymous' },
      headers: {
        [BOUNDS]: plan.frame.box.join(','),
        ...picture?.headers,
        ...(isUnkept ? { 'cache-control': 'no-store' } : {}),
        ...(isDownload ? { 'content-disposition': attachment(fileName(plan)) } : {}),
        ...(saved && path !== null
          ? { 'content-location': `/1/storage/fs/${path.split('/').map(encodeURIComponent).join('/')}` }
          : {}),
      },
    })
  }

interface Picture extends Pick<DrawnPicture, 'body'> {
  headers: Record<string, string>
}

/** A picture that everyone may see is kept for everyone. @throws NotFoundError where it may not be drawn */
async function keptOrDrawn(
  c: RequestContext<AppEnv>,
  plan: PicturePlan,
  tag: string,
  { mayDraw, isRenewed, isUnkept }: PictureHandling,
  open: (c: RequestContext<AppEnv>) => Promise<PictureTools>,
): Promise<Picture> {
  const { principal } = c.var
  const mayKeep = principal.kind === 'anonymous' && !isUnkept
  const key = `https://pictures.graticule/${tag}`
  const kept = mayKeep && !isRenewed ? await keptTile(caches.default, key, [PARTIAL]) : null
  if (kept) return pictureOf(kept)
  if (!mayDraw) throw new NotFoundError('Picture', `${tag}, which has not been kept`)
  const { body, shortfalls, isLasting } = await drawPicture(await open(c), principal, plan)
  const headers: Record<string, string> = shortfalls === null ? {} : { [PARTIAL]: shortfalls }
  if (mayKeep && isLasting && body instanceof Uint8Array)
    c.executionCtx.waitUntil(keepTile(caches.default, key, body, plan.request.type, headers))
  return { body, headers }
}

const pictureOf = ({ bytes, headers }: KeptTile): Picture => ({ body: bytes, headers })

const fileName = ({ title, request }: PicturePlan): string =>
  `${title.replaceAll(/[\p{Cc}/\\:]+/gu, '_').slice(0, 100)}.${request.type === 'image/png' ? 'png' : 'jpg'}`

/**
 * Where a picture is saved to. What a browser adds to the request of another site's page does not save anything.
 * @throws UnauthenticatedError, ForeignOriginError, ValidationError
 */
function savingPath(c: RequestContext<AppEnv>, saveTo: string): string {
  requireStorage(c.var.principal)
  const site = c.req.header('sec-fetch-site')
  if (isAddedByBrowsers(c.var.credential) && (site === 'cross-site' || site === 'same-site'))
    throw new ForeignOriginError()
  return parseStoragePath(saveTo.replace(/^\//, ''))
}

/** Saves a picture in the storage of who asks. @returns what has been saved */
async function save(
  c: RequestContext<AppEnv>,
  { body }: Picture,
  path: string,
  type: string,
): Promise<ReadableStream | null> {
  const { context, principal } = c.var
  const bytes = body instanceof Uint8Array ? body : (body as unknown as AsyncIterable<Uint8Array>)
  const { objectKey } = await storeFile(context, principal, path, bytes, type)
  const object = await context.bucket.get(objectKey)
  return (object?.body ?? null) as ReadableStream | null
}
