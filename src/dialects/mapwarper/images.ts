import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readScan } from '../../domain/scans.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { missingThumbnail } from './missing-thumbnail.ts'
import { pathId } from './requests.ts'
import { NOT_FOUND } from './responses.ts'
import { MISSING_THUMBNAIL_PATH, thumbnailPath } from './serialize.ts'

const tags = ['Files of a map']
const params = z.object({ id: z.string() })
const png = { 'image/png': { schema: z.string().openapi({ format: 'binary' }) } }

export function mountImages(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/uploads/{id}/thumb/{name}'],
      tags,
      summary: 'The thumbnail of a map',
      request: { params: params.extend({ name: z.string() }) },
      responses: {
        200: { description: 'At most 100x100 pixels', content: png },
        304: { description: 'It is the one the client has' },
        404: {
          description: 'A placeholder where there is no thumbnail yet; JSON where there is no map',
          content: png,
        },
      },
    },
    thumbnail,
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/maps/thumb/{id}'],
      tags,
      summary: 'Leads to the thumbnail of a map',
      request: { params },
      responses: { 302: { description: 'Where the thumbnail is' }, ...NOT_FOUND },
    },
    async (c) => c.redirect(thumbnailPath(await readScan(c.var.context, c.var.principal, pathId(c, 'Map')))),
  )

  app.get(MISSING_THUMBNAIL_PATH, (c) => placeholder(c, 200))
}

async function thumbnail(c: RequestContext<AppEnv>): Promise<Response> {
  const { context, principal } = c.var
  const scan = await readScan(context, principal, pathId(c, 'Map'))
  const object =
    scan.thumbnailKey && (await context.bucket.get(scan.thumbnailKey, { onlyIf: c.req.raw.headers }))
  if (!object) return placeholder(c, 404)
  const headers = {
    etag: object.httpEtag,
    'cache-control': `${scan.isPublic ? 'public' : 'private'}, max-age=300`,
  }
  if (!('body' in object)) return c.body(null, 304, headers)
  return c.body(object.body, 200, { ...headers, 'content-type': 'image/png' })
}

function placeholder(c: RequestContext, status: 200 | 404): Response {
  return c.body(missingThumbnail(), status, {
    'content-type': 'image/png',
    'cache-control': status === 200 ? 'public, max-age=86400' : 'no-store',
  })
}
