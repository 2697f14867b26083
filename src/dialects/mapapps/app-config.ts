import { createHash } from 'node:crypto'
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { beginAppFile } from '../../domain/apps/app-file-intake.ts'
import { readStoredConfig } from '../../domain/apps/app-files.ts'
import { CONFIG_PATH } from '../../domain/apps/app-paths.ts'
import { type ConfigAdditions, effectiveConfig } from '../../domain/apps/effective-config.ts'
import { ValidationError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import type { Principal } from '../../store/principal.ts'
import { appIdOf } from './content-address.ts'
import { bytesAnswer } from './content-answer.ts'
import { answers, appIdParameter, successAnswer } from './descriptions.ts'
import { flagOf } from './flags.ts'
import { putFile } from './raw.ts'

/** Seconds between two looks at an app. */
export const AUTOREFRESH_MAX_SECONDS = 86_400

const tags = ['Content']
const config = z
  .object({
    properties: z.record(z.string(), z.unknown()).optional(),
    load: z.record(z.string(), z.unknown()).optional(),
    bundles: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('AppConfiguration')

/** The configuration of an app: as it runs with it, and as it is written. */
export function mountAppConfig(app: OpenAPIHono<AppEnv>): void {
  const paths = ['/resources/apps/{appId}/app.json'] as const
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths, tags, summary: 'Get the app.json' },
      description:
        'As the app runs with it: with the properties that the platform knows, and placeholders in its texts replaced. ' +
        'As it was put there: `$raw/app.json`.',
      request: {
        params: appIdParameter,
        query: z.object({
          preview: z.enum(['true', 'false']).optional().openapi({ description: 'Adds the bundle `preview`' }),
          autorefresh: z
            .string()
            .optional()
            .openapi({ description: 'Seconds; adds the bundle `autorefresh` where it is above 0' }),
        }),
      },
      responses: answers({ 200: ['The configuration', config] }, 400, 401, 404),
    },
    (c) => configAnswer(c, c.var.principal),
  )

  endpoint(
    app,
    {
      ...{ methods: ['put'], paths, tags, summary: 'Update app configuration' },
      description:
        'JSON, in which comments are tolerated, stored as it is sent. `properties.title` and `properties.description` become ' +
        "the app's.",
      request: {
        params: appIdParameter,
        body: { required: true, content: { 'application/json': { schema: config } } },
      },
      responses: answers({ 200: successAnswer }, 400, 401, 403, 404, 413),
    },
    async (c) => putFile(c, await beginAppFile(c.var.context, c.var.principal, appIdOf(c), CONFIG_PATH)),
  )
}

/** The configuration that an app runs with for somebody who sees it. @throws NotFoundError, ValidationError */
export async function configAnswer(c: RequestContext<AppEnv>, principal: Principal): Promise<Response> {
  const additions = additionsOf(c)
  const { app, config } = await readStoredConfig(c.var.context, principal, appIdOf(c))
  const bytes = new TextEncoder().encode(JSON.stringify(effectiveConfig(config, app, additions)))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return bytesAnswer(c, { bytes, contentType: 'application/json', sha256 }, { isPublic: false })
}

/** @throws ValidationError */
function additionsOf(c: RequestContext): ConfigAdditions {
  const seconds = c.req.query('autorefresh') || '0'
  if (!/^-?\d{1,9}$/.test(seconds) || Number(seconds) > AUTOREFRESH_MAX_SECONDS)
    throw new ValidationError([
      {
        attribute: 'autorefresh',
        message: `must be a whole number of seconds up to ${AUTOREFRESH_MAX_SECONDS}`,
      },
    ])
  return {
    preview: flagOf('preview', c.req.query('preview')),
    autorefreshSeconds: Math.max(0, Number(seconds)),
  }
}
