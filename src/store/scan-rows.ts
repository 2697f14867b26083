import { sql } from 'drizzle-orm'
import { resources, scans } from './schema.ts'

/**
 * Whether a row of `resources` is a scan. Not as a plain comparison, which would open the index by kind and time to
 * searches by area, and where the tables have not been analysed the planner would walk that beside the extents'.
 */
export const isOfScan = sql<boolean>`${resources.kind} || '' = 'scan'`

/** Joins `scans` to the resources that are scans: the images of raster datasets have rows in `scans`, too. */
export const isScan = sql<boolean>`${scans.id} = ${resources.id} and ${isOfScan}`
