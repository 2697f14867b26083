import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import WebSocket from 'ws'
import { type RunningDatabase, startDatabase } from '../../dev/database-process.ts'
import { temporaryDirectory } from '../support/server.ts'
import { anonymous, type GisCloudUser, newGisCloudUser } from './giscloud-client.ts'

/** GEOS throws on the bow tie; PGlite alone answers with no row and no error. */
const BOW_TIE = 'POLYGON((0 0,2 2,2 0,0 2,0 0))'
const OTHER = 'POLYGON((0 0,0 1,1 0,1 2,0 0))'

let dataDir: string
let database: RunningDatabase
let databaseUrl: string
let neonLocal: string
let sql: NeonQueryFunction<false, false>

beforeAll(async () => {
  dataDir = await temporaryDirectory()
  database = startDatabase(dataDir, undefined)
  databaseUrl = await database.ready
  const address = await database.address
  neonLocal = address.neonLocal ?? ''
  const endpoint = `http://${neonLocal}/sql`
  neonConfig.fetchEndpoint = () => endpoint
  sql = neon(address.databaseUrl)
  await sql`create table counter (id int primary key, n int not null)`
  await sql`insert into counter values (1, 0)`
}, 120_000)

afterAll(async () => {
  await database.process?.stop(5_000)
  await rm(dataDir, { recursive: true, force: true })
})

async function withClient<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

const counter = async () => (await sql`select n from counter`)[0]?.n

describe('the Neon-compatible endpoint', () => {
  it('binds parameters, returns types, and has the extensions', async () => {
    const [row] =
      await sql`select ${5}::int + 1 as six, unaccent('Łódź') as plain, similarity('gis', 'gis') as same,
      ST_AsText(ST_Transform(ST_SetSRID(ST_MakePoint(${7.5}, 0), 4326), 3857), 3) as point`
    expect(row).toEqual({ six: 6, plain: 'Lodz', same: 1, point: 'POINT(834896.181 0)' })
  })

  it('passes on the fields of an error', async () => {
    await expect(sql`insert into counter values (1, 5)`).rejects.toMatchObject({
      code: '23505',
      constraint: 'counter_pkey',
      table: 'counter',
      severity: 'ERROR',
    })
  })

  it('runs a batch in one transaction, of the mode that was asked for', async () => {
    await sql`update counter set n = 10`
    const results = await sql.transaction([sql`update counter set n = n + 1`, sql`select n from counter`])
    expect(results[1]).toEqual([{ n: 11 }])
    await expect(
      sql.transaction([sql`update counter set n = 99`, sql`insert into counter values (1, 1)`]),
    ).rejects.toMatchObject({ code: '23505' })
    await expect(sql.transaction([sql`update counter set n = 99`], { readOnly: true })).rejects.toMatchObject(
      { code: '25006' },
    )
    const level = sql`show transaction_isolation`
    expect((await sql.transaction([level], { isolationLevel: 'Serializable' }))[0]).toEqual([
      { transaction_isolation: 'serializable' },
    ])
    expect(await counter()).toBe(11)
  })

  it('does not answer a web page', async () => {
    const plain = await fetch(`http://${neonLocal}/sql`, { method: 'POST', body: '{"query":"select 1"}' })
    expect(plain.status).toBe(400)
    expect(await plain.json()).toEqual({ message: 'The Neon-Connection-String header is missing' })
    const socket = new WebSocket(`ws://${neonLocal}/ws`, { origin: 'https://example.org' })
    const [error] = await once(socket, 'error')
    expect(String(error)).toContain('401')
  })
})

describe('the embedded database', () => {
  it('tells of an exception that GEOS threw, in both protocols, and goes on', async () => {
    const swallowed = { code: 'XX000', message: expect.stringContaining('GEOS or PROJ exception') }
    await expect(sql`select ST_Union(${BOW_TIE}::geometry, ${OTHER}::geometry)`).rejects.toMatchObject(
      swallowed,
    )
    await withClient(async (client) => {
      const text = `select ST_Union('${BOW_TIE}'::geometry, '${OTHER}'::geometry)`
      await expect(client.query(text)).rejects.toMatchObject(swallowed)
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    })
  })

  it('keeps the transactions of many clients apart', async () => {
    await sql`update counter set n = 0`
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        withClient(async (client) => {
          await client.query('begin')
          const { rows } = await client.query('select n from counter where id = $1', [1])
          await client.query('update counter set n = $1', [rows[0].n + 1])
          await client.query(index % 2 === 0 ? 'commit' : 'rollback')
        }),
      ),
    )
    expect(await counter()).toBe(10)
  })

  it('rolls back a client that goes away in a transaction', async () => {
    await sql`update counter set n = 3`
    const gone = new pg.Client({ connectionString: databaseUrl })
    gone.on('error', () => {})
    await gone.connect()
    await gone.query('begin')
    await gone.query('update counter set n = 999')
    gone.connection.stream.destroy()
    expect(await counter()).toBe(3)
  })

  it('hangs up on what is no Postgres client', async () => {
    const socket = connect(Number(new URL(databaseUrl).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(socket, 'close')
    expect(await counter()).toBe(3)
  })
})

describe('a database that the platform is connected to', () => {
  let owner: GisCloudUser
  let stranger: GisCloudUser
  let forwarder: Server
  const [host, port] = inject('fetchAllowed').split(':') as [string, string]
  const url = `postgres://me:a%20secret@${host}:${port}/postgres?sslmode=disable`

  beforeAll(async () => {
    ;[owner, stranger] = await Promise.all([newGisCloudUser(), newGisCloudUser()])
    await withClient((client) =>
      client.query(`create schema "other one"; create table "other one"."Odd ""name" ("a b" int);
        create table public.roads (ogc_fid serial primary key, name text not null, len numeric, ok boolean,
          wkb_geometry geometry(LineString,4326));
        insert into public.roads (name, len, ok, wkb_geometry)
          select 'road ' || i, i * 1.5, i % 2 = 0, ST_SetSRID(ST_MakeLine(ST_MakePoint(0, 0), ST_MakePoint(i, 1)), 4326)
          from generate_series(1, 25) i;
        create view public.long_roads as select name from public.roads where len > 30`),
    )
    const { hostname, port: ownPort } = new URL(databaseUrl)
    forwarder = createServer((socket) => {
      const upstream = connect(Number(ownPort), hostname)
      socket.on('error', () => upstream.destroy())
      upstream.on('error', () => socket.destroy())
      socket.pipe(upstream).pipe(socket)
    })
    for (let attempt = 0; !(await listens(forwarder)); attempt++) {
      expect(attempt, `${host}:${port} stays in use`).toBeLessThan(100)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })

  /** Other tests take turns at this address. */
  const listens = (server: Server): Promise<boolean> =>
    new Promise((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(Number(port), host, () => resolve(true))
    })

  afterAll(() => void forwarder?.close())

  it('POST, GET and DELETE /1/connections keep an address that is never told again', async () => {
    const made = await owner.post('/1/connections.json', { name: 'Elsewhere', type: 'postgres', url })
    expect([made.status, made.body]).toEqual([201, { id: expect.any(String), postgis: expect.any(String) }])
    const path = `/1/connections/${made.body.id}`
    expect(made.headers.get('location')).toBe(path)
    const told = {
      id: made.body.id,
      name: 'Elsewhere',
      type: 'postgres',
      is_writable: 'f',
      created: expect.any(String),
    }
    const [list, one] = await Promise.all([owner.get('/1/connections.json'), owner.get(`${path}.json`)])
    expect(list.body.data).toContainEqual(told)
    expect(one.body).toEqual(told)
    expect(`${list.text}${one.text}${made.text}`).not.toMatch(/secret|fetch|127\.0/)
    const others = await Promise.all([
      stranger.get(path),
      stranger.delete(path),
      stranger.get(`/1/tables.json?connection_id=${made.body.id}`),
      anonymous.get('/1/connections.json'),
      anonymous.get(`/1/tables.json?connection_id=${made.body.id}`),
    ])
    expect(others.map(({ status }) => status)).toEqual([404, 404, 404, 401, 401])
    expect((await owner.delete(path)).status).toBe(204)
    expect((await owner.get(path)).status).toBe(404)
  })

  it('POST /1/connections says why a database is not taken, without its password', async () => {
    const post = (address: string, members = {}) =>
      owner.post('/1/connections.json', { name: 'x', url: address, ...members })
    const refused = await Promise.all([
      post(url.replace('?sslmode=disable', '')),
      post('postgres://me:a%20secret@10.0.0.1/db'),
      post(`postgres://me:a%20secret@127.0.0.1:1/db`),
      post('mysql://me:a%20secret@db.example.org/db'),
      post(url, { type: 'oracle' }),
      post(url, { name: '' }),
      owner.post('/1/connections.json', {}),
    ])
    expect(refused.map(({ status }) => status)).toEqual(Array(7).fill(400))
    expect(refused[0]!.body.msg).toContain('does not encrypt')
    expect(refused[1]!.body.msg).toContain('not a public host')
    for (const { text } of refused) expect(text).not.toContain('secret')
    expect((await anonymous.post('/1/connections.json', { name: 'x', url })).status).toBe(401)
  })

  it('GET /1/tables and GET /1/tables/{name}/rows with connection_id read another database, and nothing writes there', async () => {
    const { id } = (await owner.post('/1/connections.json', { name: 'Elsewhere', url })).body
    const get = async (path: string) => (await owner.get(`${path}connection_id=${id}`)).body
    const [roads, tables, spatial, rows, odd, missing] = await Promise.all([
      get('/1/tables/roads.json?expand=count&'),
      get('/1/tables.json?query=road&'),
      get('/1/tables.json?only_spatial=1&query=road&'),
      get('/1/tables/roads/rows.json?perpage=2&page=2&order_by=len:desc&'),
      get(`/1/tables/${encodeURIComponent('other one.Odd "name')}/rows.json?`),
      get('/1/tables/nothing.json?'),
    ])
    expect(roads).toEqual({
      ...{ name: 'roads', num_rows: 25, is_view: false, geometry: 'LINESTRING', srid: 4326 },
      columns: {
        name: { type: 'text', not_null: true },
        len: { type: 'number', not_null: false },
        ok: { type: 'boolean', not_null: false },
      },
      ...{ primary_key: 'ogc_fid', schema: 'public' },
    })
    expect(tables.data.map(({ name, is_view }: Record<string, unknown>) => [name, is_view])).toEqual([
      ['long_roads', true],
      ['roads', false],
    ])
    expect(spatial).toMatchObject({ total: 1, data: [{ name: 'roads' }] })
    expect(rows).toMatchObject({ type: 'rows', total: 25, page: 2 })
    expect(rows.data[0]).toEqual({
      ...{ ogc_fid: '23', name: 'road 23', len: '34.5', ok: 'f' },
      wkb_geometry: expect.stringMatching(/^0102000020E6100000/),
    })
    expect(odd).toEqual({ type: 'rows', total: 0, page: 1, data: [] })
    expect(missing).toEqual({ code: 'RESOURCE_NOT_FOUND', msg: expect.any(String) })
    const wkt = await get('/1/tables/roads/rows.json?geometry=wkt&fields=ogc_fid,wkb_geometry&perpage=1&')
    expect(wkt.data).toEqual([{ ogc_fid: '1', wkb_geometry: 'LINESTRING(0 0,1 1)' }])
    const writes = await Promise.all([
      owner.post(`/1/tables.json?connection_id=${id}`, { name: 'x' }),
      owner.delete(`/1/tables/roads?connection_id=${id}`),
      owner.post(`/1/tables/roads/rows.json?connection_id=${id}`, { data: { name: 'x' } }),
      owner.put(`/1/tables/roads/rows/1.json?connection_id=${id}`, { data: { name: 'x' } }),
      owner.delete(`/1/tables/roads/rows/1?connection_id=${id}`),
      owner.delete(`/1/tables/roads/rows?connection_id=${id}`),
    ])
    expect(writes.map(({ status }) => status)).toEqual(Array(6).fill(403))
    expect(writes[0]!.body.msg).toContain('read-only')
    expect((await owner.get('/1/tables.json?connection_id=x')).status).toBe(400)
  })
})
