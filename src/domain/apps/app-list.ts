import { compileFilter, type Filter } from '../../query/index.ts'
import { APP_PROPERTIES, type AppOrder, listApps } from '../../store/app-lists.ts'
import type { AppRecord } from '../../store/apps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'

export type { AppOrder } from '../../store/app-lists.ts'

/** Apps of one answer; who wants more asks for the next. */
export const LISTED_APPS_MAX = 5_000

/** What apps can be filtered and ordered by. */
export const APP_PROPERTY_NAMES: readonly string[] = [...APP_PROPERTIES.keys()]

export interface AppSearch {
  filter: Filter | null
  /** Only apps that the principal may edit. */
  isEditable: boolean
  order: readonly AppOrder[]
  offset: number
  /** All that follow where null. */
  limit: number | null
}

/**
 * Some of the apps that the principal sees, and how many there are of them in all.
 * @throws QueryError where the filter means nothing of apps
 */
export const searchApps = (
  { db }: Pick<Context, 'db'>,
  principal: Principal,
  { filter, isEditable, order, offset, limit }: AppSearch,
): Promise<{ total: number; records: AppRecord[] }> =>
  listApps(db, principal, {
    filter: filter
      ? compileFilter(filter, { columns: [], geometry: null, properties: APP_PROPERTIES })
      : undefined,
    isEditable,
    order,
    offset,
    limit: Math.min(limit ?? LISTED_APPS_MAX, LISTED_APPS_MAX),
  })
