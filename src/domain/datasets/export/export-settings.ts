import { EXPORT_FORMATS, type ExportFormat, rulesOf } from '../../../formats/export/export-format.ts'
import { withAxes } from '../../../formats/export/system-text.ts'
import { crsTransform, type ReferenceSystem } from '../../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../../geo/crs/unknown-crs-error.ts'
import { findSystemText } from '../../../store/reference-systems.ts'
import type { Context } from '../../context.ts'
import { type Issue, ValidationError } from '../../errors.ts'
import type { DatasetColumn, DatasetRecord } from '../datasets.ts'
import { codeOfCrs, requireComputable } from '../requested-system.ts'

/** What an export is asked for. */
export interface ExportRequest {
  /** Number or name of the dataset. */
  dataset: number | string
  format: string
  /** Name of a reference system; the dataset's own, or the format's, unless given. */
  crs?: string | undefined
  /** CQL2 text; all features unless given. */
  filter?: string | undefined
  /** Names of the properties that are wanted, in this order; all unless given. */
  properties?: readonly string[] | undefined
}

/** What an export comes to, for one dataset as it is. */
export interface ExportSettings {
  format: ExportFormat
  /** EPSG code of the coordinates; 0 where nothing is known of them. */
  srid: number
  /** Decimals that computed coordinates are worth; null for those that are as they are stored. */
  decimals: number | null
  columns: readonly DatasetColumn[]
}

/** Some tenths of a millimetre, in degrees and in metres. */
const DEGREE_DECIMALS = 9
const PLANE_DECIMALS = 4

const refuse = (attribute: string, message: string): never => {
  throw new ValidationError([{ attribute, message }] satisfies Issue[])
}

/**
 * What a request means for a dataset.
 * @throws ValidationError (`format`, `crs`, `properties`)
 */
export async function settleExport(
  context: Context,
  dataset: DatasetRecord,
  request: ExportRequest,
): Promise<ExportSettings> {
  const format = formatOf(request.format)
  if (dataset.form !== 'vector') refuse('dataset', 'is a raster; only features are exported')
  if (dataset.geometryType === null && ['gpx', 'dxf'].includes(format))
    refuse('format', `${format} holds geometries, and the dataset has none`)
  if (format === 'gpx' && /Polygon$/.test(dataset.geometryType ?? ''))
    refuse('format', 'gpx holds points and lines only, and the dataset has polygons')
  const srid = sridOf(dataset, format, request.crs)
  if (srid !== 0) await requireComputable(context, srid)
  const columns = columnsOf(dataset, request.properties)
  return { format, srid, columns, decimals: srid === dataset.srid ? null : decimalsOf(srid) }
}

function formatOf(name: string): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === name.toLowerCase())
  return format ?? refuse('format', `must be one of ${EXPORT_FORMATS.join(', ')}`)
}

function sridOf(
  { srid, geometryType }: DatasetRecord,
  format: ExportFormat,
  crs: string | undefined,
): number {
  const { onlySrid, defaultSrid } = rulesOf(format)
  const asked = crs === undefined ? null : codeOfCrs(crs)
  if (geometryType === null) return 0
  if (onlySrid !== undefined && asked !== null && asked !== onlySrid)
    refuse('crs', `must be EPSG:${onlySrid}: ${format} has no other`)
  const wanted = asked ?? onlySrid ?? defaultSrid ?? srid
  if (srid === 0 && (asked !== null || onlySrid !== undefined))
    refuse('crs', 'cannot be chosen: nothing is known of the system of the coordinates')
  return srid === 0 ? 0 : wanted
}

function columnsOf(
  { columns }: DatasetRecord,
  names: readonly string[] | undefined,
): readonly DatasetColumn[] {
  if (!names) return columns
  return [...new Set(names)].map((name) => {
    const column = columns.find((known) => known.name === name)
    return column ?? refuse('properties', `has ${JSON.stringify(name)}, which the dataset does not`)
  })
}

const decimalsOf = (srid: number): number =>
  systemOf(srid)?.metresPerUnit === null ? DEGREE_DECIMALS : PLANE_DECIMALS

/** The text of a reference system as files are to have it; null for 0, and where the database has none. */
export async function systemText(context: Context, srid: number): Promise<string | null> {
  const text = srid === 0 ? null : await findSystemText(context.db, srid)
  return !text ? null : withAxes(text, systemOf(srid)?.axisOrder === 'yx')
}

/** What is known of a system beside its text; null where it is one that only the database knows. */
function systemOf(srid: number): ReferenceSystem | null {
  try {
    return crsTransform(srid)
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}
