import { parseDecimal } from './decimals.ts'
import {
  GCP_FILE_POINTS_MAX,
  GcpFileError,
  type GcpFileFault,
  type GcpFilePoint,
  refuseFile,
} from './gcp-format.ts'

/** What one place of a file says about a point: text still, absent where the place has too few values. */
export interface PointText {
  place: string
  x: string | undefined
  y: string | undefined
  easting: string | undefined
  northing: string | undefined
  name?: string | null | undefined
  enabled?: boolean
  mapId?: string | null | undefined
}

/** What a file calls the four numbers of a point. */
export interface NumberNames {
  x: string
  y: string
  easting: string
  northing: string
}

const TEXT_TOLD_MAX = 40

/** Collects the points of a file and all that is wrong with them. */
export class PointReader {
  readonly #points: GcpFilePoint[] = []
  readonly #faults: GcpFileFault[] = []
  readonly #names: NumberNames
  #places = 0

  constructor(names: NumberNames) {
    this.#names = names
  }

  /** @throws GcpFileError when the file has more points than can be taken */
  add(given: PointText): void {
    if (++this.#places > GCP_FILE_POINTS_MAX)
      refuseFile(`the file has more than ${GCP_FILE_POINTS_MAX} points`)
    const [x, y, easting, northing] = (['x', 'y', 'easting', 'northing'] as const).map((key) =>
      this.#number(given.place, this.#names[key], given[key]),
    )
    if (x == null || y == null || easting == null || northing == null) return
    this.#points.push({
      place: given.place,
      x,
      y,
      ground: [easting, northing],
      name: given.name || null,
      enabled: given.enabled ?? true,
      mapId: given.mapId || null,
    })
  }

  /** The points, in the order of the file. @throws GcpFileError when anything was wrong */
  finish(): GcpFilePoint[] {
    if (this.#faults.length > 0) throw new GcpFileError(this.#faults)
    return this.#points
  }

  #number(place: string, name: string, text: string | undefined): number | null {
    const value = text === undefined ? null : parseDecimal(text)
    if (value === null)
      this.#faults.push({
        place,
        message:
          text === undefined || text.trim() === ''
            ? `${name} is missing`
            : `${name} is not a number: ${JSON.stringify(text.trim().slice(0, TEXT_TOLD_MAX))}`,
      })
    return value
  }
}
