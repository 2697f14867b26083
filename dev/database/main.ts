// The database's own process, for PGlite blocks its thread while a statement runs:
// `node main.ts DIRECTORY` serves an embedded database, without a directory the server that DATABASE_URL names.
// Lines of JSON on standard output tell what is there: {"neonLocal"} at once, {"databaseUrl"} after the migrations.
import { dirname } from 'node:path'
import { lockFile } from '../lock-file.ts'
import { migrateDatabase } from '../migrate.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { startNeonServer } from './neon-server.ts'
import { startWireServer } from './wire-server.ts'

const LOCK_WAIT_MS = 10_000

async function startEmbedded(directory: string): Promise<string> {
  // A predecessor that lost its parent may still be ending.
  process.on('exit', await lockFile(`${directory}.lock`, dirname(directory), LOCK_WAIT_MS))
  const postgres = await openEmbeddedPostgres(directory)
  const wire = await startWireServer(postgres)
  process.once('SIGTERM', async () => {
    await wire.close()
    await postgres.close()
    process.exit(0)
  })
  return `postgresql://postgres:postgres@127.0.0.1:${wire.port}/postgres`
}

async function openDatabase(): Promise<string> {
  const directory = process.argv[2]
  const databaseUrl = directory ? await startEmbedded(directory) : (process.env.DATABASE_URL ?? '')
  await migrateDatabase(databaseUrl)
  return databaseUrl
}

try {
  const database = openDatabase()
  const port = await startNeonServer(database)
  console.log(JSON.stringify({ neonLocal: `127.0.0.1:${port}` }))
  console.log(JSON.stringify({ databaseUrl: await database }))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
