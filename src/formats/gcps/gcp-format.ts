import type { MaskRing } from '../../geo/mask-polygons.ts'
import type { ResolvedMethod } from '../../geo/transform.ts'

export interface ImageSize {
  width: number
  height: number
}

export type GcpFormatName = 'csv' | 'qgis' | 'gdal' | 'arcgis' | 'annotation'

/** A control point as a file has it. */
export interface GcpFilePoint {
  /** Where it stands in the file, for a person: `line 4`, `feature 2`. */
  place: string
  /** Pixels from the top-left corner of the image, y down, whatever the file counts. */
  x: number
  y: number
  /** Ground position in the file's own reference system: easting or longitude first. */
  ground: [number, number]
  name: string | null
  /** Whether the program that wrote the file uses the point. */
  enabled: boolean
  /** The map a file of many maps says the point belongs to, as it is written; null where it says nothing. */
  mapId: string | null
}

export interface GcpFileContent {
  points: GcpFilePoint[]
  /** The reference system of the ground positions as the file names it (a code or WKT); null where it does not. */
  crs: string | null
  /** The size of the image the pixels count in, where the file tells it. */
  imageSize: ImageSize | null
}

/** A point to be written. Degrees as a string are a decimal number as the database holds it, and written as it is. */
export interface GcpRow {
  x: number
  y: number
  lon: number | string
  lat: number | string
  name?: string | null | undefined
}

/** The image that control points belong to, with what an annotation of it tells. */
export interface AnnotatedImage extends ImageSize {
  /** Address of the annotation. */
  annotationId: string
  /** Address of the image's IIIF Image API 3 service. */
  serviceId: string
  /** What of the image is the map: a ring in pixels, y down. Null is all of it. */
  outline: MaskRing | null
  method: ResolvedMethod
  createdAt: Date
  modifiedAt: Date
}

/** One format of control points: pure functions over text. `Image` is what writing needs to know of the image. */
export interface GcpFormat<Image = unknown> {
  name: GcpFormatName
  /** Whether a text looks like this format; its beginning decides. */
  recognises(text: string): boolean
  /**
   * @param image size of the image the points are read for, where it is known
   * @throws GcpFileError naming every place that cannot be read, and nothing else
   */
  read(text: string, image: ImageSize | null): GcpFileContent
  write(points: readonly GcpRow[], image: Image): string
}

export interface GcpFileFault {
  /** `line 4`, `feature 2`; null when it is about the whole file. */
  place: string | null
  message: string
}

/** Of one file. */
export const GCP_FILE_POINTS_MAX = 10_000

const FAULTS_MAX = 20

/** A file of control points that cannot be taken, with all that is wrong with it, up to 20 faults. */
export class GcpFileError extends Error {
  override readonly name = 'GcpFileError'
  readonly faults: readonly GcpFileFault[]

  constructor(faults: readonly GcpFileFault[]) {
    const told = faults.slice(0, FAULTS_MAX)
    if (faults.length > FAULTS_MAX)
      told.push({ place: null, message: `${faults.length - FAULTS_MAX} more faults` })
    super(told.map(faultText).join('; '))
    this.faults = told
  }
}

export const faultText = ({ place, message }: GcpFileFault): string =>
  place === null ? message : `${place}: ${message}`

/** @throws GcpFileError about the whole file, or about one place of it */
export function refuseFile(message: string, place: string | null = null): never {
  throw new GcpFileError([{ place, message }])
}
