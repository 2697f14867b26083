import wasmModule from '../../build/gdal.wasm'
import glue from '../../build/gdal-glue.mjs'
import { CsvLayer } from '../../src/domain/datasets/import/csv-layer.ts'
import { FlatGeobufLayer } from '../../src/domain/datasets/import/flatgeobuf-layer.ts'
import {
  GDAL_SOURCE_MAX_BYTES,
  type GdalFile,
  gdalLayers,
  isGdalFormat,
} from '../../src/domain/datasets/import/gdal-layers.ts'
import { GeoJsonLayer } from '../../src/domain/datasets/import/geojson-layer.ts'
import { type LayerPlan, plainPlan } from '../../src/domain/datasets/import/layer-plan.ts'
import type { LayerReader } from '../../src/domain/datasets/import/layer-reader.ts'
import type { ImportSettings } from '../../src/domain/datasets/import/start-import.ts'
import { planTable } from '../../src/domain/datasets/import/table-plan.ts'
import { encodingOfCodePage, encodingOfDbf } from '../../src/formats/byte-text.ts'
import { type DatasetFormat, SNIFFED_BYTES, sniffFormat } from '../../src/formats/dataset-format.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { openGdal } from '../../src/formats/gdal/module.ts'
import { VectorGdal } from '../../src/formats/gdal/vector.ts'
import type { FileStaging } from '../file-staging.ts'
import type { StagedSet } from './import-files.ts'

const TEXT_MAX_BYTES = 64 * 1024
const TRANSCODED_BYTES = 1024 * 1024
const GDAL_CONFIG = {
  // What a layer is made of may not lead to other files.
  GML_SKIP_RESOLVE_ELEMS: 'ALL',
  OGR_SQLITE_CACHE: '4',
}
/** Formats that are no single file. */
const SETS: readonly DatasetFormat[] = ['shp', 'tab', 'mif']

/** What a set of files is, by the main one. @throws FormatError */
export function formatOf(staging: FileStaging, { files, title }: StagedSet, fileName: string): DatasetFormat {
  const [main] = files
  const format = sniffFormat(headOf(staging, main!), files.length === 1 ? fileName : title)
  if (format === 'zip')
    throw new FormatError('bad-archive', 'the archive holds another archive; unpack that first')
  if (SETS.includes(format) && files.length === 1)
    throw new FormatError(
      'incomplete',
      `a ${format === 'shp' ? 'shapefile' : 'MapInfo file'} is several files (${SIBLINGS[format]}); send them together in a zip archive`,
    )
  return format
}

const SIBLINGS: Readonly<Record<string, string>> = {
  ...{ shp: '.shp, .shx, .dbf, .prj', tab: '.tab, .dat, .map, .id', mif: '.mif, .mid' },
}

/** The layers of a set of files, as they are to be read. @throws FormatError; QuestionError for columns of a table */
export async function planLayers(
  staging: FileStaging,
  set: StagedSet,
  format: DatasetFormat,
  settings: ImportSettings,
): Promise<LayerPlan[]> {
  const [main] = set.files
  if (isGdalFormat(format)) return planGdalLayers(staging, set, format, settings)
  if (format === 'csv') return [planTable(staging.file(main!), set.title, main!, settings)]
  if (format !== 'fgb') return [{ ...plainPlan(set.title, 'geojson', main!), keepsZ: true }]
  const { header } = new FlatGeobufLayer(staging.file(main!))
  const { crs, hasZ } = header
  const code = crs && crs.code > 0 ? `${crs.org ?? 'EPSG'}:${crs.code}` : null
  return [{ ...plainPlan(set.title, 'fgb', main!), keepsZ: hasZ, system: code ?? crs?.wkt ?? null }]
}

async function planGdalLayers(
  staging: FileStaging,
  set: StagedSet,
  format: GdalFile['format'],
  settings: ImportSettings,
): Promise<LayerPlan[]> {
  const [main, ...others] = set.files
  const total = set.files.reduce((sum, name) => sum + (staging.size(name) ?? 0), 0)
  if (total > GDAL_SOURCE_MAX_BYTES)
    throw new FormatError(
      'too-large',
      `the file has more than the ${GDAL_SOURCE_MAX_BYTES} bytes that are read of this format; FlatGeobuf, GeoJSON and CSV may be larger`,
    )
  const beside = (extension: string) => others.find((name) => name.endsWith(`.${extension}`))
  const projection = beside('prj')
  const file: GdalFile = {
    ...{ format, path: pathOf(main!), title: set.title, head: headOf(staging, main!) },
    projection: projection === undefined ? null : textOf(staging, projection),
    encoding: settings.encoding ?? encodingOf(staging, beside('cpg'), beside('dbf')),
  }
  const gdal = await openVectorGdal()
  mountSet(gdal, staging, set.files)
  return gdalLayers(gdal, file, settings.layers)
}

function encodingOf(staging: FileStaging, cpg: string | undefined, dbf: string | undefined): string {
  const told = cpg === undefined ? null : encodingOfCodePage(textOf(staging, cpg))
  if (told !== null) return told
  const header = new Uint8Array(32)
  if (dbf !== undefined) staging.read(dbf, 0, header)
  return encodingOfDbf(header) ?? 'auto'
}

/** Has GDAL make the staged FlatGeobuf of a layer. @returns what it warned of. @throws FormatError */
export async function convertLayer(staging: FileStaging, set: StagedSet, plan: LayerPlan): Promise<string[]> {
  const { path, driver, openOptions, layer, hasZ, hasM } = plan.gdal!
  const gdal = await openVectorGdal()
  mountSet(gdal, staging, set.files)
  staging.remove(plan.file)
  gdal.mountOutput({
    file: () => staging.file(plan.file),
    remove: () => staging.remove(plan.file),
    rename: () => {},
  })
  const type = `GEOMETRY${hasZ ? 'Z' : ''}${hasM ? 'M' : ''}`
  const geometry = plan.geometryType === null ? ['-nlt', 'NONE'] : ['-nlt', type, '-nlt', 'CONVERT_TO_LINEAR']
  const target = ['-f', 'FlatGeobuf', '-lco', 'SPATIAL_INDEX=NO', '-nln', 'layer']
  const warnings = gdal.translate({ path, drivers: [driver], openOptions }, 'layer.fgb', [
    ...target,
    ...geometry,
    layer,
  ])
  staging.flush()
  return warnings
}

const openVectorGdal = async () => new VectorGdal(await openGdal({ glue, wasmModule, config: GDAL_CONFIG }))

const pathOf = (name: string): string => `/in/${name.replace(/^.*\//, '')}`

function mountSet(gdal: VectorGdal, staging: FileStaging, files: readonly string[]): void {
  // The index of a shapefile can be made of the file itself.
  if (!files.some((name) => name.endsWith('.shx'))) gdal.configure('SHAPE_RESTORE_SHX', 'YES')
  for (const name of files) gdal.mount(pathOf(name), staging.file(name))
}

/** The reader of a layer whose file is staged. @throws FormatError */
export function openLayer(staging: FileStaging, plan: LayerPlan): LayerReader {
  const source = staging.file(plan.file)
  if (plan.format === 'geojson') return new GeoJsonLayer(source)
  if (plan.format === 'csv') return new CsvLayer(source, plan.csv!)
  return new FlatGeobufLayer(source, plan)
}

/** Puts a UTF-8 text in the place of one in UTF-16, which a byte order mark tells. */
export function toUtf8(staging: FileStaging, { files }: StagedSet, format: DatasetFormat): void {
  const [main] = files
  const mark = new Uint8Array(2)
  staging.read(main!, 0, mark)
  const isBigEndian = mark[0] === 0xfe && mark[1] === 0xff
  if ((format !== 'csv' && format !== 'geojson') || !(isBigEndian || (mark[0] === 0xff && mark[1] === 0xfe)))
    return
  const decoder = new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le')
  const encoder = new TextEncoder()
  const target = `${main}.utf8`
  staging.truncate(target, 0)
  const piece = new Uint8Array(TRANSCODED_BYTES)
  const size = staging.size(main!) ?? 0
  for (let at = 0; at < size; at += piece.length) {
    const length = staging.read(main!, at, piece)
    staging.append(target, encoder.encode(decoder.decode(piece.subarray(0, length), { stream: true })))
  }
  staging.rename(target, main!)
}

function headOf(staging: FileStaging, name: string): Uint8Array {
  const head = new Uint8Array(Math.min(SNIFFED_BYTES, staging.size(name) ?? 0))
  staging.read(name, 0, head)
  return head
}

function textOf(staging: FileStaging, name: string): string {
  const bytes = new Uint8Array(Math.min(TEXT_MAX_BYTES, staging.size(name) ?? 0))
  staging.read(name, 0, bytes)
  return new TextDecoder().decode(bytes)
}
