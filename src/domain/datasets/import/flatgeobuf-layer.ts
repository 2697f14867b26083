import { type ByteTextDecoder, byteTextDecoder } from '../../../formats/byte-text.ts'
import type { FeatureField, FieldValue } from '../../../formats/feature-rows.ts'
import { fieldValueOf, jsonOfList, jsonOfText } from '../../../formats/field-values.ts'
import {
  FlatGeobufCursor,
  type FlatGeobufHeader,
  readFlatGeobufHeader,
} from '../../../formats/flatgeobuf/reader.ts'
import { FormatError } from '../../../formats/format-error.ts'
import type { SyncByteSource } from '../../../formats/sync-bytes.ts'
import { countGeometry } from '../../../geo/geometry-census.ts'
import { FIELDS_MAX, type LayerReader, type LayerSurvey, type RowCursor } from './layer-reader.ts'

/** What the file does not say itself. */
export interface FlatGeobufHints {
  /** Fields that are wanted, with types the file has no words for; all of them, as the file has them, unless given. */
  fields?: readonly FeatureField[]
  /** See `byteTextDecoder`; null for texts that are as they should be. */
  textEncoding?: string | null
}

interface StoredField {
  /** Place in the file's list. */
  index: number
  field: FeatureField
  convert: (value: FieldValue) => FieldValue
}

/** A FlatGeobuf as a layer. */
export class FlatGeobufLayer implements LayerReader {
  readonly firstAt: number
  readonly header: FlatGeobufHeader
  readonly #source: SyncByteSource
  readonly #fields: readonly StoredField[]

  /** @throws FormatError */
  constructor(source: SyncByteSource, { fields = [], textEncoding = null }: FlatGeobufHints = {}) {
    this.#source = source
    this.header = readFlatGeobufHeader(source)
    this.firstAt = this.header.featuresAt
    const decode = textEncoding === null ? null : byteTextDecoder(textEncoding)
    this.#fields = this.header.fields.flatMap((stored, index) => {
      const told = fields.length === 0 ? stored : fields.find(({ name }) => name === stored.name)
      if (!told) return []
      const name = decode ? decode(told.name) : told.name
      return [{ index, field: { ...told, name }, convert: converterOf(told, stored, decode) }]
    })
    if (this.#fields.length > FIELDS_MAX)
      throw new FormatError('too-many-fields', `it has more than ${FIELDS_MAX} fields`)
  }

  survey(survey: LayerSurvey, featuresMax: number): void {
    const features = new FlatGeobufCursor(this.#source, this.header, survey.position ?? this.firstAt)
    let feature = null
    for (let n = 0; n < featuresMax; n++) {
      feature = features.next()
      if (!feature) break
      survey.features++
      if (feature.geometry) countGeometry(survey.geometry, feature.geometry)
    }
    survey.position = feature ? features.position : null
    if (survey.position === null && this.header.count > survey.features)
      throw new FormatError(
        'truncated',
        `the file ends after ${survey.features} of the ${this.header.count} features it says it has`,
      )
  }

  fields(): FeatureField[] {
    return this.#fields.map(({ field }) => field)
  }

  rows(_fields: readonly FeatureField[], position: number): RowCursor {
    const features = new FlatGeobufCursor(this.#source, this.header, position)
    return {
      get position() {
        return features.position
      },
      next: () => {
        const feature = features.next()
        if (!feature) return null
        const values = this.#fields.map(({ index, convert }) => {
          const value = feature.values[index] ?? null
          return value === null ? null : convert(value)
        })
        return { geometry: feature.geometry, fault: null, values }
      },
    }
  }
}

function converterOf(
  { type }: FeatureField,
  stored: FeatureField,
  decode: ByteTextDecoder | null,
): (value: FieldValue) => FieldValue {
  if (type === 'json')
    return stored.type === 'json'
      ? (value) => jsonOfText(String(value))
      : (value) => jsonOfList(String(value))
  if (type === 'text' && decode) return (value) => fieldValueOf(decode(String(value)), type)
  return (value) => fieldValueOf(value, type)
}
