import { sql } from 'drizzle-orm'
import { index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'

/** Applications that may ask users for access (RFC 6749). */
export const oauthClients = pgTable(
  'oauth_clients',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    clientId: text('client_id').notNull().unique(),
    /** The secret, encrypted under a key derived from the deployment's. */
    sealedSecret: text('sealed_secret').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    ownerId: integer('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    description: text(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [index('oauth_clients_owner_idx').on(t.ownerId)],
)

/** Applications that a user has given access to. */
export const approvedApps = pgTable(
  'approved_apps',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    clientId: integer('client_id')
      .notNull()
      .references(() => oauthClients.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('approved_apps_user_client_key').on(t.userId, t.clientId)],
)

/** Authorization codes that have not been redeemed, by their SHA-256. */
export const oauthCodes = pgTable(
  'oauth_codes',
  {
    codeHash: text('code_hash').primaryKey(),
    clientId: integer('client_id')
      .notNull()
      .references(() => oauthClients.id, { onDelete: 'cascade' }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    redirectUri: text('redirect_uri'),
    codeChallenge: text('code_challenge'),
    codeChallengeMethod: text('code_challenge_method'),
    scopes: text().array().notNull().default(sql`'{}'`),
    /** When it was redeemed: a second time voids the tokens it gave. */
    redeemedAt: moment('redeemed_at'),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('oauth_codes_expiry_idx').on(t.expiresAt)],
)

/** Access tokens with their refresh tokens, by their SHA-256. */
export const oauthTokens = pgTable(
  'oauth_tokens',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    accessHash: text('access_hash').notNull().unique(),
    refreshHash: text('refresh_hash').unique(),
    clientId: integer('client_id')
      .notNull()
      .references(() => oauthClients.id, { onDelete: 'cascade' }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    scopes: text().array().notNull().default(sql`'{}'`),
    /** All tokens that come of one code are voided together. */
    codeHash: text('code_hash'),
    accessExpiresAt: moment('access_expires_at').notNull(),
    refreshExpiresAt: moment('refresh_expires_at'),
    revokedAt: moment('revoked_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('oauth_tokens_user_idx').on(t.userId, t.clientId),
    index('oauth_tokens_code_idx').on(t.codeHash),
    index('oauth_tokens_expiry_idx').on(t.accessExpiresAt),
  ],
)
