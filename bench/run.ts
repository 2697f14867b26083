// `npm run bench` measures everything; `node bench/run.ts tiles bake` what is named.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { formatRows } from './format-rows.ts'
import { versionOf } from './installed.ts'
import type { BenchRow } from './row.ts'

/** In the order they run. What each measures is said at its function. */
const BENCHES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  kernel: async () => (await import('./kernel.ts')).benchKernel(),
  ingest: async () => (await import('./ingest.ts')).benchIngest(),
  bake: async () => (await import('./bake.ts')).benchBake(),
  tiles: async () => (await import('./tiles.ts')).benchTiles(),
  search: async () => (await import('./search.ts')).benchSearch(),
  'vector-tiles': async () => (await import('./vector-tiles.ts')).benchVectorTiles(),
  features: async () => (await import('./features.ts')).benchFeatures(),
  'map-render': async () => (await import('./map-render.ts')).benchMapRender(),
  'feature-search': async () => (await import('./feature-search.ts')).benchFeatureSearch(),
  preoptimize: async () => (await import('./preoptimize.ts')).benchPreoptimize(),
  import: async () => (await import('./import-features.ts')).benchImportFeatures(),
}
const PEER_PROGRAMS = ['gdalwarp', 'gdal_translate', 'gdaladdo', 'gdal2tiles.py', 'ogr2ogr', 'postgres']

const named = process.argv.slice(2)
const unknown = named.filter((name) => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  console.error(`No bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`)
  process.exit(1)
}

const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')

console.log(
  `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}, load ${load()}`,
)
for (const program of PEER_PROGRAMS) console.log(`${program}: ${versionOf(program) ?? 'not installed'}`)

const rows: BenchRow[] = []
for (const [name, bench] of Object.entries(BENCHES)) {
  if (named.length > 0 && !named.includes(name)) continue
  const start = performance.now()
  try {
    rows.push(...(await bench()))
  } catch (error) {
    console.error(`${name} failed:`, error)
    process.exitCode = 1
  }
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s, load ${load()}`)
}
if (rows.length > 0) console.log(`\n${formatRows(rows)}`)
