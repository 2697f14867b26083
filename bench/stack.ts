import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TileJson } from '../src/formats/tilejson.ts'
import type { HaasScan } from './haas.ts'
import { startLocalServer } from './local-server.ts'

const STATUS_POLL_MS = 100

/** The whole local stack on a fresh data directory, and what a bench asks of it. */
export interface Stack {
  url: string
  /** Uploads a scan with its control points and waits until it is ingested. @returns its id */
  load(scan: HaasScan): Promise<number>
  /** Rectifies a scan and waits until its archive is served. @returns seconds from the request to that moment */
  rectify(id: number, transform: string, resampling: string): Promise<number>
  tileJson(id: number): Promise<TileJson>
  /** The bytes of a rectified scan's archive. */
  archive(id: number): Promise<Uint8Array<ArrayBuffer>>
  stop(): Promise<void>
}

export async function startStack(): Promise<Stack> {
  const server = await startLocalServer()
  const { email, password } = server.administrator
  const authorization = `Basic ${btoa(`${email}:${password}`)}`

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, authorization }
    const response = await fetch(new URL(path, server.url), { ...init, headers })
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`)
    return response
  }

  async function reached(id: number, wanted: string, passing: string): Promise<void> {
    for (;;) {
      const status = await (await call(`/api/v1/maps/${id}/status`)).text()
      if (status === wanted) return
      if (status !== passing) throw new Error(`map ${id} is ${status} instead of ${wanted}`)
      await sleep(STATUS_POLL_MS)
    }
  }

  return {
    url: server.url,
    async load({ path, points }) {
      const form = new FormData()
      form.set('data[type]', 'maps')
      form.set('data[attributes][title]', basename(path))
      form.set('file', new Blob([await readFile(path)], { type: 'image/jpeg' }), basename(path))
      const made = await call('/api/v1/maps', { method: 'POST', body: form })
      const id = Number(((await made.json()) as { data: { id: string } }).data.id)
      const gcps = points.map((point) => ({ mapid: id, ...point }))
      await call('/api/v1/gcps/add_many', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ gcps }),
      })
      await reached(id, 'available', 'loading')
      return id
    },
    async rectify(id, transform, resampling) {
      const start = performance.now()
      const options = new URLSearchParams({ transform_options: transform, resample_options: resampling })
      await call(`/api/v1/maps/${id}/rectify?${options}`, { method: 'PATCH' })
      await reached(id, 'warped', 'warping')
      return (performance.now() - start) / 1000
    },
    async tileJson(id) {
      return (await (await call(`/maps/tile/${id}/tilejson.json`)).json()) as TileJson
    },
    async archive(id) {
      return new Uint8Array(await (await call(`/maps/${id}/export.pmtiles`)).arrayBuffer())
    },
    stop: () => server.stop(),
  }
}
