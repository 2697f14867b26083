import { crsOfName } from '../../geo/crs/crs-name.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import { annotation } from './annotation.ts'
import { arcgis } from './arcgis.ts'
import { csv } from './csv.ts'
import {
  GcpFileError,
  type GcpFileFault,
  type GcpFilePoint,
  type GcpFormat,
  type GcpFormatName,
  type ImageSize,
  refuseFile,
} from './gcp-format.ts'
import { gdal } from './gdal.ts'
import { qgis } from './qgis.ts'
import { crsNameOf } from './wkt-crs.ts'

export { annotation, arcgis, csv, gdal, qgis }

/** In the order in which they are tried: what a reader knows by a mark of its own before what is only numbers. */
const FORMATS: readonly Pick<GcpFormat, 'name' | 'recognises' | 'read'>[] = [
  annotation,
  qgis,
  csv,
  arcgis,
  gdal,
]

export const GCP_FORMAT_NAMES = [
  'csv',
  'qgis',
  'gdal',
  'arcgis',
  'annotation',
] as const satisfies GcpFormatName[]

/** A point of a file in pixels of the image it is read for, y down, and WGS 84 degrees. */
export interface ReadGcp extends Omit<GcpFilePoint, 'ground'> {
  lon: number
  lat: number
}

export interface ReadGcpFile {
  format: GcpFormatName
  points: ReadGcp[]
  /** The size of the image the file's pixels counted in, where they had to be scaled to the one they are read for. */
  scaledFrom: ImageSize | null
}

export interface ReadGcpOptions {
  /** Found by the content where it is not named. */
  format?: GcpFormatName | undefined
  /** Size of the image the points are for, where it is known. */
  image: ImageSize | null
  /** Reference system of the ground positions of a file that names none; WGS 84 degrees unless given. */
  crs?: string | undefined
}

/**
 * Reads control points of any of the formats.
 * @throws GcpFileError naming every place that cannot be read
 */
export function readGcpFile(text: string, { format, image, crs }: ReadGcpOptions): ReadGcpFile {
  const reader = FORMATS.find(format ? ({ name }) => name === format : ({ recognises }) => recognises(text))
  if (!reader)
    return refuseFile(`the file is in none of the formats that are known: ${GCP_FORMAT_NAMES.join(', ')}`)
  const content = reader.read(text, image)
  const points = inDegrees(content.points, content.crs ?? crs ?? null)
  const size = content.imageSize
  const scaledFrom =
    size && image && (size.width !== image.width || size.height !== image.height) ? size : null
  return {
    format: reader.name,
    points: scaledFrom && image ? scaled(points, scaledFrom, image) : points,
    scaledFrom,
  }
}

/** Points of an image as points of the same picture in another size. */
export function scaled<P extends { x: number; y: number }>(
  points: readonly P[],
  from: ImageSize,
  to: ImageSize,
): P[] {
  return points.map((point) => ({
    ...point,
    x: (point.x * to.width) / from.width,
    y: (point.y * to.height) / from.height,
  }))
}

function inDegrees(points: readonly GcpFilePoint[], crs: string | null): ReadGcp[] {
  const name = crsNameOf(crs ?? 'EPSG:4326')
  const { inverse } = systemOf(name)
  const faults: GcpFileFault[] = []
  const degrees = new Float64Array(2)
  const read = points.map(({ ground, ...point }) => {
    inverse(...ground, degrees)
    const [lon, lat] = [degrees[0]!, degrees[1]!]
    const position = ground.join(', ')
    if (!Number.isFinite(lon) || !Number.isFinite(lat))
      faults.push({ place: point.place, message: `${position} is no position in ${name}` })
    else if (crs === null && (Math.abs(lon) > 360 || Math.abs(lat) > 90))
      faults.push({
        place: point.place,
        message: `${position} is no longitude and latitude; if it is in another reference system, name that as srs`,
      })
    return { ...point, lon, lat }
  })
  if (faults.length > 0) throw new GcpFileError(faults)
  return read
}

function systemOf(name: string) {
  try {
    return crsOfName(name)
  } catch (error) {
    if (!(error instanceof UnknownCrsError)) throw error
    return refuseFile(error.message)
  }
}
