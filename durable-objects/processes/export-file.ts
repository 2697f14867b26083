import dxfTemplates from '../../build/dxf-templates.mjs'
import wasmModule from '../../build/gdal.wasm'
import glue from '../../build/gdal-glue.mjs'
import {
  type Conversion,
  type ConversionTarget,
  conversionTargets,
  convert,
} from '../../src/formats/export/convert.ts'
import { rulesOf } from '../../src/formats/export/export-format.ts'
import { flatGeobufFile, piecesOf } from '../../src/formats/export/flatgeobuf-file.ts'
import { withUtf8Charset } from '../../src/formats/export/mif-head.ts'
import { FormatError } from '../../src/formats/format-error.ts'
import { openGdal } from '../../src/formats/gdal/module.ts'
import { VectorGdal } from '../../src/formats/gdal/vector.ts'
import { memorySyncSource } from '../../src/formats/sync-bytes.ts'
import { type ZipMember, zipArchive } from '../../src/formats/zip-writer.ts'
import type { FileStaging } from '../file-staging.ts'

/** Folders of the staging: what features are staged in, and what GDAL makes of them. */
export const STAGED = 'staged/'
const MADE = 'made/'

/** Bytes of staged features that GDAL converts: it does so in one go, which must end in time. */
export const CONVERTED_MAX_BYTES = 256 * 1024 * 1024

/** What GDAL warned of that is told, at most. */
const GDAL_WARNINGS_MAX = 20

const GDAL_DATA = '/usr/share/gdal'
const GDAL_CONFIG = {
  GDAL_DATA,
  // A file that is not made to its end is made again from the beginning.
  OGR_SQLITE_JOURNAL: 'OFF',
  OGR_SQLITE_SYNCHRONOUS: 'OFF',
  OGR_GPKG_MAX_RAM_USAGE_RTREE: String(8 * 1024 * 1024),
}

/**
 * Makes what a format consists of out of staged features, as files of the staging.
 * @returns what GDAL warned of
 * @throws FormatError `too-large`; `undecodable` with GDAL's reason
 */
export async function makeFiles(staging: FileStaging, conversion: Conversion): Promise<string[]> {
  for (const name of staging.names()) if (name.startsWith(MADE)) staging.remove(name)
  if (rulesOf(conversion.format).driver === null) return []
  const bytes = staging
    .names()
    .reduce((sum, name) => sum + (name.startsWith(STAGED) ? (staging.size(name) ?? 0) : 0), 0)
  if (bytes > CONVERTED_MAX_BYTES)
    throw new FormatError(
      'too-large',
      `the features have more than ${CONVERTED_MAX_BYTES} bytes; FlatGeobuf, GeoJSON and CSV have no such limit, and a filter takes fewer`,
    )
  const gdal = new VectorGdal(await openGdal({ glue, wasmModule, config: GDAL_CONFIG }))
  for (const [name, text] of Object.entries(dxfTemplates))
    gdal.mount(`${GDAL_DATA}/${name}`, memorySyncSource(new TextEncoder().encode(text)))
  gdal.mountOutput({
    file: (name) => staging.file(MADE + name),
    remove: (name) => staging.remove(MADE + name),
    rename: (name, to) => staging.rename(MADE + name, MADE + to),
  })
  const targets = conversionTargets(conversion.format, conversion.staged)
  const warnings = targets.flatMap((target) => convert(gdal, conversion, target))
  staging.flush()
  const told = [...new Set(warnings)]
  const more = told.length - GDAL_WARNINGS_MAX
  return more > 0 ? [...told.slice(0, GDAL_WARNINGS_MAX), `and ${more} more like these`] : told
}

/** The bytes of the file that is handed out. @param baseName of it, and of its members */
export function exportedBytes(
  staging: FileStaging,
  conversion: Conversion,
  baseName: string,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  const { format, staged } = conversion
  const { driver, isZipped } = rulesOf(format)
  if (format === 'fgb') return flatGeobufFile(conversion, staging.file(stagedFile('features')))
  if (driver === null) return piecesOf(staging.file(stagedFile('text')))
  const targets = conversionTargets(format, staged)
  if (!isZipped) return piecesOf(staging.file(MADE + targets[0]!.path))
  return zipArchive(targets.flatMap((target) => membersOf(staging, conversion, target, baseName)))
}

export const stagedFile = (name: string): string => STAGED + name

/** The files that belong to one target, called after the export, and after their layer where there are several. */
function membersOf(
  staging: FileStaging,
  { format, staged }: Conversion,
  { path }: ConversionTarget,
  baseName: string,
): ZipMember[] {
  const stem = path.slice(0, path.lastIndexOf('.') + 1)
  const needsCharset = format === 'mif' && staged.columns.some(({ hasOtherThanAscii }) => hasOtherThanAscii)
  return staging
    .names()
    .filter((name) => name.startsWith(MADE + stem))
    .map((name) => {
      const layer = stem === 'features.' ? '' : `_${stem.slice(0, -1)}`
      const extension = name.slice(MADE.length + stem.length)
      const pieces = piecesOf(staging.file(name))
      return {
        name: `${baseName}${layer}.${extension}`,
        chunks: needsCharset && extension === 'mif' ? withUtf8Charset(pieces) : pieces,
      }
    })
}
