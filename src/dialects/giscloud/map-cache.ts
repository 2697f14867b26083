import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { renewMap } from '../../domain/maps/maps.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { answers } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { commaList } from './listing.ts'
import { idOf } from './request-form.ts'

/** The only way there is to begin anew. */
const INIT = '2'
const LAYERS_MAX = 1000

/** `DELETE /1/map_cache/{id}/{init}`: whatever has been drawn of a map is drawn anew. */
export function mountMapCache(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: ['/1/map_cache/{id}/{init}'], tags: ['Maps'] },
      summary: 'Have a map drawn anew',
      description: 'Changes show without it.',
      request: {
        params: z.object({ id: z.string(), init: z.literal(INIT) }),
        query: z.object({
          layers: z
            .string()
            .optional()
            .openapi({ description: 'Only these layers, by their numbers with commas' }),
        }),
      },
      responses: answers({ 204: 'It is drawn anew from now on' }, 400, 401, 403, 404),
    },
    async (c) => {
      const id = idOf(c, 'id', 'Map')
      if (c.req.param('init') !== INIT) throw new InvalidParameterError('INIT', `must be ${INIT}`)
      await renewMap(c.var.context, c.var.principal, id, layersOf(c))
      return c.body(null, 204)
    },
  )
}

function layersOf(c: RequestContext): number[] | null {
  const texts = commaList(c.req.query('layers'))
  if (texts.length === 0) return null
  if (texts.length > LAYERS_MAX) throw new InvalidParameterError('layers', `are more than ${LAYERS_MAX}`)
  return texts.map((text) => {
    const id = parseId(text)
    if (id === null)
      throw new InvalidParameterError('layers', 'must be numbers of layers with commas between them')
    return id
  })
}
