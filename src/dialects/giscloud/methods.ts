import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { mountMethodsOf } from '../../http/methods.ts'

const REQUEST_HEADERS =
  'API-Key, API-Sessid, API-Username, API-Password, API-Version, Authorization, Content-Type, X-GIS-CLOUD-APP'

/** What every path that has been mounted so far answers to the methods it does not have. */
export const mountMethods = (app: OpenAPIHono<AppEnv>): void => mountMethodsOf(app, REQUEST_HEADERS)
