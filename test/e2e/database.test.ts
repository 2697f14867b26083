import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type RunningDatabase, startDatabase } from '../../dev/database-process.ts'
import { temporaryDirectory } from '../support/server.ts'

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
