import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import haas from '../../fixtures/haas-1798.jpg?inline'
import csv from '../../fixtures/haas-1798.gcps.csv?raw'
const t0 = Date.now()
it('gdal', async () => {
  const a = Date.now()
  console.log(haas.length, haas.slice(0,50), csv.length)
  const stub = env.SCAN.get(env.SCAN.idFromName('1'))
  console.log('ping', await stub.ping(), Date.now() - a)
  const b = Date.now()
  const i = env.INGEST.get(env.INGEST.idFromName('1'))
  await i.cancel()
  console.log('cancel', Date.now() - b)
  expect(1).toBe(1)
})
