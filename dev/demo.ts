// `npm run demo` georeferences a real map in a running instance: W. Haas, "Die Landschaft Basel und das Frickthal",
// 1798, with 86 surveyed control points. It does what a user does, through the public API alone; run again, it goes
// on where the map is.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readSettings } from './settings.ts'

interface DemoMap {
  id: string
  attributes: { status: string; unique_id: string | null }
}

interface TileJson {
  tiles: string[]
  minzoom: number
  maxzoom: number
  bounds: [west: number, south: number, east: number, north: number]
}

type Headers = Record<string, string>

const UNIQUE_ID = 'haas-1798'
const TITLE = 'Die Landschaft Basel und das Frickthal'
const METADATA = {
  title: TITLE,
  description:
    'Scan: swisstopo map archive, LT K BL 1798. Control points: Martin Rickenbacher, sample data of MapAnalyst.',
  authors: 'W. Haas',
  date_depicted: '1798',
  source_uri: 'https://mapanalyst.org',
  unique_id: UNIQUE_ID,
}
const STEP_MAX_MS = 300_000
const POLL_MS = 500

const settings = readSettings(process.env)
const baseUrl = (process.env.BASE_URL || `http://127.0.0.1:${settings.port}`).replace(/\/$/, '')
const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url)))

/** @throws Error with method, path, status and body unless the answer is a success */
async function call(method: string, path: string, headers: Headers, body?: unknown): Promise<Response> {
  const isForm = body instanceof FormData
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { ...headers, ...(body && !isForm ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response
}

async function callJson<T>(method: string, path: string, headers: Headers, body?: unknown): Promise<T> {
  return (await (await call(method, path, headers, body)).json()) as T
}

async function requireServer(): Promise<void> {
  try {
    await fetch(`${baseUrl}/healthz`)
  } catch {
    throw new Error(
      `No server answers at ${baseUrl}: run npm start first, or name another with BASE_URL or PORT`,
    )
  }
}

async function signIn(): Promise<Headers> {
  const { email, password } = settings.administrator
  const answer = await callJson<{ data: { id: string }; meta: { auth_token: string } }>(
    'POST',
    '/api/v1/auth/sign_in.json',
    {},
    { user: { email, password } },
  )
  return { 'X-User-Id': answer.data.id, 'X-User-Token': answer.meta.auth_token }
}

async function findMap(credentials: Headers): Promise<DemoMap | undefined> {
  const search = new URLSearchParams({ field: 'title', query: TITLE })
  const { data } = await callJson<{ data: DemoMap[] }>('GET', `/api/v1/maps?${search}`, credentials)
  return data.find((map) => map.attributes.unique_id === UNIQUE_ID)
}

async function uploadMap(credentials: Headers): Promise<DemoMap> {
  const form = new FormData()
  form.set('data[type]', 'maps')
  for (const [name, value] of Object.entries(METADATA)) form.set(`data[attributes][${name}]`, value)
  form.set('file', new Blob([await fixture('haas-1798.jpg')], { type: 'image/jpeg' }), 'haas-1798.jpg')
  return (await callJson<{ data: DemoMap }>('POST', '/api/v1/maps', credentials, form)).data
}

/** Exact duplicates are skipped by the server, so this may be repeated. */
async function addControlPoints(id: string, credentials: Headers): Promise<number> {
  const [, ...rows] = (await fixture('haas-1798.gcps.csv')).toString('utf8').trim().split(/\r?\n/)
  const gcps = rows.map((row) => {
    const [, x, y, lon, lat] = row.split(',')
    return { mapid: Number(id), x: Number(x), y: Number(y), lon, lat }
  })
  await call('POST', '/api/v1/gcps/add_many', credentials, { gcps })
  return gcps.length
}

/** Waits while the map's status is one of `transient`; answers with the one that follows. */
async function statusAfter(id: string, transient: string[]): Promise<string> {
  const deadline = Date.now() + STEP_MAX_MS
  for (;;) {
    const status = await (await call('GET', `/api/v1/maps/${id}/status`, {})).text()
    if (!transient.includes(status)) return status
    if (Date.now() > deadline) throw new Error(`The map is still ${status} after ${STEP_MAX_MS / 1000} s`)
    await sleep(POLL_MS)
  }
}

/** Address of the tile in the middle of the map, one zoom level above the most detailed. */
function middleTile({ tiles, minzoom, maxzoom, bounds }: TileJson): string {
  const [west, south, east, north] = bounds
  const z = Math.max(minzoom, maxzoom - 1)
  const latitude = (((south + north) / 2) * Math.PI) / 180
  const x = Math.floor(((west + east) / 2 / 360 + 0.5) * 2 ** z)
  const y = Math.floor((0.5 - Math.asinh(Math.tan(latitude)) / (2 * Math.PI)) * 2 ** z)
  return (tiles[0] ?? '').replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y))
}

async function main(): Promise<void> {
  await requireServer()
  const credentials = await signIn()
  const known = await findMap(credentials)
  const { id } = known ?? (await uploadMap(credentials))
  console.log(known ? `Map ${id} is there already` : `Uploaded as map ${id}`)

  let status = await statusAfter(id, ['loading', 'warping'])
  if (!['warped', 'published'].includes(status)) {
    if (status !== 'available') throw new Error(`The scan could not be ingested: status ${status}`)
    console.log(`Added ${await addControlPoints(id, credentials)} control points`)
    const options = { transform_options: 'tps', resample_options: 'bilinear' }
    await call('PATCH', `/api/v1/maps/${id}/rectify`, credentials, options)
    status = await statusAfter(id, ['warping'])
    if (status !== 'warped') throw new Error(`The map could not be rectified: status ${status}`)
    console.log('Rectified by thin plate spline')
  }

  const tileJsonPath = `/maps/tile/${id}/tilejson.json`
  const tileJson = await callJson<TileJson>('GET', tileJsonPath, {})
  const tile = middleTile(tileJson)
  const drawn = await fetch(tile)
  if (drawn.status !== 200) throw new Error(`${tile}: ${drawn.status}`)
  console.log(`Tiles:    ${baseUrl}/maps/tile/${id}/{z}/{x}/{y}.png`)
  console.log(`TileJSON: ${baseUrl}${tileJsonPath}`)
  console.log(`One tile: ${tile}`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
