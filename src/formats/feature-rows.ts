import type { FlatGeometry } from '../geo/flat-geometry.ts'

/** What a field holds; the names are those of the datasets' columns. */
export type FieldType =
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'double'
  | 'text'
  | 'date'
  | 'timestamp'
  | 'time'
  | 'json'
  | 'binary'

export interface FeatureField {
  name: string
  type: FieldType
  title?: string | null
  description?: string | null
}

/** JSON, dates and times as text; a bigint for integers that a double cannot hold. */
export type FieldValue = string | number | bigint | boolean | Uint8Array | null

/** A feature with the values of its fields in their order. */
export interface FeatureRow {
  geometry: FlatGeometry | null
  values: FieldValue[]
}

/**
 * Features of a file one after the other. `position` is where reading goes on; it is to be kept, so that another reader
 * of the same file can be set to it.
 */
export interface FeatureCursor<Row = FeatureRow> {
  position: number
  /** The next feature; null at the end. @throws FormatError */
  next(): Row | null
}
