import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { isTrustedOrigin } from '../../domain/identity/configuration.ts'
import { watchScan } from '../../domain/live.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { isAddedByBrowsers } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { ForeignOriginError, UpgradeRequiredError } from '../../http/errors.ts'
import { originOf, pathId } from './requests.ts'
import { jsonAnswer, NOT_FOUND } from './responses.ts'
import { errorDocument } from './schemas.ts'

export function mountLive(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/maps/{id}/live'],
      tags: ['Maps'],
      summary: 'A WebSocket that tells who works on a map, and each change of it as it happens',
      description:
        'The first message is `welcome`; then `joined`, `left`, `gcp`, `map` and `cursor` as they happen. A client may ' +
        'send `ping` and, signed in, `{"type": "cursor", "x": 1, "y": 2}` in image pixels.',
      request: { params: z.object({ id: z.string() }) },
      responses: {
        101: { description: 'The socket is open' },
        403: jsonAnswer('A page of another site asks with the credential its browser keeps', errorDocument),
        ...NOT_FOUND,
        426: jsonAnswer('This is not a WebSocket handshake', errorDocument),
        503: jsonAnswer('As many as can be watch the map already', errorDocument),
      },
    },
    async (c) => {
      if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw new UpgradeRequiredError()
      requireOwnOrigin(c)
      return watchScan(c.var.context, c.var.principal, pathId(c, 'Map'))
    },
  )
}

/**
 * A browser opens sockets for the page of any site and adds the cookie, or the password it was once told. Only who
 * shows a token is known to have wanted that.
 * @throws ForeignOriginError
 */
function requireOwnOrigin(c: RequestContext<AppEnv>): void {
  const origin = c.req.header('origin')
  if (origin === undefined || c.var.principal.kind !== 'user' || !isAddedByBrowsers(c.var.credential)) return
  if (origin === originOf(c) || isTrustedOrigin(c.var.context.identity, origin)) return
  throw new ForeignOriginError()
}
