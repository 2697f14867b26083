import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { JobQuestion, JobStatus } from '../job-types.ts'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'

/** Work that runs on its own: imports, exports, processes. */
export const jobs = pgTable(
  'jobs',
  {
    id: uuid().primaryKey().defaultRandom(),
    process: text().notNull(),
    ownerId: integer('owner_id').references(() => users.id, { onDelete: 'cascade' }),
    status: text().$type<JobStatus>().notNull().default('accepted'),
    /** Per cent. */
    progress: integer().notNull().default(0),
    /** What goes on, or what went wrong, for a person. */
    message: text(),
    inputs: jsonb().$type<Record<string, unknown>>().notNull(),
    /** It asks and waits where it lacks an input; any other fails. */
    interactive: boolean().notNull().default(false),
    /** What a job that waits wants to know. */
    question: jsonb().$type<JobQuestion>(),
    outputs: jsonb().$type<Record<string, unknown>>(),
    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (t) => [
    index('jobs_owner_idx').on(t.ownerId, t.createdAt),
    check(
      'jobs_status_known',
      sql`${t.status} in ('accepted','running','waiting','successful','failed','dismissed')`,
    ),
  ],
)
