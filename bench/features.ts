import pg from 'pg'
import { startNativePostgres } from '../dev/native-postgres.ts'
import { type FeaturePeer, startFeaturePeer } from './feature-peer.ts'
import { openLoadGenerator } from './load-generator.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 7
const PAGES_A_ROUND = 30
const BBOX_ROUNDS = 60
const PAGE_FEATURES = 1000
const FEW = 10_000
const MANY = 1_000_000
/** A bbox covers this many rows of features, and as many columns. */
const CELLS = 20

/**
 * Pages of features as GeoJSON through the whole local stack on this machine's own Postgres.
 *
 * - Pages of 1,000 features, one after the other, in requests a second; the peer is a Node process that sends the rows of
 *   one like statement, read by `pg`, through its own HTTP server. The same through a layer of a map, as items of the GIS
 *   Cloud API with their boxes besides.
 * - A bbox with 400 features in it, the page with all of them and their number: medians of rounds in turn over a dataset
 *   of 1,000,000 features and over one of 10,000, each feature in a cell of its own.
 */
export async function benchFeatures(): Promise<BenchRow[]> {
  const postgres = await startNativePostgres()
  if (!postgres) {
    console.log('features: no Postgres with PostGIS is installed here')
    return []
  }
  const server = await startLocalServer(postgres.url)
  let peer: FeaturePeer | null = null
  try {
    const few = await filledCollection(server, postgres.url, FEW)
    const many = await filledCollection(server, postgres.url, MANY)
    peer = await startFeaturePeer(postgres.url, few, PAGE_FEATURES)
    const collection = `/ogc/collections/${few}/items?f=json&limit=${PAGE_FEATURES}`
    const layer = await publicLayer(server, `grid-${FEW}`)
    const items = `/1/layers/${layer}/features.json?perpage=${PAGE_FEATURES}&geometry=geojson&epsg=4326`
    return [
      await pages(server, 'page of 1,000 features, GeoJSON', collection, peer),
      await pages(server, 'page of 1,000 features through a layer', items, peer),
      await bboxes(server, few, many),
    ]
  } finally {
    await peer?.stop()
    await server.stop()
    await postgres.stop()
  }
}

async function pages({ url }: LocalServer, name: string, path: string, peer: FeaturePeer): Promise<BenchRow> {
  const load = openLoadGenerator(1)
  const own = Array(PAGES_A_ROUND).fill(url + path)
  const others = Array(PAGES_A_ROUND).fill(peer.url)
  const rates = { own: [] as number[], peer: [] as number[] }
  for (let round = -1; round < roundsOr(ROUNDS); round++) {
    const ownRate = await load.rate(own)
    const peerRate = await load.rate(others)
    if (round < 0) continue
    rates.own.push(ownRate)
    rates.peer.push(peerRate)
  }
  load.close()
  const [value, peerValue] = [median(rates.own), median(rates.peer)]
  return {
    name,
    value,
    peer: peerValue,
    unit: 'requests/s',
    ratio: value / peerValue,
    peerName: 'pg and node:http in one process',
  }
}

async function bboxes({ url }: LocalServer, few: number, many: number): Promise<BenchRow> {
  const times = { few: [] as number[], many: [] as number[] }
  for (let round = -BBOX_ROUNDS / 10; round < roundsOr(BBOX_ROUNDS); round++) {
    const fewMs = await bboxMs(url, few, FEW, round)
    const manyMs = await bboxMs(url, many, MANY, round)
    if (round < 0) continue
    times.few.push(fewMs)
    times.many.push(manyMs)
  }
  const [value, peer] = [median(times.many), median(times.few)]
  return {
    name: `bbox page, ${MANY.toLocaleString('en')} features`,
    value,
    peer,
    unit: 'ms',
    ratio: peer / value,
    peerName: `the same over ${FEW.toLocaleString('en')} features`,
  }
}

/** Features lie at the centres of the cells of a square of 100 by 100 degrees. */
const SIDE_DEGREES = 100

async function bboxMs(url: string, id: number, features: number, round: number): Promise<number> {
  const side = Math.sqrt(features)
  const cell = SIDE_DEGREES / side
  const column = Math.abs(round * 37) % (side - CELLS)
  const row = Math.abs(round * 61) % (side - CELLS)
  const [west, south] = [column * cell, row * cell - SIDE_DEGREES / 2]
  const bbox = [west, south, west + CELLS * cell, south + CELLS * cell].join(',')
  const start = performance.now()
  const response = await fetch(`${url}/ogc/collections/${id}/items?f=json&limit=1000&bbox=${bbox}`)
  const text = await response.text()
  const ms = performance.now() - start
  const { numberMatched, numberReturned } = JSON.parse(text)
  if (numberMatched !== CELLS ** 2 || numberReturned !== numberMatched)
    throw new Error(`the bbox ${bbox} found ${numberReturned} of ${numberMatched}: ${text.slice(0, 200)}`)
  return ms
}

/** A public collection whose rows are made in the database, in no order of place. @returns its number */
async function filledCollection(server: LocalServer, databaseUrl: string, features: number): Promise<number> {
  const name = `grid-${features}`
  await post(server, '/ogc/collections', {
    ...{ name, title: name, geometryType: 'Point' },
    properties: { name: { type: 'string' }, height: { type: 'number' }, built: { type: 'integer' } },
  })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query('select id from datasets where name = $1', [name])
    const id: number = rows[0].id
    const side = Math.sqrt(features)
    const cell = SIDE_DEGREES / side
    await client.query(`insert into data.d_${id} (geom, name, height, built)
      select ST_SetSRID(ST_MakePoint((cell % ${side} + 0.5) * ${cell},
          (cell / ${side} + 0.5) * ${cell} - ${SIDE_DEGREES / 2}), 4326),
        'feature ' || i, i * 0.37, 1800 + i % 200
      from (select i, i::bigint * 7368787 % ${features} as cell from generate_series(1, ${features}) i) placed`)
    await client.query('update datasets set feature_count = $1 where id = $2', [features, id])
    await client.query(`vacuum analyze data.d_${id}`)
    return id
  } finally {
    await client.end()
  }
}

/** A layer of a map of its own that everyone may see. @returns its number */
async function publicLayer(server: LocalServer, table: string): Promise<number> {
  const mid = Number((await post(server, '/1/maps.json', { name: table })).split('/').at(-1))
  const source = { type: 'pg', src: table }
  const layer = await post(server, '/1/layers.json', { mid, name: table, type: 'point', source })
  const grant = { username: 'anonymous', permission: 'READ' }
  await post(server, `/1/resources/${mid}/permissions.json`, grant)
  return Number(layer.split('/').at(-1))
}

/** Sends something as the administrator. @returns the address of what is made */
async function post({ url, administrator }: LocalServer, path: string, body: object): Promise<string> {
  const { email, password } = administrator
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${email}:${password}`)}` },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.headers.get('location') ?? ''
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchFeatures()))
}
