import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { mountMethodsOf } from '../../http/methods.ts'

const REQUEST_HEADERS =
  'Accept, API-Key, Authentication, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, Range'

/** What every path that has been mounted so far answers to the methods it does not have. */
export const mountMethods = (app: OpenAPIHono<AppEnv>): void => mountMethodsOf(app, REQUEST_HEADERS)
