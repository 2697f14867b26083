import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { preoptimizeApp, restoreApp } from '../../domain/apps/preoptimize.ts'
import { ValidationError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, appIdParameter } from './descriptions.ts'

const succeeded = z.object({ success: z.literal(true) }).openapi('Success')

/** Switching between an app's files and what is made of them. */
export function mountPreoptimized(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/resources/apps/{appId}/preoptimizedState'],
      tags: ['Apps'],
      summary: 'Enable or disable app pre-optimization',
      description:
        'Puts the modules of an app together, makes scripts, style sheets and JSON small, and compresses what gains by it. ' +
        'That is served in the place of its files, which are not to be changed meanwhile. What takes longer than 55 s goes on.',
      request: {
        params: appIdParameter,
        query: z.object({ preoptimized: z.enum(['true', 'false']) }),
      },
      responses: answers(
        { 200: ['It is done', succeeded], 500: 'It cannot be done; error says why and where' },
        ...([400, 401, 403, 404] as const),
      ),
    },
    async (c) => {
      const { context, principal } = c.var
      const change = truthOf(c.req.queries('preoptimized') ?? []) ? preoptimizeApp : restoreApp
      await change(context, principal, c.req.param('appId') ?? '')
      return json(c, { success: true })
    },
  )
}

/** @throws ValidationError */
function truthOf(values: readonly string[]): boolean {
  const [value, ...others] = values
  if (others.length === 0 && (value === 'true' || value === 'false')) return value === 'true'
  throw new ValidationError([{ attribute: 'preoptimized', message: 'must be true or false' }])
}
