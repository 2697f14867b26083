import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { administrator } from './mapwarper-client.ts'

const fixture = (name: string) => readFile(new URL(`../fixtures/${name}`, import.meta.url))
const JSON_TYPE = { 'content-type': 'application/json' }

/** Uploads the Haas map with its control points. @returns its id */
export async function uploadHaas(url: string, as: Record<string, string> = administrator): Promise<number> {
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
export async function reach(url: string, id: number, status: string, everyMs: number): Promise<void> {
  const deadline = Date.now() + 60_000
  for (let seen = ''; seen !== status; await sleep(everyMs)) {
    expect(Date.now(), `the map is ${seen}, not ${status}`).toBeLessThan(deadline)
    seen = await (await fetch(`${url}/api/v1/maps/${id}/status`)).text()
  }
}

export const rectify = (url: string, id: number, as: Record<string, string> = administrator) =>
  fetch(`${url}/api/v1/maps/${id}/rectify?transform_options=tps&resample_options=bilinear`, {
    method: 'PATCH',
    headers: as,
  })

/** The bytes of a map's archive of tiles. */
export const archive = async (url: string, id: number) =>
  Buffer.from(await (await fetch(`${url}/maps/${id}/export.pmtiles`)).arrayBuffer())
