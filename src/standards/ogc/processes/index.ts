import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../../../http/app-env.ts'
import { mountExecution } from './execution.ts'
import { mountJobs } from './jobs.ts'
import { mountProcesses } from './processes.ts'

/** OGC API - Processes, Part 1: the processes, their execution and their jobs. */
export function processEndpoints(app: OpenAPIHono<AppEnv>): void {
  mountProcesses(app)
  mountExecution(app)
  mountJobs(app)
}
