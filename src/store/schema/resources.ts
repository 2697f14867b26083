import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { geometry, moment } from './column-types.ts'

/** Everything that can be owned, found and shared, whatever its kind; each kind adds a table keyed by the same id. */
export const resources = pgTable(
  'resources',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    uuid: uuid().notNull().defaultRandom().unique(),
    slug: text().unique(),
    kind: text().notNull(),
    ownerId: integer('owner_id').references(() => users.id, { onDelete: 'set null' }),
    title: text().notNull(),
    abstract: text(),
    tags: text().array().notNull().default(sql`'{}'`),
    extent: geometry({ type: 'Polygon', srid: 4326 }),
    published: boolean().notNull().default(false),
    approved: boolean().notNull().default(false),
    featured: boolean().notNull().default(false),
    version: integer().notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    modifiedAt: moment('modified_at').notNull().defaultNow(),
  },
  (t) => [
    index('resources_extent_idx').using('gist', t.extent),
    index('resources_kind_modified_idx').on(t.kind, t.modifiedAt, t.id),
    index('resources_owner_idx').on(t.ownerId),
    uniqueIndex('resources_slug_any_case_key').on(sql`lower(${t.slug})`),
    index('resources_title_idx').using('gin', t.title.op('gin_trgm_ops')),
  ],
)

/** Numbers of acts of granting. */
export const grantShareIds = pgSequence('grants_share_id_seq')

export const grants = pgTable(
  'grants',
  {
    resourceId: integer('resource_id')
      .notNull()
      .references(() => resources.id, { onDelete: 'cascade' }),
    principalType: text('principal_type').notNull(),
    /** 0 where the type alone names the principal (everyone, anonymous); of a role its place in `ROLES`, from 1. */
    principalId: integer('principal_id').notNull().default(0),
    verb: text().notNull(),
    /** What was granted in one act has one number, by which it is told and taken back. */
    shareId: integer('share_id').notNull().default(sql`nextval('grants_share_id_seq')`),
    /** What whoever granted it calls it, where that is more than the verb says. */
    name: text(),
  },
  (t) => [
    primaryKey({ columns: [t.shareId, t.verb] }),
    index('grants_resource_idx').on(t.resourceId, t.verb, t.principalType, t.principalId),
    index('grants_principal_idx').on(t.principalType, t.principalId),
    check(
      'grants_principal_known',
      sql`${t.principalType} in ('user','group','role','organization','api_key','anonymous','everyone')`,
    ),
    check(
      'grants_verb_known',
      sql`${t.verb} in ('view','extract','insert','update','delete_rows','style','edit','publish','share','own')`,
    ),
  ],
)

/** What is kept with a resource under a name: settings of a client, of a form, of a user. */
export const resourceOptions = pgTable(
  'resource_options',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    resourceId: integer('resource_id')
      .notNull()
      .references(() => resources.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    value: text(),
    type: text(),
  },
  (t) => [index('resource_options_resource_idx').on(t.resourceId, t.name)],
)

/** Who did what to which map, control point or mosaic, and which version came of it. */
export const activity = pgTable(
  'activity',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    auditableType: text('auditable_type').notNull(),
    auditableId: integer('auditable_id').notNull(),
    userId: integer('user_id').references(() => users.id, { onDelete: 'set null' }),
    action: text().notNull(),
    version: integer().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('activity_auditable_idx').on(t.auditableType, t.auditableId, t.createdAt),
    index('activity_user_idx').on(t.userId, t.createdAt),
    index('activity_created_idx').on(t.createdAt),
  ],
)
