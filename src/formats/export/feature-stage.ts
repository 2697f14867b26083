import type { FlatGeometry, GeometryCode } from '../../geo/flat-geometry.ts'
import { type FlatGeobufColumn, FlatGeobufEncoder, type FlatGeobufValue } from '../flatgeobuf/writer.ts'
import { FormatError } from '../format-error.ts'
import { base64 } from './base64.ts'
import { type ExportColumn, type ExportFormat, rulesOf } from './export-format.ts'
import { cutText, utf8Bytes } from './field-names.ts'
import { isEmptyGeometry, type StagedLayerName, stagedShapes } from './staged-shapes.ts'

/** What has been staged of one layer. */
export interface StagedLayer {
  count: number
  /** Features without geometry among them. */
  withoutGeometry: number
  /** Smallest x, y, greatest x, y. */
  envelope: number[] | null
  /** The only type there is; null where there are several, or none yet. */
  type: GeometryCode | null
  isMixed: boolean
}

/** What has been staged of one column. */
export interface StagedColumn {
  /** UTF-8 bytes of its longest text. */
  textBytes: number
  /** Texts that were cut. */
  cut: number
  /** Numbers that a double cannot hold. */
  isBeyondDoubles: boolean
  /** Texts have characters that are not of ASCII. */
  hasOtherThanAscii: boolean
  /** The number that is farthest from 0, of doubles. */
  greatest: number
}

/** What has been staged so far; JSON, so that a job can go on from it. */
export interface StagedFeatures {
  layers: Partial<Record<StagedLayerName, StagedLayer>>
  columns: StagedColumn[]
  /** Features that were left out, having nothing that the format can hold. */
  leftOut: number
  /** Collections that were taken apart. */
  takenApart: number
}

export const nothingStaged = (columns: readonly ExportColumn[]): StagedFeatures => ({
  layers: {},
  columns: columns.map(() => ({
    ...{ textBytes: 0, cut: 0, isBeyondDoubles: false, hasOtherThanAscii: false, greatest: 0 },
  })),
  leftOut: 0,
  takenApart: 0,
})

/** A value as it comes from a table: digits for `bigint`, ISO 8601 for dates and times, text for JSON. */
export type ExportValue = boolean | number | string | Uint8Array | null

/** Features on their way to a format, as the features of FlatGeobuf files, one for each layer. */
export class FeatureStage {
  readonly #format: ExportFormat
  readonly #columns: readonly ExportColumn[]
  readonly #isMixed: boolean
  readonly #staged: StagedFeatures
  readonly #encoder: FlatGeobufEncoder

  /**
   * @param isMixed whether geometries may be of any type
   * @param staged what has been staged before; it is changed
   */
  constructor(
    format: ExportFormat,
    columns: readonly ExportColumn[],
    isMixed: boolean,
    staged: StagedFeatures,
  ) {
    this.#format = format
    this.#columns = columns
    this.#isMixed = isMixed
    this.#staged = staged
    this.#encoder = new FlatGeobufEncoder(stagedColumns(format, columns))
  }

  /**
   * Encodes a feature; it goes to `write`, in several pieces where the format wants that. The bytes are good until the next.
   * @throws FormatError `unsupported-geometry` where the format cannot hold it
   */
  add(
    fid: number,
    geometry: FlatGeometry | null,
    values: readonly ExportValue[],
    write: (layer: StagedLayerName, feature: Uint8Array) => void,
  ): void {
    const shapes = stagedShapes(this.#format, this.#isMixed, geometry)
    if (shapes === null)
      throw new FormatError(
        'unsupported-geometry',
        `${rulesOf(this.#format).title} holds points and lines only; the feature ${fid} is a polygon`,
      )
    if (shapes.length === 0) this.#staged.leftOut++
    if (shapes.length > 1) this.#staged.takenApart++
    const encoded = values.map((value, i) => this.#value(i, value))
    for (const { layer, geometry: shape } of shapes) {
      const kept = shape && !isEmptyGeometry(shape) ? shape : null
      this.#count(layer, kept)
      write(layer, this.#encoder.encode(kept, encoded))
    }
  }

  #value(i: number, value: ExportValue): FlatGeobufValue {
    if (value === null) return null
    const { types, textMaxBytes, hasNoProperties } = rulesOf(this.#format)
    if (hasNoProperties) return null
    const { type } = this.#columns[i]!
    const staged = this.#staged.columns[i]!
    switch (type) {
      case 'bigint': {
        const number = BigInt(value as string)
        if (BigInt(Number(number)) !== number) staged.isBeyondDoubles = true
        staged.textBytes = Math.max(staged.textBytes, String(value).length)
        return number
      }
      case 'double':
        if (Number.isFinite(value)) staged.greatest = Math.max(staged.greatest, Math.abs(value as number))
        return value
      case 'boolean':
      case 'integer':
        return value
      default: {
        if (value instanceof Uint8Array && types.includes('binary')) return value
        const text = value instanceof Uint8Array ? base64(value) : String(value)
        const kept = cutText(text, textMaxBytes)
        if (kept !== text) staged.cut++
        if (textMaxBytes !== undefined) {
          const bytes = utf8Bytes(kept)
          staged.textBytes = Math.max(staged.textBytes, bytes)
          if (bytes > kept.length) staged.hasOtherThanAscii = true
        }
        return kept
      }
    }
  }

  #count(name: StagedLayerName, geometry: FlatGeometry | null): void {
    const layer = this.#staged.layers[name] ?? {
      ...{ count: 0, withoutGeometry: 0, envelope: null, type: null, isMixed: false },
    }
    this.#staged.layers[name] = layer
    layer.count++
    if (!geometry) {
      layer.withoutGeometry++
      return
    }
    if (layer.type !== null && layer.type !== geometry.type) layer.isMixed = true
    layer.type = geometry.type
    layer.envelope = grown(layer.envelope, geometry)
  }
}

/** How columns lie in the staged files, by number: names are given to them when the file is made. */
export function stagedColumns(format: ExportFormat, columns: readonly ExportColumn[]): FlatGeobufColumn[] {
  const { hasNoProperties, types } = rulesOf(format)
  if (hasNoProperties) return []
  const has = (type: string) => (types as readonly string[]).includes(type)
  return columns.map(({ type }, i) => ({ name: `c${i}`, type: stagedType(type, has) }))
}

function stagedType(type: ExportColumn['type'], has: (type: string) => boolean): FlatGeobufColumn['type'] {
  switch (type) {
    case 'boolean':
      return 'Bool'
    case 'integer':
      return 'Int'
    case 'bigint':
      return 'Long'
    case 'double':
      return 'Double'
    case 'json':
      return has('json') ? 'Json' : 'String'
    case 'binary':
      return has('binary') ? 'Binary' : 'String'
    case 'timestamp':
      return has('timestamp') ? 'DateTime' : 'String'
    case 'date':
      return has('date') ? 'DateTime' : 'String'
    default:
      return 'String'
  }
}

function grown(envelope: number[] | null, { xy, parts }: FlatGeometry): number[] | null {
  let box = envelope
  for (const part of parts ?? []) box = grown(box, part)
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = [xy[i]!, xy[i + 1]!]
    if (Number.isNaN(x) || Number.isNaN(y)) continue
    if (!box) box = [x, y, x, y]
    else {
      if (x < box[0]!) box[0] = x
      if (y < box[1]!) box[1] = y
      if (x > box[2]!) box[2] = x
      if (y > box[3]!) box[3] = y
    }
  }
  return box
}

/** The type of all geometries of a layer; null where they differ. */
export const commonType = ({ type, isMixed }: StagedLayer): GeometryCode | null => (isMixed ? null : type)
