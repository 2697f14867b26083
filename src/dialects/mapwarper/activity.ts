import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readActivity } from '../../domain/activity.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import type { ActivityRecord, ActivityScope } from '../../store/activity-log.ts'
import { type ActivityEntry, activityList } from './activity-schemas.ts'
import { PER_PAGE_MAX, pageMeta, pagingOf } from './paging.ts'
import { pathId, queryOf } from './requests.ts'
import { jsonAnswer, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'

const id = z.object({ id: z.string() })
const pageQuery = z.object({
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
})

const LOGS = [
  {
    path: '/api/v1/activity',
    summary: 'What happened to maps, control points and layers, the newest first',
    scopeOf: (): ActivityScope => ({ of: 'everything' }),
  },
  {
    path: '/api/v1/activity/maps',
    summary: 'What happened to maps',
    scopeOf: (): ActivityScope => ({ of: 'scans' }),
  },
  {
    path: '/api/v1/activity/maps/{id}',
    summary: 'What happened to one map, which may have been deleted',
    scopeOf: (c: RequestContext<AppEnv>): ActivityScope => ({ of: 'scan', id: pathId(c, 'Map') }),
  },
  {
    path: '/api/v1/activity/users/{id}',
    summary: 'What one user did',
    scopeOf: (c: RequestContext<AppEnv>): ActivityScope => ({ of: 'user', id: pathId(c, 'User') }),
  },
]

export function mountActivity(app: OpenAPIHono<AppEnv>): void {
  for (const { path, summary, scopeOf } of LOGS)
    endpoint(
      app,
      {
        methods: ['get'],
        paths: [path],
        tags: ['Activity'],
        summary,
        request: { query: pageQuery, ...(path.includes('{id}') ? { params: id } : {}) },
        responses: {
          200: jsonAnswer('A page of activity', activityList),
          ...NOT_SIGNED_IN,
          ...NOT_FOUND,
          ...UNPROCESSABLE,
        },
      },
      async (c) => {
        const user = requireUser(c)
        const scope = scopeOf(c)
        const paging = pagingOf(queryOf(c))
        const { records, total } = await readActivity(c.var.context, user, scope, paging)
        return json(c, { data: records.map(entryOf), meta: pageMeta(paging, total) })
      },
    )
}

const entryOf = (record: ActivityRecord): ActivityEntry => ({
  id: record.id,
  auditable_id: record.auditableId,
  auditable_type: record.auditableType,
  user_id: record.userId,
  action: record.action,
  version: record.version,
  created_at: record.createdAt.toISOString(),
})
