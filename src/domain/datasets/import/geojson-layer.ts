import type { FeatureField } from '../../../formats/feature-rows.ts'
import { kindOfJson, typeOfKinds, VALUE_KINDS } from '../../../formats/field-census.ts'
import { fieldValueOf } from '../../../formats/field-values.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { type GeoJsonFeature, GeoJsonFeatures } from '../../../formats/geojson/features.ts'
import { flatGeometryOf } from '../../../formats/geojson/flat-geometry.ts'
import type { SyncByteSource } from '../../../formats/sync-bytes.ts'
import type { FlatGeometry } from '../../../geo/flat-geometry.ts'
import { countGeometry } from '../../../geo/geometry-census.ts'
import {
  FIELDS_MAX,
  type ImportedRow,
  type LayerReader,
  type LayerSurvey,
  type RowCursor,
} from './layer-reader.ts'

/** The field of what stands as `id` beside a feature's properties. */
const ID = 'id'

/** A GeoJSON text as a layer; its fields are whatever properties its features have. */
export class GeoJsonLayer implements LayerReader {
  readonly firstAt: number
  readonly #source: SyncByteSource

  constructor(source: SyncByteSource) {
    this.#source = source
    this.firstAt = new GeoJsonFeatures(source).position
  }

  survey(survey: LayerSurvey, featuresMax: number): void {
    const features = new GeoJsonFeatures(this.#source, survey.position ?? this.firstAt)
    const kinds = new Map(survey.kinds)
    const note = (name: string, kind: number) => kinds.set(name, (kinds.get(name) ?? 0) | kind)
    let feature: GeoJsonFeature | null = null
    for (let n = 0; n < featuresMax; n++) {
      feature = features.next()
      if (!feature) break
      survey.features++
      if (feature.id !== null && !Object.hasOwn(feature.properties, ID)) note(ID, kindOfId(feature.id))
      for (const name in feature.properties) note(name, kindOfJson(feature.properties[name]))
      if (kinds.size > FIELDS_MAX)
        throw new FormatError('too-many-fields', `its features have more than ${FIELDS_MAX} properties`)
      const { geometry } = geometryOf(feature)
      if (geometry) countGeometry(survey.geometry, geometry)
    }
    survey.kinds = [...kinds]
    const system = systemOf(features.crs)
    survey.systems = system === null ? [] : [system]
    survey.position = feature ? features.position : null
  }

  fields({ kinds }: LayerSurvey): FeatureField[] {
    return kinds.map(([name, kind]) => ({ name, type: typeOfKinds(kind) }))
  }

  rows(fields: readonly FeatureField[], position: number): RowCursor {
    const features = new GeoJsonFeatures(this.#source, position)
    return {
      get position() {
        return features.position
      },
      next: () => {
        const feature = features.next()
        return feature && rowOf(feature, fields)
      },
    }
  }
}

function rowOf(feature: GeoJsonFeature, fields: readonly FeatureField[]): ImportedRow {
  const { properties, id } = feature
  const values = fields.map(({ name, type }) => {
    const isThere = Object.hasOwn(properties, name)
    const value = isThere ? properties[name] : name === ID ? id : null
    return fieldValueOf(value, type)
  })
  return { ...geometryOf(feature), values }
}

function geometryOf({ geometry, at }: GeoJsonFeature): {
  geometry: FlatGeometry | null
  fault: string | null
} {
  try {
    return { geometry: flatGeometryOf(geometry), fault: null }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return { geometry: null, fault: `in the feature at byte ${at}, ${error.message}` }
  }
}

const kindOfId = (id: NonNullable<GeoJsonFeature['id']>): number =>
  typeof id === 'string' ? VALUE_KINDS.text : kindOfJson(id)

/** The name in GeoJSON 2008's `crs` member. */
function systemOf(crs: unknown): string | null {
  const name = (crs as { properties?: { name?: unknown } } | null)?.properties?.name
  return typeof name === 'string' ? name : null
}
