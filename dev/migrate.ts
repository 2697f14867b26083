// `npm run migrate` brings the database named by DATABASE_URL up to date; npm start does it by itself.
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url))
const EXTENSIONS = ['postgis', 'pg_trgm', 'unaccent']
/** Any fixed number: two instances on one database migrate one after the other. */
const MIGRATION_LOCK = 1798

/** Creates the extensions and applies the migrations that are missing, all of them in one transaction or none. */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`)
    for (const name of EXTENSIONS) await client.query(`create extension if not exists ${name}`)
    await migrate(drizzle(client), { migrationsFolder })
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  const databaseUrl = process.env.DATABASE_URL
  if (!databaseUrl) {
    console.error('DATABASE_URL is not set')
    process.exit(1)
  }
  await migrateDatabase(databaseUrl)
  console.log('The database is up to date')
}
