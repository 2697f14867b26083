import { FormatError } from '../../formats/format-error.ts'
import { flatGeometryOf } from '../../formats/geojson/flat-geometry.ts'
import { hexOf } from '../../formats/hex.ts'
import { encodeEwkb } from '../../formats/wkb.ts'
import { parseWkt } from '../../formats/wkt.ts'
import { lonLatExtent } from '../../geo/crs/lonlat-extent.ts'
import { type ReferenceSystem, WGS_84 } from '../../geo/crs/reference-system.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../geo/flat-geometry.ts'
import type { DatasetColumn } from '../../store/dataset-types.ts'
import type { DatasetSchema } from '../../store/datasets.ts'
import type { FeatureRows } from '../../store/feature-input-rows.ts'
import { type Issue, ValidationError } from '../errors.ts'
import { columnNamed } from './column-named.ts'
import { columnValue } from './column-values.ts'
import { Bounds, checkPositions, flipped } from './input-geometry.ts'
import { knownSystem, requireSystem } from './reference-systems.ts'
import { valueOfText } from './text-values.ts'

/** Faults that are told of at once. */
const ISSUES_MAX = 20

/** A feature as it comes in. */
export interface FeatureInput {
  /** A GeoJSON geometry, or text where that is agreed on, not yet looked at; null for none. In a change, `undefined` leaves it as it is. */
  geometry?: unknown
  /** By the names of the dataset's columns; in a change, those left out stay as they are and null unsets. */
  properties?: unknown
}

/** The coordinates of what comes in. */
export interface InputSystem {
  /** EPSG code; 4326 unless given, and the dataset's own where `isText`. */
  srid?: number | undefined
  /** `yx` has the northing, or latitude, first. */
  axisOrder?: 'xy' | 'yx' | undefined
  /**
   * Geometries may be well-known text, in the system it names, if any (`SRID=n;`, the same for all); values may be texts of
   * what their columns take; names need not have the case of the columns'.
   */
  isText?: boolean | undefined
}

/**
 * Features as rows of a dataset.
 * @param isWhole what is not named becomes null, where a change leaves it as it is
 * @throws ValidationError that names what is wrong: `geometry`, `properties.<name>`, after `features[<index>].` for several
 */
export function featureRows(
  schema: DatasetSchema,
  features: readonly FeatureInput[],
  { srid: told, axisOrder = 'xy', isText = false }: InputSystem,
  isWhole: boolean,
): FeatureRows {
  const srid = (isText ? systemOfTexts(features) : null) ?? told ?? (isText ? schema.srid : WGS_84)
  const system = requireSystem('crs', srid)
  const issues: Issue[] = []
  const bounds = new Bounds()
  const geometries: (string | null)[] = []
  const given: Record<string, unknown>[] = []
  features.forEach((feature, index) => {
    const place = features.length > 1 ? `features[${index}].` : ''
    const report = (attribute: string, message: string) =>
      issues.push({ attribute: place + attribute, message })
    if (issues.length >= ISSUES_MAX) return
    given.push(propertiesOf(schema, feature, isText, report))
    try {
      const read = flatOf(feature.geometry, isText)
      const geometry = geometryOf(schema, read, axisOrder, system)
      if (geometry) bounds.include(geometry)
      if (geometry && srid !== schema.srid) checkReach(geometry, system, schema.srid)
      geometries.push(geometry && hexOf(encodeEwkb(geometry)))
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      report('geometry', error.message)
    }
  })
  if (issues.length > 0) throw new ValidationError(issues)
  const hasGeometry = isWhole || features.some(({ geometry }) => geometry !== undefined)
  const columns = isWhole
    ? schema.columns
    : schema.columns.filter(({ name }) => Object.hasOwn(given[0]!, name))
  const box = bounds.box()
  return {
    count: features.length,
    geometries: schema.geometryType && hasGeometry ? geometries : null,
    extent: box && lonLatExtent(box, srid),
    values: columns.map(({ name }) => given.map((values) => values[name])),
    ...{ srid, columns },
  }
}

type Report = (attribute: string, message: string) => void

function propertiesOf(
  { columns }: DatasetSchema,
  { properties }: FeatureInput,
  isText: boolean,
  report: Report,
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  if (properties === null || properties === undefined) return values
  if (typeof properties !== 'object' || Array.isArray(properties)) {
    report('properties', 'must be an object')
    return values
  }
  const byName = new Map<string, DatasetColumn>(columns.map((column) => [column.name, column]))
  for (const [name, value] of Object.entries(properties)) {
    const column = byName.get(name) ?? (isText ? columnNamed(columns, name) : undefined)
    const read = column
      ? columnValue(column.type, isText ? valueOfText(column.type, value) : value)
      : { fault: 'is no property of the dataset' }
    if ('fault' in read) report(`properties.${name.slice(0, 100)}`, read.fault)
    else values[column!.name] = read.value
  }
  return values
}

/** The system that texts name; null where they name none. @throws ValidationError where they name several */
function systemOfTexts(features: readonly FeatureInput[]): number | null {
  const named = new Set(
    features.map(({ geometry }) => /^\s*SRID\s*=\s*(\d{1,6})\s*;/i.exec(String(geometry))?.[1]),
  )
  named.delete(undefined)
  if (named.size > 1) throw new ValidationError([{ attribute: 'geometry', message: 'is in several systems' }])
  const [srid] = named
  return srid === undefined ? null : Number(srid)
}

/** @throws FormatError */
function flatOf(input: unknown, isText: boolean): FlatGeometry | null {
  if (!isText || typeof input !== 'string') return flatGeometryOf(input)
  return input.trim() === '' ? null : parseWkt(input).geometry
}

function geometryOf(
  { geometryType }: DatasetSchema,
  read: FlatGeometry | null,
  axisOrder: 'xy' | 'yx',
  system: ReferenceSystem,
): FlatGeometry | null {
  if (!read) return null
  if (!geometryType) throw new FormatError('bad-geometry', 'the dataset has no geometries')
  const name = TYPE_NAMES[read.type]!
  if (geometryType !== 'Geometry' && geometryType !== name && geometryType !== `Multi${name}`)
    throw new FormatError('bad-geometry', `it is a ${name}, and the dataset takes ${geometryType}`)
  const geometry = axisOrder === 'yx' ? flipped(read) : read
  checkPositions(geometry, system.metresPerUnit === null)
  return geometry
}

/** Refuses what lies where the dataset's system has no coordinates, or meaningless ones. */
function checkReach(geometry: FlatGeometry, system: ReferenceSystem, target: number): void {
  const own = new Bounds()
  own.include(geometry)
  const box = own.box()
  const reached = knownSystem(target)
  if (!box || !reached) return
  const [minX, minY, maxX, maxY] = box as [number, number, number, number]
  const place = new Float64Array(2)
  for (const x of [minX, maxX])
    for (const y of [minY, maxY]) {
      system.inverse(x, y, place)
      reached.forward(place[0]!, place[1]!, place)
      if (!Number.isFinite(place[0]) || !Number.isFinite(place[1]))
        throw new FormatError('bad-geometry', `lies where EPSG:${target} is not defined`)
    }
}

const TYPE_NAMES = Object.fromEntries(Object.entries(GEOMETRY_CODES).map(([name, code]) => [code, name]))
