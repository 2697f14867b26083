import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** Keeps the planner from compiling what follows in the transaction: it takes spatial functions to be dear. */
export const withoutJit = (db: Database) => db.execute(sql`set local jit = off`)

/** Runs a statement that may look at many geometries. Compiling it takes seconds, and running it less. */
export async function executeSpatial<Row extends Record<string, unknown>>(db: Database, statement: SQL) {
  const [, result] = await db.batch([withoutJit(db), db.execute<Row>(statement)])
  return result
}
