import type { Context as RequestContext } from 'hono'
import { type Entity, NotFoundError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { parseId } from '../../http/ids.ts'

/** The number in the address. @throws NotFoundError when nothing can have it */
export function pathId(c: RequestContext<AppEnv>, entity: Entity): number {
  return idOf(c.req.param('id') ?? '', entity)
}

/** @throws NotFoundError when nothing can have this number */
export function idOf(text: string, entity: Entity): number {
  const id = parseId(text)
  if (id === null) throw new NotFoundError(entity, text.slice(0, 100))
  return id
}

/** What links begin with: the address the request came to. */
export const originOf = (c: RequestContext): string => new URL(c.req.url).origin

export const queryOf = (c: RequestContext): URLSearchParams => new URL(c.req.url).searchParams
