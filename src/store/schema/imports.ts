import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'
import { scans } from './scans.ts'

/** One picture of an import: an object of its own, or an entry of a zip archive. */
export interface ImportPicture {
  /** Name without folders, as the table of the import refers to it. */
  name: string
  objectKey: string
  /** Path inside the zip archive `objectKey` is; absent for an object of its own. */
  entry?: string
  byteSize: number
}

/** A table of maps to be made, with their pictures. */
export const imports = pgTable(
  'imports',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    name: text().notNull(),
    userId: integer('user_id').references(() => users.id, { onDelete: 'set null' }),
    status: text().notNull().default('ready'),
    /** Why the whole import failed; faults of single rows are in `import_rows`. */
    failure: text(),
    /** Key of the CSV in the bucket. */
    metadataKey: text('metadata_key').notNull(),
    pictures: jsonb().$type<ImportPicture[]>().notNull().default([]),
    layerIds: integer('layer_ids').array().notNull().default(sql`'{}'`),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (t) => [check('imports_status_known', sql`${t.status} in ('ready','running','finished','failed')`)],
)

/** What became of each row of an import's table. */
export const importRows = pgTable(
  'import_rows',
  {
    importId: integer('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** Line of the file the row begins in, from 1; the header is line 1. */
    line: integer().notNull(),
    /** The map the row made or found. */
    scanId: integer('scan_id').references(() => scans.id, { onDelete: 'set null' }),
    outcome: text().notNull(),
    /** What is wrong with the row, for a person. */
    detail: text(),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.line] }),
    index('import_rows_scan_idx').on(t.scanId),
    check('import_rows_outcome_known', sql`${t.outcome} in ('created','found','skipped','failed')`),
  ],
)
