import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { AppEnv } from './app-env.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

export interface EndpointDefinition extends Omit<RouteConfig, 'method' | 'path'> {
  /** The documented method first; the others do the same. */
  methods: readonly [Method, ...Method[]]
  /** As OpenAPI writes them, `/maps/{id}`. */
  paths: readonly [string, ...string[]]
  /** The same as the router's patterns, where a parameter is more, or less, than what stands between two slashes. */
  routes?: readonly string[]
}

/**
 * Mounts a handler and puts the same methods and paths into the dialect's OpenAPI document, so that the two cannot
 * drift. Nothing is validated here: the order of checks and the bodies of errors are each dialect's own.
 */
export function endpoint(
  app: OpenAPIHono<AppEnv>,
  { methods, paths, routes, ...route }: EndpointDefinition,
  handler: (c: RequestContext<AppEnv>) => Response | Promise<Response>,
): void {
  for (const path of paths)
    for (const method of methods) app.openAPIRegistry.registerPath({ ...route, method, path })
  app.on(
    methods.map((method) => method.toUpperCase()),
    [...(routes ?? paths.map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1')))],
    handler,
  )
}
