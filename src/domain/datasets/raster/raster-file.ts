import { type GeoTiffSystem, readGeoTiffReference } from '../../../formats/geotiff-reference.ts'
import type { ByteSource } from '../../../formats/probe/byte-source.ts'
import type { TiffInfo } from '../../../formats/probe/image-info.ts'
import { colourSamples, TIFF_PHOTOMETRIC } from '../../../formats/probe/tiff-layout.ts'
import { parseWorldFile } from '../../../formats/world-file.ts'
import { crsOfName } from '../../../geo/crs/crs-name.ts'
import { crsTransform, type ReferenceSystem } from '../../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../../geo/crs/unknown-crs-error.ts'
import type { GeoTransform } from '../../../geo/geo-transform.ts'
import type { Resampling } from '../../../geo/warp/filters.ts'
import { QuestionError, ValidationError } from '../../errors.ts'

/** A TIFF that came with an import. */
export interface RasterFile {
  source: ByteSource
  /** As the user's file is called. */
  name: string
  /** Text of the world file beside it, if there is one; it counts where the TIFF itself says nothing. */
  worldFile?: string
}

/**
 * Where the pixels of a raster lie, and in which system.
 * @param crs name of the system, which goes before the file's own
 * @throws ValidationError for a TIFF that is not georeferenced; QuestionError where its system is not known; FormatError
 */
export async function readGeoreference(
  { source, worldFile }: RasterFile,
  crs: string | undefined,
): Promise<{ transform: GeoTransform; system: ReferenceSystem }> {
  const reference = await readGeoTiffReference(source)
  const transform = reference.transform ?? (worldFile === undefined ? null : parseWorldFile(worldFile))
  if (!transform) throw notGeoreferenced(reference.controlPoints)
  return { transform, system: crs === undefined ? systemOf(reference.system) : systemNamed(crs) }
}

function notGeoreferenced(controlPoints: number): ValidationError {
  const has =
    controlPoints > 0
      ? `has ${controlPoints} control points in the place of a georeference`
      : 'is not georeferenced'
  const message = `${has}, so it is a scan yet to be rectified: upload it as a map (POST /api/v1/maps), give it control points and rectify it`
  return new ValidationError([{ attribute: 'file', message }])
}

function systemOf(system: GeoTiffSystem | null): ReferenceSystem {
  if (!system) throw question('The file does not say which reference system its coordinates are in')
  if ('wkt' in system || 'name' in system) {
    const text = 'wkt' in system ? (/"([^"]{1,80})/.exec(system.wkt)?.[1] ?? 'WKT') : system.name.slice(0, 80)
    throw question(`The file describes its reference system without an EPSG code (${text})`)
  }
  try {
    return crsTransform(system.code)
  } catch (error) {
    if (!(error instanceof UnknownCrsError)) throw error
    throw question(`The file's reference system EPSG:${system.code} is not one that can be computed here`)
  }
}

function systemNamed(crs: string): ReferenceSystem {
  try {
    return crsOfName(crs)
  } catch (error) {
    if (!(error instanceof UnknownCrsError)) throw error
    throw question(`Of the answer, ${error.message}`)
  }
}

const question = (why: string) =>
  new QuestionError({ input: 'crs', message: `${why}; give it as crs, such as EPSG:32632` })

/** Kinds of land and of other things have no means between them. */
export const resamplingOf = ({ tiff }: TiffInfo): Resampling =>
  tiff.photometric === TIFF_PHOTOMETRIC.palette ? 'near' : 'bilinear'

/** What of a raster's samples cannot be seen in its tiles, for a person. */
export function displayWarnings({ tiff, channels, raster }: TiffInfo): string[] {
  const colours = colourSamples(tiff.photometric)
  const shown = colours === 1 ? 'the first is' : `the first ${colours} are`
  const bands = channels - tiff.extraSamples.filter((meaning) => meaning !== 0).length
  const range = raster?.range?.map((value) => Number(value.toPrecision(6)))
  return [
    ...(bands > colours ? [`of ${bands} bands ${shown} shown`] : []),
    ...(range ? [`values from ${range[0]} to ${range[1]} are shown from black to white`] : []),
  ]
}
