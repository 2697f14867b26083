// `node bench/ingest.ts`: a scan becomes a pyramid of tiles, against GDAL's own way to one.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildGdal, GDAL_GLUE_PATH, GDAL_WASM_PATH } from '../dev/build-gdal.ts'
import { runIngestStep, type TileCodec, type TileStore } from '../src/domain/pyramid/build-pyramid.ts'
import { pyramidOf } from '../src/domain/pyramid/geometry.ts'
import { ingestSteps } from '../src/domain/pyramid/steps.ts'
import { loadCodecs, type RasterCodecs } from '../src/formats/codecs.ts'
import { JpegEncoder } from '../src/formats/gdal/jpeg-encoder.ts'
import { openGdal } from '../src/formats/gdal/module.ts'
import { StripReader } from '../src/formats/gdal/strip-reader.ts'
import { memorySource, probeImage } from '../src/formats/probe/index.ts'
import { formatRows } from './format-rows.ts'
import { openGdalJs } from './gdal-js.ts'
import { enlargedHaasScan } from './haas.ts'
import { versionOf } from './installed.ts'
import { median } from './median.ts'
import type { BenchRow } from './row.ts'
import { megapixelsOr, roundsOr } from './settings.ts'

const MEGAPIXELS = 108
const QUALITY = 92
const ROUNDS = 3

/**
 * Ingest of a JPEG of `GRATICULE_BENCH_MPX` (108) megapixels, from its bytes to the last tile and the thumbnail, start of GDAL included, in seconds; the peer is
 * `gdal_translate` and `gdaladdo` to a tiled TIFF of JPEGs where they are installed, else a mere decode by gdal3.js.
 * The two take turns; each figure is the median of its rounds.
 */
export async function benchIngest(): Promise<BenchRow[]> {
  const { path, width, height } = await enlargedHaasScan(megapixelsOr(MEGAPIXELS))
  const ingest = await prepareIngest(path)
  const peer = await preparePeer(path)
  const own: number[] = []
  const others: number[] = []
  for (let round = 0; round < roundsOr(ROUNDS); round++) {
    own.push(await seconds(ingest.run))
    others.push(await seconds(peer.run))
  }
  peer.remove()
  const value = median(own)
  const peerValue = median(others)
  return [
    {
      name: `ingest of ${((width * height) / 1e6).toFixed(1)} Mpx, GDAL in ${ingest.memoryMib()} MiB`,
      value,
      peer: peerValue,
      unit: 's',
      ratio: peerValue / value,
      peerName: peer.name,
    },
  ]
}

async function seconds(run: () => void | Promise<void>): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

async function prepareIngest(path: string) {
  await buildGdal()
  const { default: glue } = (await import(GDAL_GLUE_PATH)) as { default: unknown }
  const wasmModule = await WebAssembly.compile(await readFile(GDAL_WASM_PATH))
  const codecs = await compiledCodecs()
  const bytes = new Uint8Array(readFileSync(path))
  let memoryBytes = 0
  return {
    memoryMib: () => Math.ceil(memoryBytes / 2 ** 20),
    async run() {
      const gdal = await openGdal({ glue, wasmModule })
      const source = memorySource(bytes)
      const info = await probeImage(source)
      const pyramid = pyramidOf(info)
      const rows = await StripReader.open(gdal, source, info)
      const jpeg = new JpegEncoder(gdal, QUALITY)
      const codec: TileCodec = {
        encode: (tile) => jpeg.encode(tile),
        decode: (tile) => codecs.decode('jpeg', tile),
        encodePng: (image) => codecs.encodePng(image),
      }
      const store = memoryStore()
      for (const step of ingestSteps(pyramid)) await runIngestStep(pyramid, step, rows, store, codec)
      memoryBytes = gdal.memoryBytes
    },
  }
}

function memoryStore(): TileStore {
  const tiles = new Map<string, Uint8Array>()
  return {
    put: (z, x, y, bytes) => void tiles.set(`${z}/${x}/${y}`, bytes),
    get: (z, x, y) => tiles.get(`${z}/${x}/${y}`),
    putThumbnail() {},
  }
}

async function compiledCodecs(): Promise<RasterCodecs> {
  const require = createRequire(import.meta.url)
  const compile = async (file: string) =>
    WebAssembly.compile(await readFile(require.resolve(`@jsquash/${file}`)))
  return loadCodecs({
    jpegDecoder: await compile('jpeg/codec/dec/mozjpeg_dec.wasm'),
    png: await compile('png/codec/pkg/squoosh_png_bg.wasm'),
    webpDecoder: await compile('webp/codec/dec/webp_dec.wasm'),
    webpEncoder: await compile('webp/codec/enc/webp_enc_simd.wasm'),
  })
}

interface Peer {
  name: string
  run(): void | Promise<void>
  remove(): void
}

async function preparePeer(path: string): Promise<Peer> {
  if (versionOf('gdal_translate') === null || versionOf('gdaladdo') === null) {
    const gdal = await openGdalJs()
    const { datasets } = await gdal.open(path)
    return {
      name: 'gdal3.js, a decode alone (gdal_translate or gdaladdo not installed)',
      async run() {
        await gdal.gdal_translate(datasets[0]!, ['-of', 'MEM'], 'decoded')
      },
      remove() {},
    }
  }
  const directory = mkdtempSync(join(tmpdir(), 'ingest-bench-'))
  const output = join(directory, 'pyramid.tif')
  const jpeg = ['-co', 'COMPRESS=JPEG', '-co', `JPEG_QUALITY=${QUALITY}`, '-co', 'PHOTOMETRIC=YCBCR']
  const tiles = ['-co', 'TILED=YES', '-co', 'BLOCKXSIZE=512', '-co', 'BLOCKYSIZE=512']
  return {
    name: 'gdal_translate + gdaladdo (tiled TIFF of JPEGs), one thread',
    run() {
      execFileSync('gdal_translate', ['-q', ...jpeg, ...tiles, path, output])
      execFileSync('gdaladdo', ['-q', '-r', 'average', output, '2', '4', '8', '16', '32'])
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

if (import.meta.main) console.log(formatRows(await benchIngest()))
