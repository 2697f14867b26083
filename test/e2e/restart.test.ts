import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startServer, temporaryDirectory } from '../support/server.ts'
import { administrator as as } from './mapwarper-client.ts'

const fixture = (name: string) => readFile(new URL(`../fixtures/${name}`, import.meta.url))
const JSON_TYPE = { 'content-type': 'application/json' }

async function uploadHaas(url: string): Promise<number> {
  const body = new FormData()
  body.set('data[type]', 'maps')
  body.set('data[attributes][title]', 'Haas')
  body.set('file', new Blob([new Uint8Array(await fixture('haas-1798.jpg'))]), 'haas.jpg')
  const answer = await fetch(`${url}/api/v1/maps`, { method: 'POST', headers: as, body })
  const { data } = (await answer.json()) as { data: { id: string } }
  const gcps = (await fixture('haas-1798.gcps.csv')).toString().trim().split('\n').slice(1)
  const points = gcps.map((line) => line.split(','))
  const json = { gcps: points.map(([, x, y, lon, lat]) => ({ mapid: Number(data.id), x, y, lon, lat })) }
  const request = { method: 'POST', headers: { ...as, ...JSON_TYPE }, body: JSON.stringify(json) }
  expect((await fetch(`${url}/api/v1/gcps/add_many`, request)).status).toBe(200)
  return Number(data.id)
}

/** Waits until a map has a status. */
async function reach(url: string, id: number, status: string, everyMs: number): Promise<void> {
  const deadline = Date.now() + 60_000
  for (let seen = ''; seen !== status; await sleep(everyMs)) {
    expect(Date.now(), `the map is ${seen}, not ${status}`).toBeLessThan(deadline)
    seen = await (await fetch(`${url}/api/v1/maps/${id}/status`)).text()
  }
}

const rectify = (url: string, id: number) =>
  fetch(`${url}/api/v1/maps/${id}/rectify?transform_options=tps&resample_options=bilinear`, {
    method: 'PATCH',
    headers: as,
  })

const archive = async (url: string, id: number) =>
  Buffer.from(await (await fetch(`${url}/maps/${id}/export.pmtiles`)).arrayBuffer())

it('a bake whose processes are all killed goes on by itself and gives the same archive', async () => {
  const dataDir = await temporaryDirectory()
  try {
    const first = await startServer({ dataDir })
    const id = await uploadHaas(first.url)
    await reach(first.url, id, 'available', 100)
    const lost = rectify(first.url, id).then(
      () => 'answered',
      () => 'lost',
    )
    await reach(first.url, id, 'warping', 5)
    await first.kill9()
    expect(await lost, 'the bake was over before it could be killed').toBe('lost')

    const second = await startServer({ dataDir })
    await reach(second.url, id, 'warped', 200)
    const resumed = await archive(second.url, id)
    expect((await rectify(second.url, id)).status).toBe(200)
    await reach(second.url, id, 'warped', 200)
    expect(resumed.equals(await archive(second.url, id))).toBe(true)
    await second.stop()
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
