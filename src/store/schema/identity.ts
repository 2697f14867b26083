import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'
import { resources } from './resources.ts'

/** What an account says of itself beside its credentials; made with the account, or when it is first asked for. */
export const userProfiles = pgTable('user_profiles', {
  userId: integer('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  /** The account as something to be shared; its owner is who made it. */
  resourceId: integer('resource_id')
    .notNull()
    .unique()
    .references(() => resources.id),
  firstName: text('first_name'),
  lastName: text('last_name'),
  phone: text(),
  mobile: text(),
  web: text(),
  company: text(),
  language: text(),
  /** SHA-256 of the secret in the link that sets the first password; null when there is none to be set. */
  invitationHash: text('invitation_hash').unique(),
  invitedUntil: moment('invited_until'),
  /** Bytes that may be kept in the account's storage; the platform's bound unless given. */
  storageLimitBytes: bigint('storage_limit_bytes', { mode: 'number' }),
  modifiedAt: moment('modified_at').notNull().defaultNow(),
})

/** Groups of users (roles). Who is in a group is in every group above it, too. The name is the resource's title. */
export const groups = pgTable(
  'groups',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    parentId: integer('parent_id').references((): AnyPgColumn => groups.id, { onDelete: 'set null' }),
    isAppRole: boolean('is_app_role').notNull().default(false),
  },
  (t) => [index('groups_parent_idx').on(t.parentId)],
)

export const groupMembers = pgTable(
  'group_members',
  {
    groupId: integer('group_id')
      .notNull()
      .references(() => groups.id, { onDelete: 'cascade' }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    isManager: boolean('is_manager').notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.groupId, t.userId] }), index('group_members_user_idx').on(t.userId)],
)

/** Keys that stand for their user. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 of the key, which is 128 random bits; the key itself is never stored. */
    keyHash: text('key_hash').notNull().unique(),
    /** The key's first six characters, to tell it by. */
    keyStart: text('key_start').notNull(),
    description: text(),
    scope: text(),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: moment('created_at').notNull().defaultNow(),
    accessedAt: moment('accessed_at'),
  },
  (t) => [index('api_keys_user_idx').on(t.userId)],
)
