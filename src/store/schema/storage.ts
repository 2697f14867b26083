import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'

/** Files that users keep under paths of their own. */
export const storedFiles = pgTable(
  'stored_files',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    ownerId: integer('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `folder/name`, without a slash before or after. A folder is there as long as something is in it. */
    path: text().notNull(),
    objectKey: text('object_key').notNull(),
    byteSize: bigint('byte_size', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    modifiedAt: moment('modified_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('stored_files_path_key').on(t.ownerId, t.path),
    index('stored_files_prefix_idx').on(t.ownerId, t.path.op('text_pattern_ops')),
  ],
)

/** Databases elsewhere whose tables may be read. */
export const connections = pgTable(
  'connections',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    ownerId: integer('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    type: text().notNull().default('postgres'),
    /** The address with user and password, encrypted under a key derived from the deployment's. */
    sealedUrl: text('sealed_url').notNull(),
    isWritable: boolean('is_writable').notNull().default(false),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('connections_owner_idx').on(t.ownerId),
    check('connections_type_known', sql`${t.type} in ('postgres')`),
  ],
)
