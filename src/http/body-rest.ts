import type { MiddlewareHandler } from 'hono'
import { BODY_MAX_BYTES } from '../domain/intake/stage-image.ts'

/**
 * A request's body, read as far as its reader goes and no further: what is given up on the way is not cancelled, which
 * would break the connection before the client has been told why.
 */
export const bodyOf = (request: Request): AsyncIterable<Uint8Array> | null =>
  request.body?.values({ preventCancel: true }) ?? null

/**
 * Takes the rest of a body that was given up half-way, up to the size of the largest one, so that the client, which
 * sends it before it listens, gets its answer. A body that nobody began to read needs no such care.
 */
export const takeBodyRest: MiddlewareHandler = async (c, next) => {
  await next()
  const { body, bodyUsed } = c.req.raw
  if (!body || !bodyUsed || body.locked) return
  let taken = 0
  try {
    for await (const chunk of body) {
      taken += chunk.length
      if (taken > BODY_MAX_BYTES) return
    }
  } catch {
    // The client went away; there is nobody left to answer.
  }
}
