import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { readStyleSheet } from '../../../domain/maps/style-sheets.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { endpoint } from '../../../http/endpoint.ts'
import { answers, idParameter } from '../descriptions.ts'
import { InvalidParameterError } from '../errors.ts'
import { idOf } from '../request-form.ts'

/** `/1/maps/{id}/page.css`: a style sheet of the map's owner for the page of the map. */
export function mountStyleSheet(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/maps/{id}/page.css'], tags: ['Maps'] },
      summary: "A style sheet from the storage of a map's owner",
      request: {
        params: idParameter,
        query: z.object({ style: z.string().openapi({ description: 'Its path there, ending in .css' }) }),
      },
      responses: answers({ 200: 'The style sheet' }, 400, 401, 404),
    },
    async (c) => {
      const path = c.req.query('style')
      if (!path) throw new InvalidParameterError('style', 'must be given')
      const text = await readStyleSheet(c.var.context, c.var.principal, idOf(c, 'id', 'Map'), path)
      return c.body(text, 200, {
        'content-type': 'text/css; charset=utf-8',
        'cache-control': 'private, no-cache',
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      })
    },
  )
}
