import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { ForbiddenError } from '../../domain/errors.ts'
import { publishScan, unpublishScan } from '../../domain/scan-publication.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { hasRole } from '../../store/principal.ts'
import { originOf, pathId } from './requests.ts'
import { jsonAnswer, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { mapDocument } from './schemas.ts'
import { mapResource } from './serialize.ts'

export function mountPublication(app: OpenAPIHono<AppEnv>): void {
  const mount = (name: string, summary: string, change: typeof publishScan) =>
    endpoint(
      app,
      {
        methods: ['patch', 'put', 'post'],
        paths: [`/api/v1/maps/{id}/${name}`],
        tags: ['Maps'],
        summary,
        request: { params: z.object({ id: z.string() }) },
        responses: {
          200: jsonAnswer('The changed map', mapDocument),
          ...NOT_SIGNED_IN,
          ...NOT_FOUND,
          ...UNPROCESSABLE,
        },
      },
      (c) => changed(c, change),
    )
  mount('publish', 'Publish a warped map, as an administrator', publishScan)
  mount('unpublish', 'Take a published map back to warped, as an administrator', unpublishScan)
}

async function changed(c: RequestContext<AppEnv>, change: typeof publishScan): Promise<Response> {
  const user = requireUser(c)
  if (!hasRole(user, 'administrator')) throw new ForbiddenError()
  const scan = await change(c.var.context, user, pathId(c, 'Map'))
  return json(c, { data: mapResource(scan, originOf(c)) })
}
