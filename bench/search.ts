import { rm } from 'node:fs/promises'
import pg from 'pg'
import { type RunningDatabase, startDatabase } from '../dev/database-process.ts'
import type { Bbox } from '../src/geo/bbox.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { ANONYMOUS } from '../src/store/principal.ts'
import { type ScanSearch, searchScans } from '../src/store/scan-search.ts'
import { temporaryDirectory } from '../test/support/server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 200
const FEW = 10_000
const MANY = 1_000_000
/** Columns and rows of cells a searched bbox covers; each cell has one map. */
const SEARCHED_CELLS = 7
const OWNERS = 100
const GRACE_MS = 10_000

/** The world from 85 degrees south to 85 north, in as many cells as there are maps. */
const WORLD: Bbox = [-180, -85, 180, 85]

/**
 * A search by bbox, its default order, for whom nobody is signed in: the first page and the count of what is found, one
 * round trip. Medians of rounds in turn over 1,000,000 maps and over 10,000, each in a database of its own: embedded
 * ones, or new ones on the server that DATABASE_URL names. The maps lie evenly over the world, one a cell, and every
 * search finds 49 of them at another place. The ratio says how much of the speed over few is left over many.
 */
export async function benchSearch(): Promise<BenchRow[]> {
  const few = await seededDatabase(FEW)
  const many = await seededDatabase(MANY).catch(async (error) => {
    await few.drop()
    throw error
  })
  try {
    const times = { few: [] as number[], many: [] as number[] }
    for (let round = -ROUNDS / 10; round < roundsOr(ROUNDS); round++) {
      const fewMs = await searchMs(few, round)
      const manyMs = await searchMs(many, round)
      if (round < 0) continue
      times.few.push(fewMs)
      times.many.push(manyMs)
    }
    const [value, peer] = [median(times.many), median(times.few)]
    return [
      {
        name: `search by bbox, ${MANY.toLocaleString('en')} maps`,
        value,
        peer,
        unit: 'ms',
        ratio: peer / value,
        peerName: `the same search over ${FEW.toLocaleString('en')} maps`,
      },
    ]
  } finally {
    await few.drop()
    await many.drop()
  }
}

interface SeededDatabase {
  /** Cells in a row, and rows of cells. */
  side: number
  /** A handle; it is valid until another database is opened, for the driver knows one endpoint at a time. */
  open(): Database
  drop(): Promise<void>
}

async function searchMs(database: SeededDatabase, round: number): Promise<number> {
  const db = database.open()
  const search = {
    ...SEARCH,
    area: { bbox: searched(database.side, round), operation: 'intersect' } as const,
  }
  const start = performance.now()
  const found = await searchScans(db, ANONYMOUS, search)
  const ms = performance.now() - start
  if (found?.total !== SEARCHED_CELLS ** 2) throw new Error(`the search found ${found?.total} maps`)
  return ms
}

const SEARCH: Omit<ScanSearch, 'area'> = {
  page: 1,
  perPage: 50,
  sortKey: null,
  ascending: false,
  warpedOnly: false,
  text: null,
  mosaicId: null,
}

/** Another bbox every round, of whole cells. */
function searched(side: number, round: number): Bbox {
  const [west, south, east, north] = WORLD
  const [width, height] = [(east - west) / side, (north - south) / side]
  const free = side - SEARCHED_CELLS
  const column = Math.abs(round * 37) % free
  const row = Math.abs(round * 61) % free
  return [
    west + column * width,
    south + row * height,
    west + (column + SEARCHED_CELLS) * width,
    south + (row + SEARCHED_CELLS) * height,
  ]
}

async function seededDatabase(maps: number): Promise<SeededDatabase> {
  const dataDir = await temporaryDirectory()
  const made = process.env.DATABASE_URL ? await newDatabase(process.env.DATABASE_URL, maps) : null
  const running = startDatabase(dataDir, made?.url)
  const drop = async () => {
    await running.process?.stop(GRACE_MS)
    await rm(dataDir, { recursive: true, force: true })
    await made?.drop()
  }
  try {
    const side = Math.sqrt(maps)
    await seed(await running.ready, maps, side)
    const address = await running.address
    return { side, drop, open: () => openDatabase(environmentOf(address)) }
  } catch (error) {
    await drop()
    throw error
  }
}

const environmentOf = ({ databaseUrl, neonLocal }: Awaited<RunningDatabase['address']>) => ({
  DATABASE_URL: databaseUrl,
  ...(neonLocal ? { NEON_LOCAL: neonLocal } : {}),
})

async function newDatabase(server: string, maps: number): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `graticule_bench_${process.pid}_${maps}`
  await query(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => query(server, `drop database ${name} with (force)`) }
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

/** Maps of many owners that everyone may see, in no order of place; each fills most of its cell. */
async function seed(url: string, maps: number, side: number): Promise<void> {
  const start = performance.now()
  const [west, south, east, north] = WORLD
  const [width, height] = [(east - west) / side, (north - south) / side]
  await query(
    url,
    `insert into users (login, email) select 'u' || i, 'u' || i || '@example.org' from generate_series(1, ${OWNERS}) i`,
    `insert into resources (id, kind, owner_id, title, extent, modified_at) overriding system value
      select i, 'scan', 1 + i % ${OWNERS}, 'Map ' || i,
        ST_MakeEnvelope(
          ${west} + (cell % ${side} + 0.05) * ${width}, ${south} + (cell / ${side} + 0.05) * ${height},
          ${west} + (cell % ${side} + 0.9 + i % 10 * 0.005) * ${width},
          ${south} + (cell / ${side} + 0.95) * ${height}, 4326),
        timestamptz '2026-01-01' + i * interval '1 second'
      from (select i, i::bigint * 7368787 % ${maps} as cell from generate_series(1, ${maps}) i) placed`,
    `insert into scans (id, status) select i, 'warped' from generate_series(1, ${maps}) i`,
    `insert into grants (resource_id, principal_type, verb) select i, 'everyone', 'view' from generate_series(1, ${maps}) i`,
    'analyze',
  )
  console.log(`${maps.toLocaleString('en')} maps: ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchSearch()))
}
