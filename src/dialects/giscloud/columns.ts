import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { readListedLayer } from '../../domain/maps/layers.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, idParameter } from './descriptions.ts'
import { idOf } from './request-form.ts'

const columnSchema = z
  .object({
    name: z.string(),
    type: z.enum([
      'boolean',
      'integer',
      'bigint',
      'double',
      'text',
      'date',
      'timestamp',
      'time',
      'json',
      'binary',
    ]),
  })
  .openapi('LayerColumn')

/** `GET /1/layers/{id}/columns`: those of the table a layer shows; none of any other. */
export function mountColumns(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers/{id}/columns'], tags: ['Layers'] },
      summary: 'The columns of what a layer shows',
      request: { params: idParameter },
      responses: answers({ 200: ['The columns in their order', z.array(columnSchema)] }, 401, 404),
    },
    async (c) => {
      const { columns } = await readListedLayer(c.var.context, c.var.principal, idOf(c, 'id', 'Layer'), {
        ...{ withOptions: false, withColumns: true, withDatasource: false },
      })
      return json(
        c,
        (columns ?? []).map(({ name, type }) => ({ name, type })),
      )
    },
  )
}
