import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { readStatistics, requireStatisticsReader } from '../../domain/activity.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import type { StatisticsKey, StatisticsListing, UserStatistics } from '../../store/activity-log.ts'
import { statisticsList, type UserStatisticsEntry } from './activity-schemas.ts'
import { PER_PAGE_MAX, pageMeta, pagingOf } from './paging.ts'
import { queryOf } from './requests.ts'
import { jsonAnswer, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'

const SORT_KEYS = new Map<string, StatisticsKey>([
  ['total_count', 'totalCount'],
  ['map_count', 'mapCount'],
  ['gcp_count', 'gcpCount'],
  ['gcp_update_count', 'gcpUpdateCount'],
  ['gcp_create_count', 'gcpCreateCount'],
  ['gcp_destroy_count', 'gcpDestroyCount'],
  ['user_id', 'userId'],
  ['username', 'username'],
])

const listQuery = z.object({
  sort_key: z
    .enum([...SORT_KEYS.keys()] as [string, ...string[]])
    .optional()
    .openapi({ description: 'total_count unless given' }),
  sort_order: z.enum(['asc', 'desc']).optional(),
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
})

export function mountStats(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/stats'],
      tags: ['Activity'],
      summary: 'How often each user changed maps and control points, for administrators',
      request: { query: listQuery },
      responses: {
        200: jsonAnswer('A page of users', statisticsList),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = requireUser(c)
      requireStatisticsReader(user)
      const listing = listingOf(queryOf(c))
      const { records, total } = await readStatistics(c.var.context, user, listing)
      return json(c, { data: records.map(entryOf), meta: pageMeta(listing, total) })
    },
  )
}

const listingOf = (query: URLSearchParams): StatisticsListing => ({
  ...pagingOf(query),
  sortKey: SORT_KEYS.get(query.get('sort_key') ?? '') ?? 'totalCount',
  ascending: query.get('sort_order') === 'asc',
})

const entryOf = (user: UserStatistics): UserStatisticsEntry => ({
  user_id: user.userId,
  username: user.username,
  total_count: user.totalCount,
  gcp_count: user.gcpCount,
  map_count: user.mapCount,
  gcp_update_count: user.gcpUpdateCount,
  gcp_create_count: user.gcpCreateCount,
  gcp_destroy_count: user.gcpDestroyCount,
  id: null,
})
