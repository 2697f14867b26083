import type { Context as RequestContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** A JSON answer whose type names its encoding. */
export function json(c: RequestContext, body: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/json; charset=utf-8' })
}
