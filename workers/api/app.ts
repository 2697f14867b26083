import { Hono } from 'hono'
import { accounts } from '../../src/dialects/account/index.ts'
import { gisCloud } from '../../src/dialects/giscloud/index.ts'
import { isGisCloudPath, pathWithoutJson } from '../../src/dialects/giscloud/routing.ts'
import { mapApps } from '../../src/dialects/mapapps/index.ts'
import { isMapAppsPath, mapAppsRoute } from '../../src/dialects/mapapps/routing.ts'
import { mapwarper } from '../../src/dialects/mapwarper/index.ts'
import type { Context } from '../../src/domain/context.ts'
import type { AppEnv } from '../../src/http/app-env.ts'
import { takeBodyRest } from '../../src/http/body-rest.ts'
import { credentials } from '../../src/http/credentials.ts'
import { pathWithoutFormat } from '../../src/http/format-suffix.ts'
import { json } from '../../src/http/json.ts'
import { ogc } from '../../src/standards/ogc/index.ts'

/** The path to route by: each dialect has its own ways to write a format behind it. */
function getPath(request: Request): string {
  const { pathname } = new URL(request.url)
  if (isGisCloudPath(pathname)) return pathWithoutJson(request)
  return isMapAppsPath(pathname) ? mapAppsRoute(pathname) : pathWithoutFormat(request)
}

/**
 * The application of all dialects.
 * @param openContext makes the domain's context of a Worker's bindings, once a request
 */
export function createApp<Bindings extends object>(
  openContext: (bindings: Bindings) => Context,
): Hono<AppEnv & { Bindings: Bindings }> {
  const app = new Hono<AppEnv & { Bindings: Bindings }>({ getPath })
  app.use(async (c, next) => {
    c.set('context', openContext(c.env))
    await next()
  })
  app.use(takeBodyRest)
  app.use(credentials)
  app.route('/', accounts())
  app.route('/', mapwarper())
  app.route('/', gisCloud())
  app.route('/', mapApps())
  app.route('/', ogc())
  app.get('/', (c) => c.redirect('/docs/mapwarper'))
  app.notFound((c) =>
    json(c, { errors: [{ title: 'Not found', detail: 'There is nothing at this address' }] }, 404),
  )
  app.onError((error, c) => {
    console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, error)
    return json(
      c,
      { errors: [{ title: 'Internal error', detail: 'Something went wrong; it has been logged' }] },
      500,
    )
  })
  return app
}
