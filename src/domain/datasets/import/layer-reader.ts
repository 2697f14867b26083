import type { FeatureField, FieldValue } from '../../../formats/feature-rows.ts'
import type { FlatGeometry } from '../../../geo/flat-geometry.ts'
import { type GeometryCensus, newGeometryCensus } from '../../../geo/geometry-census.ts'

/** Properties of a layer, at most; a census with more than that is given up. */
export const FIELDS_MAX = 500

/** What is known of a layer from reading it through. Plain JSON. */
export interface LayerSurvey {
  /** Where reading goes on; null when the end has been reached. */
  position: number | null
  features: number
  /** By name, in the order of their appearance: the kinds of values that were met. */
  kinds: [name: string, kinds: number][]
  geometry: GeometryCensus
  /** EPSG codes, or names of systems, that the features or what stands beside them tell. */
  systems: string[]
}

export const newSurvey = (position: number): LayerSurvey => ({
  ...{ position, features: 0, kinds: [], geometry: newGeometryCensus(), systems: [] },
})

/** A feature on its way into a dataset. */
export interface ImportedRow {
  geometry: FlatGeometry | null
  /** In the order of the fields. */
  values: FieldValue[]
  /** Why its geometry was left out, for a person. */
  fault: string | null
}

/** The rows of a layer from some place on. */
export interface RowCursor {
  /** Where reading goes on. */
  readonly position: number
  next(): ImportedRow | null
}

/** A layer that is read twice: to know what it holds, and for its features. */
export interface LayerReader {
  readonly firstAt: number
  /** Reads on from where a survey stands, so many features at most, and writes down what it meets. @throws FormatError */
  survey(survey: LayerSurvey, featuresMax: number): void
  /** The fields of the layer by a survey that came to the end. */
  fields(survey: LayerSurvey): FeatureField[]
  /** @throws FormatError from `next` */
  rows(fields: readonly FeatureField[], position: number): RowCursor
}
