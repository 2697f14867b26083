import { z } from '@hono/zod-openapi'
import { pageMeta } from './schemas.ts'

export const activityEntry = z
  .object({
    id: z.number().int(),
    auditable_id: z.number().int(),
    auditable_type: z.enum(['Map', 'Gcp', 'Layer']),
    user_id: z.number().int().nullable().openapi({ description: 'Null of what the platform did by itself' }),
    action: z.enum(['create', 'update', 'destroy']),
    version: z.number().int().openapi({ description: 'Counted from 1 for each map, point and layer' }),
    created_at: z.iso.datetime().openapi({ example: '2016-06-11T16:29:32.951Z' }),
  })
  .openapi('Activity')

export const userStatistics = z
  .object({
    id: z.null(),
    user_id: z.number().int(),
    username: z.string(),
    total_count: z.number().int().openapi({ description: 'Of maps and control points' }),
    map_count: z.number().int(),
    gcp_count: z.number().int(),
    gcp_update_count: z.number().int(),
    gcp_create_count: z.number().int(),
    gcp_destroy_count: z.number().int(),
  })
  .openapi('UserStatistics')

export type ActivityEntry = z.infer<typeof activityEntry>
export type UserStatisticsEntry = z.infer<typeof userStatistics>

export const activityList = z.object({ data: z.array(activityEntry), meta: pageMeta }).openapi('ActivityList')
export const statisticsList = z
  .object({ data: z.array(userStatistics), meta: pageMeta })
  .openapi('StatisticsList')
