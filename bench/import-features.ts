import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, openAsBlob } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startNativePostgres } from '../dev/native-postgres.ts'
import { processTree } from '../test/support/process-tree.ts'
import { temporaryDirectory } from '../test/support/server.ts'
import { versionOf } from './installed.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import type { BenchRow } from './row.ts'

const SMALL_FEATURES = 50_000
const LARGE_FEATURES = 500_000
const POLL_MS = 200
const MIB = 2 ** 20

/**
 * The import of a GeoJSON file of points with three properties, from the request that brings the file until the dataset
 * can be read, on this machine's own Postgres; the peer is `ogr2ogr`, which reads the same file into the same server.
 * And what the Workers' process takes at most meanwhile, for a file ten times as large.
 */
export async function benchImportFeatures(): Promise<BenchRow[]> {
  const postgres = await startNativePostgres()
  if (!postgres) {
    console.log('import: no Postgres with PostGIS is installed here')
    return []
  }
  const directory = await temporaryDirectory()
  const server = await startLocalServer(postgres.url)
  try {
    const small = await geoJsonFile(join(directory, 'small.geojson'), SMALL_FEATURES)
    const large = await geoJsonFile(join(directory, 'large.geojson'), LARGE_FEATURES)
    const first = await imported(server, small)
    const second = await imported(server, large)
    const memory: BenchRow = {
      name: `import, ${Math.round(second.fileBytes / MIB)} MiB of GeoJSON, peak memory`,
      value: second.peakBytes / MIB,
      peer: first.peakBytes / MIB,
      unit: 'MiB',
      ratio: first.peakBytes / second.peakBytes,
      peerName: `of ${Math.round(first.fileBytes / MIB)} MiB`,
    }
    const native = await nativeSeconds(large, postgres.url)
    if (native === null) return [memory]
    const rates = [LARGE_FEATURES / second.seconds, LARGE_FEATURES / native] as const
    return [
      {
        name: 'import of GeoJSON',
        value: rates[0],
        peer: rates[1],
        unit: 'features/s',
        ratio: rates[0] / rates[1],
        peerName: 'ogr2ogr -f PostgreSQL',
      },
      memory,
    ]
  } finally {
    await server.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function geoJsonFile(path: string, features: number): Promise<string> {
  const out = createWriteStream(path)
  out.write('{"type":"FeatureCollection","features":[\n')
  for (let i = 0; i < features; i++) {
    const [lon, lat] = [((i * 7919) % 36_000) / 100 - 180, ((i * 104_729) % 17_000) / 100 - 85]
    const feature = {
      type: 'Feature',
      properties: { name: `feature ${i}`, height: i * 0.37, built: 1800 + (i % 200) },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    }
    const line = `${i === 0 ? '' : ',\n'}${JSON.stringify(feature)}`
    if (!out.write(line)) await once(out, 'drain')
  }
  out.end('\n]}\n')
  await finished(out)
  return path
}

interface Imported {
  seconds: number
  fileBytes: number
  /** Of all processes of the Workers. */
  peakBytes: number
}

async function imported({ url, administrator }: LocalServer, path: string): Promise<Imported> {
  const authorization = `Basic ${btoa(`${administrator.email}:${administrator.password}`)}`
  const form = new FormData()
  form.set('name', `import-${Date.now()}`)
  form.set('file', await openAsBlob(path, { type: 'application/geo+json' }), 'points.geojson')
  const watch = watchMemory()
  const start = performance.now()
  const submitted = await fetch(`${url}/ogc/processes/import/execution`, {
    method: 'POST',
    headers: { authorization, prefer: 'respond-async' },
    body: form,
  })
  if (submitted.status !== 201)
    throw new Error(`the import answers ${submitted.status}: ${await submitted.text()}`)
  const job = new URL(submitted.headers.get('location') ?? '', url)
  for (;;) {
    const { status, message } = (await (await fetch(job, { headers: { authorization } })).json()) as {
      status: string
      message?: string
    }
    if (status === 'successful') break
    if (status === 'failed') throw new Error(`the import failed: ${message}`)
    await sleep(POLL_MS)
  }
  const seconds = (performance.now() - start) / 1000
  return { seconds, fileBytes: (await stat(path)).size, peakBytes: await watch.peak() }
}

/** Watches the resident memory of this process' workerds, as Linux tells it. */
function watchMemory(): { peak(): Promise<number> } {
  let peak = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const sizes = await Promise.all((await processTree(process.pid)).map(({ pid }) => workerdBytes(pid)))
      peak = Math.max(
        peak,
        sizes.reduce((sum, size) => sum + size, 0),
      )
      await sleep(POLL_MS)
    }
  })()
  return {
    async peak() {
      isOver = true
      await watching
      return peak
    },
  }
}

/** Resident bytes of a process; 0 where it is no workerd. */
async function workerdBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return /^Name:\s+workerd/m.test(status) ? Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024 : 0
}

async function nativeSeconds(path: string, databaseUrl: string): Promise<number | null> {
  if (!versionOf('ogr2ogr')) return null
  const { hostname, port, username, pathname } = new URL(databaseUrl)
  const target = `PG:host=${hostname} port=${port} user=${username} dbname=${pathname.slice(1)}`
  const start = performance.now()
  await promisify(execFile)('ogr2ogr', ['-f', 'PostgreSQL', target, path, '-nln', 'peer', '-overwrite'])
  return (performance.now() - start) / 1000
}

if (import.meta.main) {
  const { formatRows } = await import('./format-rows.ts')
  console.log(formatRows(await benchImportFeatures()))
}
