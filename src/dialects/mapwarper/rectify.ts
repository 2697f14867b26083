import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { type RectifyOptions, rectifyScan } from '../../domain/rectify.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import { asRecord } from './envelope.ts'
import { originOf, pathId, queryOf } from './requests.ts'
import { jsonAnswer, MALFORMED, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { mapDocument, rectifyParameters } from './schemas.ts'
import { mapResource } from './serialize.ts'

const { transform_options: transforms, resample_options: resamplings } = rectifyParameters.shape

export function mountRectify(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['patch', 'post'],
      paths: ['/api/v1/maps/{id}/rectify'],
      tags: ['Maps'],
      summary: 'Warp a map by its control points',
      description:
        'Parameters come in the query, in a form or in JSON. Tiles are there as soon as the fit is known; the answer ' +
        'waits for all of them up to 20 seconds, and tells with the status `warping` that they are still being made.',
      request: {
        params: z.object({ id: z.string() }),
        query: rectifyParameters,
        body: {
          content: {
            'application/json': { schema: rectifyParameters },
            'application/x-www-form-urlencoded': { schema: rectifyParameters },
          },
        },
      },
      responses: {
        200: jsonAnswer('The map, warped or warping', mapDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = requireUser(c)
      const id = pathId(c, 'Map')
      const parameters = { ...Object.fromEntries(queryOf(c)), ...asRecord(await readBody(c.req.raw)) }
      const scan = await rectifyScan(c.var.context, user, id, rectifyOptions(parameters))
      return json(c, { data: mapResource(scan, originOf(c)) })
    },
  )
}

/** What is asked for, of what is given at all; a value that is not known counts as the default one. */
export function rectifyOptions(parameters: Record<string, unknown>): RectifyOptions {
  const { transform_options: transform, resample_options: resampling, use_mask: useMask, srs } = parameters
  return {
    ...(isGiven(transform) ? { transform: transforms.safeParse(transform).data ?? 'auto' } : {}),
    ...(isGiven(resampling) ? { resampling: resamplings.safeParse(resampling).data ?? 'near' } : {}),
    ...(isGiven(useMask) ? { useMask: String(useMask) === 'true' } : {}),
    ...(isGiven(srs) ? { srs: typeof srs === 'string' ? srs : JSON.stringify(srs) } : {}),
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== ''
