import type { Context as RequestContext } from 'hono'

/** The id in the address of an app. */
export const appIdOf = (c: RequestContext): string => c.req.param('appId') ?? ''

/**
 * What stands in an address behind its first names, as it was sent.
 * @param names how many: `resources`, `apps` and the id are three
 */
export const restOfAddress = (c: RequestContext, names: number): string =>
  new URL(c.req.url).pathname
    .split('/')
    .slice(names + 1)
    .join('/')
