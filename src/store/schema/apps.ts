import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { EditorState } from '../app-types.ts'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'
import { resources } from './resources.ts'

/** Applications that run in a browser. Their id is the resource's slug; `published` follows the editor's state. */
export const apps = pgTable(
  'apps',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    editorState: text('editor_state').$type<EditorState>().notNull().default('DRAFT'),
    templateId: text('template_id'),
    modifiedBy: integer('modified_by').references(() => users.id, { onDelete: 'set null' }),
    /** Moves with every change of a file: what has been made of the files tells by it what it was made of. */
    contentVersion: integer('content_version').notNull().default(1),
    /** What is served is what has been made of the files; they are not to be changed meanwhile. */
    isPreoptimized: boolean('is_preoptimized').notNull().default(false),
  },
  (t) => [
    index('apps_modified_by_idx').on(t.modifiedBy),
    check(
      'apps_editor_state_known',
      sql`${t.editorState} in ('DRAFT','EDITED','VERIFIED','PUBLISHED','DEPRECATED')`,
    ),
  ],
)

/** The files of apps, as they were put there. */
export const appFiles = pgTable(
  'app_files',
  {
    appId: integer('app_id')
      .notNull()
      .references(() => apps.id, { onDelete: 'cascade' }),
    /** `folder/name`, without a slash before it. */
    path: text().notNull(),
    objectKey: text('object_key').notNull(),
    byteSize: bigint('byte_size', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    /** Lower-case hexadecimal. */
    sha256: text().notNull(),
    /** As zip archives have it. */
    crc32: bigint({ mode: 'number' }).notNull(),
    modifiedAt: moment('modified_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.appId, t.path] })],
)

/** What has been made of the files of a pre-optimized app; a file that is not here is served as it is. */
export const appOptimizedFiles = pgTable(
  'app_optimized_files',
  {
    appId: integer('app_id')
      .notNull()
      .references(() => apps.id, { onDelete: 'cascade' }),
    path: text().notNull(),
    objectKey: text('object_key').notNull(),
    byteSize: bigint('byte_size', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    sha256: text().notNull(),
    /** The same, compressed; null where that gains nothing. */
    gzipKey: text('gzip_key'),
    brotliKey: text('brotli_key'),
  },
  (t) => [primaryKey({ columns: [t.appId, t.path] })],
)
