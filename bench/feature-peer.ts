// A page of features as plainly as Node can send it: run as a program it is the server, else it starts one.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { freePort } from '../dev/free-port.ts'
import { startProcess } from '../dev/processes.ts'

export interface FeaturePeer {
  url: string
  stop(): Promise<void>
}

const GRACE_MS = 5_000

/** Starts a process that answers every request with the first features of a dataset as GeoJSON. */
export async function startFeaturePeer(
  databaseUrl: string,
  datasetId: number,
  features: number,
): Promise<FeaturePeer> {
  const port = await freePort()
  const program = fileURLToPath(import.meta.url)
  let listening = () => {}
  const ready = new Promise<void>((resolve) => {
    listening = resolve
  })
  const child = startProcess(
    'peer',
    process.execPath,
    [program, databaseUrl, String(datasetId), String(features), String(port)],
    { onLine: () => listening() },
  )
  await Promise.race([
    ready,
    child.exited.then((code) => {
      throw new Error(`the peer ended with ${code}`)
    }),
  ])
  return { url: `http://127.0.0.1:${port}/`, stop: () => child.stop(GRACE_MS) }
}

async function serve(databaseUrl: string, datasetId: number, features: number, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const page = `select json_build_object('type', 'Feature', 'id', fid, 'geometry', ST_AsGeoJSON(geom, 15)::json,
      'properties', json_build_object('name', name, 'height', height, 'built', built))::text as feature
    from data.d_${datasetId} order by fid limit $1`
  createServer(async (_request, response) => {
    const { rows } = await client.query(page, [features])
    response.setHeader('content-type', 'application/geo+json')
    response.write('{"type":"FeatureCollection","features":[')
    response.write(rows.map(({ feature }) => feature).join(','))
    response.end(']}')
  }).listen(port, '127.0.0.1', () => console.log('listening'))
}

if (import.meta.main) {
  const [databaseUrl, datasetId, features, port] = process.argv.slice(2)
  await serve(databaseUrl!, Number(datasetId), Number(features), Number(port))
}
