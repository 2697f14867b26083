import { rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { type SQL, sql } from 'drizzle-orm'
import { startDatabase } from '../dev/database-process.ts'
import { startNativePostgres } from '../dev/native-postgres.ts'
import { tileColumns, tileLayer } from '../src/domain/datasets/tile-drawing.ts'
import { encodeMvt } from '../src/formats/mvt.ts'
import { type TilePlace, WEB_MERCATOR_QUAD } from '../src/geo/tile-matrix-set.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { type DatasetRecord, findDataset, insertDataset } from '../src/store/datasets.ts'
import { findUnfinishedDataset, publishImported } from '../src/store/feature-import.ts'
import { featureTable } from '../src/store/feature-table.ts'
import { readTileRows, type TileRow } from '../src/store/feature-tiles.ts'
import type { SystemPrincipal } from '../src/store/principal.ts'
import { temporaryDirectory } from '../test/support/server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 60
/** The rounds before 0 are not counted. */
const FIRST_ROUND = -5
const WARM_DRAWS = 100
const GRACE_MS = 10_000
/** CPU of a Worker that drawing a tile of 400 polygons may take. */
export const ENCODE_MAX_MS = 5

const system: SystemPrincipal = { kind: 'system', reason: 'bench' }

/** Polygons of 25 vertices in a square of so many by so many, at the equator, a tile of zoom 10 having 20 by 20. */
const SIDE = 300
const ZOOM = 10
const IN_TILE = 20

/**
 * A tile of 400 polygons that nobody has drawn before: what the database does for it, against `ST_AsMVT` of the same tile on
 * the same server over the same Neon-compatible endpoint, and what the Worker then does, against its budget. Medians of
 * rounds in turn, each of another tile; of the Worker's part its processor time, as others use this machine as well.
 */
export async function benchVectorTiles(): Promise<BenchRow[]> {
  const native = await startNativePostgres()
  if (!native) {
    console.log('vector-tiles: there is no Postgres with PostGIS on this machine to measure against')
    return []
  }
  const dataDir = await temporaryDirectory()
  const running = startDatabase(dataDir, native.url)
  try {
    const [{ databaseUrl, neonLocal }] = await Promise.all([running.address, running.ready])
    const db = openDatabase({ DATABASE_URL: databaseUrl, ...(neonLocal ? { NEON_LOCAL: neonLocal } : {}) })
    return await measure(db, await filled(db))
  } finally {
    await running.process?.stop(GRACE_MS)
    await rm(dataDir, { recursive: true, force: true })
    await native.stop()
  }
}

async function measure(db: Database, dataset: DatasetRecord): Promise<BenchRow[]> {
  const times = { rows: [] as number[], native: [] as number[], draw: [] as number[] }
  const columns = tileColumns(dataset)
  const rounds = roundsOr(ROUNDS)
  for (let round = FIRST_ROUND; round < rounds; round++) {
    const place = placeOf(round - FIRST_ROUND)
    const query = { set: WEB_MERCATOR_QUAD, place, columns }
    const [read, rowsMs] = await timed(() =>
      readTileRows(db, system, dataset.id, dataset, query, { except: null }),
    )
    const [whole, nativeMs] = await timed(() => db.execute<{ tile: string }>(nativeTile(dataset, place)))
    // As often as it takes for the engine to compile what is called most; that is done once in an isolate.
    for (let warm = 0; round === FIRST_ROUND && warm < WARM_DRAWS; warm++) drawn(dataset, read!.rows!)
    const before = process.cpuUsage()
    const tile = drawn(dataset, read!.rows!)
    const cpu = process.cpuUsage(before)
    if (read!.rows!.length < IN_TILE ** 2 || tile.length === 0 || !whole.rows[0]?.tile)
      throw new Error(`tile ${JSON.stringify(place)} has ${read!.rows!.length} polygons`)
    if (round < 0) continue
    times.rows.push(rowsMs)
    times.native.push(nativeMs)
    times.draw.push((cpu.user + cpu.system) / 1000)
  }
  const [rows, peer, draw] = [median(times.rows), median(times.native), median(times.draw)]
  return [
    {
      ...{ name: 'rows of a tile of 400 polygons', value: rows, peer, unit: 'ms', ratio: peer / rows },
      peerName: 'ST_AsMVT of the same tile',
    },
    {
      ...{ name: 'tile of 400 polygons of its rows', value: draw, peer: ENCODE_MAX_MS, unit: 'ms CPU' },
      ...{ ratio: ENCODE_MAX_MS / draw, peerName: 'budget' },
    },
  ]
}

/** What drawing a tile takes of a processor; the streams that a Worker compresses with are dearer in Node than there. */
const drawn = (dataset: DatasetRecord, rows: readonly TileRow[]): Uint8Array =>
  gzipSync(encodeMvt(tileLayer(dataset.name, tileColumns(dataset), rows)))

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  const result = await work()
  return [result, performance.now() - start]
}

/** A tile well inside the square, another every round. */
function placeOf(round: number): TilePlace {
  const middle = 2 ** (ZOOM - 1)
  return { zoom: ZOOM, column: middle + 1 + (round % 11), row: middle - 2 - (Math.floor(round / 11) % 11) }
}

const nativeTile = ({ id, name }: DatasetRecord, { zoom, row, column }: TilePlace): SQL => sql`
  select encode(ST_AsMVT(t, ${name}::text, 4096, 'geom', 'fid'), 'base64') as tile from (
    select fid, name, number, share, class,
      ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(${zoom}, ${column}, ${row}), 4096, 64, true) as geom
    from ${featureTable(id)}
    where geom && ST_Transform(ST_TileEnvelope(${zoom}, ${column}, ${row}, margin => 0.015625), 4326)) t`

async function filled(db: Database): Promise<DatasetRecord> {
  const id = await insertDataset(db, system, {
    ...{ name: 'fields', title: 'Fields', geometryType: 'Polygon', dimensions: 'XY', srid: 4326 },
    columns: [
      { name: 'name', type: 'text' },
      { name: 'number', type: 'integer' },
      { name: 'share', type: 'double' },
      { name: 'class', type: 'text' },
    ],
    ...{ isPublic: true, isImporting: true },
  })
  const step = 360 / 2 ** ZOOM / IN_TILE
  await db.execute(sql`
    insert into ${featureTable(id)} (geom, name, number, share, class)
    select ST_Buffer(ST_SetSRID(ST_MakePoint((x + 0.5) * ${step}::float8, (y + 0.5) * ${step}::float8), 4326),
        ${step * 0.45}::float8, 6), 'Field ' || (x * ${SIDE}::int + y), x * y, (x * 7 + y) / 3.0, 'class ' || (x + y) % 9
    from generate_series(0, ${SIDE - 1}::int) x, generate_series(0, ${SIDE - 1}::int) y`)
  await publishImported(db, system, (await findUnfinishedDataset(db, system, id))!)
  return (await findDataset(db, system, id))!
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchVectorTiles()))
}
