import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** The part of gdal3.js the tests use: GDAL itself, compiled to WebAssembly, reading files of the host. */
interface Gdal {
  open(path: string, options?: string[]): Promise<{ datasets: object[]; errors: unknown[] }>
  close(dataset: object): Promise<void>
  gdalinfo(dataset: object, options?: string[]): Promise<GdalInfo>
  gdal_translate(dataset: object, options?: string[], name?: string): Promise<object>
  getFileBytes(path: object): Promise<Uint8Array>
}

/** The members of `gdalinfo -json` that the tests look at. */
export interface GdalInfo {
  driverShortName: string
  size: [number, number]
  geoTransform: number[]
  coordinateSystem: { wkt: string }
  metadata: Record<string, Record<string, string>>
  bands: {
    block: [number, number]
    colorInterpretation: string
    overviews?: { size: [number, number] }[]
  }[]
}

const require = createRequire(import.meta.url)
let loading: Promise<Gdal> | undefined

function gdal(): Promise<Gdal> {
  const packageDir = dirname(require.resolve('gdal3.js/package.json'))
  loading ??= require('gdal3.js/node.js')({
    path: relative('.', join(packageDir, 'dist/package')),
    logHandler: () => {},
    errorHandler: () => {},
  })
  return loading!
}

/** What `gdalinfo` says of a file. */
export async function infoByGdal3(path: string): Promise<GdalInfo> {
  const { close, dataset } = await open(path, [])
  const info = await (await gdal()).gdalinfo(dataset)
  await close()
  return info
}

/** All bands of a file, pixel after pixel, as GDAL reads them; `level` 1 is the first overview. */
export async function pixelsByGdal3(path: string, level = 0): Promise<Uint8Array> {
  const { close, dataset } = await open(path, level > 0 ? [`OVERVIEW_LEVEL=${level - 1}`] : [])
  const { gdal_translate, getFileBytes } = await gdal()
  const output = await gdal_translate(dataset, ['-of', 'ENVI', '-co', 'INTERLEAVE=BIP'])
  const bytes = await getFileBytes(output)
  await close()
  return bytes
}

async function open(path: string, options: string[]) {
  const { open, close } = await gdal()
  const { datasets, errors } = await open(path, options)
  const dataset = datasets[0]
  if (!dataset) throw new Error(`GDAL cannot open ${path}: ${JSON.stringify(errors)}`)
  return { dataset, close: () => close(dataset) }
}
