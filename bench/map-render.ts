import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { startNativePostgres } from '../dev/native-postgres.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { roundsOr } from './settings.ts'

const ROUNDS = 20
/** The rounds before 0 are not counted. */
const FIRST_ROUND = -3
const SIDE_PX = 512
/** Metres of web mercator a pixel. */
const PIXEL_METRES = 100
const CORNERS = 40

type Place = [x: number, y: number]

/** What one layer has, in pixels of the picture, and how it is drawn. */
interface BenchLayer {
  name: string
  type: 'polygon' | 'line' | 'point'
  features: Place[][]
  style: Record<string, string>
  /** One feature as SVG draws it, and the style of all of them. */
  element(feature: Place[]): string
  attributes: string
}

const path = (places: Place[]) => places.map(([x, y]) => `${x} ${y}`).join('L')

/** 1,000 polygons of 40 corners, 500 lines of 40 and 500 points, all over the picture. */
function layers(): BenchLayer[] {
  const at = (i: number): Place => [(i * 197.3) % SIDE_PX, (i * 331.7) % SIDE_PX]
  const places = (i: number, place: (share: number) => Place) =>
    Array.from({ length: CORNERS }, (_, k) => {
      const [x, y] = at(i)
      const [dx, dy] = place(k / CORNERS)
      return [x + dx, y + dy] as Place
    })
  const of = (count: number, feature: (i: number) => Place[]) =>
    Array.from({ length: count }, (_, i) => feature(i))
  return [
    {
      ...{ name: 'areas', type: 'polygon' },
      features: of(1000, (i) =>
        places(i, (share) => [15 * Math.cos(share * 2 * Math.PI), 12 * Math.sin(share * 2 * Math.PI)]),
      ),
      style: { color: '230,220,190', bordercolor: '120,110,90', borderwidth: '1' },
      element: (feature) => `<path d="M${path(feature)}z"/>`,
      attributes: 'fill="#e6dcbe" stroke="#786e5a"',
    },
    {
      ...{ name: 'ways', type: 'line' },
      features: of(500, (i) => places(i, (share) => [60 * share, 8 * Math.sin(share * 20)])),
      style: { color: '60,120,200', width: '2' },
      element: (feature) => `<path d="M${path(feature)}"/>`,
      attributes:
        'fill="none" stroke="#3c78c8" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"',
    },
    {
      ...{ name: 'spots', type: 'point' },
      features: of(500, (i) => [at(i + 7)]),
      style: { color: '200,30,30', bordercolor: '255,255,255', borderwidth: '1', width: '7' },
      element: ([place]) => `<circle cx="${place![0]}" cy="${place![1]}" r="3.5"/>`,
      attributes: 'fill="#c81e1e" stroke="#fff"',
    },
  ]
}

/**
 * A picture of 512 by 512 pixels of a map with three layers and 2,000 features through the whole local stack (on this
 * machine's own Postgres where there is one), drawn anew each time; the peer is resvg alone, in one process, which is given
 * the same shapes as one SVG and encodes what it draws. Medians of rounds in turn.
 */
export async function benchMapRender(): Promise<BenchRow[]> {
  const postgres = await startNativePostgres()
  const server = await startLocalServer(postgres?.url)
  try {
    const drawn = layers()
    const map = await publicMap(server, drawn)
    const end = SIDE_PX * PIXEL_METRES
    const address = `${server.url}/1/maps/${map}/render.png?width=${SIDE_PX}&height=${SIDE_PX}&bounds=0,0,${end},${end}&invalidate=true`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE_PX}" height="${SIDE_PX}">${drawn
      .map((layer) => `<g ${layer.attributes}>${layer.features.map(layer.element).join('')}</g>`)
      .join('')}</svg>`
    await initWasm(
      await WebAssembly.compile(
        readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')),
      ),
    )
    const times = { own: [] as number[], peer: [] as number[] }
    for (let round = FIRST_ROUND; round < roundsOr(ROUNDS); round++) {
      const ownMs = await timed(() => picture(address))
      const peerMs = await timed(async () => resvgAlone(svg))
      if (round < 0) continue
      times.own.push(ownMs)
      times.peer.push(peerMs)
    }
    const [value, peer] = [median(times.own), median(times.peer)]
    return [
      {
        ...{ name: 'map of 3 layers, 2,000 features, 512 px', value, peer, unit: 'ms', ratio: peer / value },
        peerName: 'resvg alone, of the same SVG',
      },
    ]
  } finally {
    await server.stop()
    await postgres?.stop()
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function picture(address: string): Promise<void> {
  const response = await fetch(address)
  const bytes = await response.arrayBuffer()
  if (response.headers.get('content-type') !== 'image/png' || response.headers.has('x-graticule-partial'))
    throw new Error(`${response.status} ${new TextDecoder().decode(bytes.slice(0, 300))}`)
}

function resvgAlone(svg: string): void {
  const document = new Resvg(svg)
  const image = document.render()
  image.asPng()
  image.free()
  document.free()
}

const COLLECTION_TYPES = { polygon: 'Polygon', line: 'LineString', point: 'Point' } as const

/** A map of the layers that everyone may see. @returns its number */
async function publicMap(server: LocalServer, drawn: readonly BenchLayer[]): Promise<number> {
  const mid = Number((await post(server, '/1/maps.json', { name: 'bench' })).split('/').at(-1))
  for (const { name, type, features, style } of drawn) {
    await post(server, '/ogc/collections', {
      name,
      title: name,
      geometryType: COLLECTION_TYPES[type],
      properties: {},
    })
    await post(server, `/ogc/collections/${name}/items`, {
      type: 'FeatureCollection',
      features: features.map((feature) => ({
        ...{ type: 'Feature', properties: {} },
        geometry: { type: COLLECTION_TYPES[type], coordinates: coordinates(type, feature.map(degrees)) },
      })),
    })
    await post(server, '/1/layers.json', {
      ...{ mid, name, type, source: { type: 'pg', src: name }, styles: JSON.stringify([style]) },
    })
  }
  await post(server, `/1/resources/${mid}/permissions.json`, { username: 'anonymous', permission: 'READ' })
  return mid
}

/** Degrees of a pixel. */
const degrees = ([x, y]: Place): Place => {
  const radius = 6_378_137
  const radians = 180 / Math.PI
  const [east, north] = [x * PIXEL_METRES, (SIDE_PX - y) * PIXEL_METRES]
  return [(east / radius) * radians, Math.atan(Math.sinh(north / radius)) * radians]
}

const coordinates = (type: BenchLayer['type'], places: Place[]) =>
  type === 'point' ? places[0] : type === 'line' ? places : [[...places, places[0]]]

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
  console.log(formatRows(await benchMapRender()))
}
