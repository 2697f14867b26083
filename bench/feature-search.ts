import { rm } from 'node:fs/promises'
import pg from 'pg'
import { startDatabase } from '../dev/database-process.ts'
import { startNativePostgres } from '../dev/native-postgres.ts'
import type { Context } from '../src/domain/context.ts'
import { search } from '../src/domain/search/search.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { insertDataset } from '../src/store/datasets.ts'
import { insertLayer } from '../src/store/layers.ts'
import { insertMap } from '../src/store/maps.ts'
import type { UserPrincipal } from '../src/store/principal.ts'
import { buildSearchIndex, findUnindexedColumns, noteSearchIndexes } from '../src/store/search-indexes.ts'
import { temporaryDirectory } from '../test/support/server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 200
const FEW = 10_000
const MANY = 1_000_000
const GRACE_MS = 10_000
/** Characters of a digest that no two features have in common. */
const SEARCHED_CHARACTERS = 10

const searcher: UserPrincipal = { kind: 'user', id: 1, login: 'bench', roles: [] }
const system = { kind: 'system', reason: 'bench' } as const

/**
 * A search for a text within the names of a layer's features, nearest first, one round trip, on this machine's own Postgres.
 * Medians of rounds in turn over 1,000,000 features, which have their index, and over 10,000, which get none: every search
 * finds one other feature. The ratio says how much of the speed over few is left over many.
 */
export async function benchFeatureSearch(): Promise<BenchRow[]> {
  const postgres = await startNativePostgres()
  if (!postgres) {
    console.log('feature-search: no Postgres with PostGIS is installed here')
    return []
  }
  const dataDir = await temporaryDirectory()
  const running = startDatabase(dataDir, postgres.url)
  try {
    await running.ready
    const { databaseUrl, neonLocal } = await running.address
    const db = openDatabase({ DATABASE_URL: databaseUrl, ...(neonLocal ? { NEON_LOCAL: neonLocal } : {}) })
    await query(postgres.url, `insert into users (login, email) values ('bench', 'bench@example.org')`)
    const map = await insertMap(db, searcher, { name: 'bench' })
    const few = await filledLayer(db, postgres.url, map, FEW)
    const many = await filledLayer(db, postgres.url, map, MANY)
    const times = { few: [] as number[], many: [] as number[] }
    for (let round = -ROUNDS / 10; round < roundsOr(ROUNDS); round++) {
      const fewMs = await searchMs(db, few, FEW, round)
      const manyMs = await searchMs(db, many, MANY, round)
      if (round < 0) continue
      times.few.push(fewMs)
      times.many.push(manyMs)
    }
    const [value, peer] = [median(times.many), median(times.few)]
    return [
      {
        name: `search within texts, ${MANY.toLocaleString('en')} features`,
        value,
        peer,
        unit: 'ms',
        ratio: peer / value,
        peerName: `the same over ${FEW.toLocaleString('en')} features`,
      },
    ]
  } finally {
    await running.process?.stop(GRACE_MS)
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function searchMs(db: Database, layerId: number, features: number, round: number): Promise<number> {
  const searched = ((round + ROUNDS) * 7919) % features
  const { rows } = await db.execute<{ text: string }>(
    `select upper(substr(md5('${features} ' || ${searched + 1}), 12, ${SEARCHED_CHARACTERS})) as text`,
  )
  const start = performance.now()
  const { total } = await search({ db } as Context, searcher, {
    ...{ text: rows[0]!.text, near: [round % 180, 40], srid: 4326, isPlain: false, limit: 100, offset: 0 },
    layers: [{ layerId, columns: ['name'], sort: [] }],
  })
  const ms = performance.now() - start
  if (total !== 1) throw new Error(`the search found ${total} features`)
  return ms
}

/** A layer of features with digests for names, indexed where there are many. @returns its number */
async function filledLayer(
  db: Database,
  databaseUrl: string,
  map: number,
  features: number,
): Promise<number> {
  const name = `search-${features}`
  const dataset = await insertDataset(db, searcher, {
    ...{ name, title: name, geometryType: 'Point', dimensions: 'XY', srid: 4326, isPublic: false },
    columns: [{ name: 'name', type: 'text' }],
  })
  await query(
    databaseUrl,
    `insert into data.d_${dataset} (geom, name)
      select ST_SetSRID(ST_MakePoint(random() * 360 - 180, random() * 170 - 85), 4326), 'Feature ' || md5('${features} ' || i)
      from generate_series(1, ${features}) i`,
    `update datasets set feature_count = ${features} where id = ${dataset}`,
    `vacuum analyze data.d_${dataset}`,
  )
  if (features === MANY) {
    const columns = await findUnindexedColumns(db, system, dataset, ['name'])
    for (const column of columns) await buildSearchIndex(db, system, dataset, column)
    await noteSearchIndexes(db, system, dataset, columns)
  }
  const source = { type: 'dataset', id: dataset }
  const layer = await insertLayer(db, searcher, map, { name, type: 'point', source, dataId: dataset })
  return layer!
}

async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchFeatureSearch()))
}
