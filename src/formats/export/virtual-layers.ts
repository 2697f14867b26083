import type { GeometryCode } from '../../geo/flat-geometry.ts'
import { xmlText } from '../xml-text.ts'
import type { PlannedField } from './field-plan.ts'

/** A layer as GDAL is to see it. */
export interface VirtualLayer {
  name: string
  /** Where the staged file is mounted, and what its one layer is called. */
  path: string
  sourceName: string
  /** Null for any; undefined for a table without geometry. */
  geometryType: GeometryCode | null | undefined
  hasZ: boolean
  hasM: boolean
  /** The reference system as text, if any. */
  wkt: string | null
  fields: readonly PlannedField[]
}

const TYPE_NAMES = [
  'wkbUnknown',
  'wkbPoint',
  'wkbLineString',
  'wkbPolygon',
  'wkbMultiPoint',
  'wkbMultiLineString',
  'wkbMultiPolygon',
  'wkbGeometryCollection',
]

/**
 * A virtual dataset that gives the fields of staged files the names and types they are to have; FlatGeobuf itself knows no
 * dates, nor widths. https://gdal.org/en/stable/drivers/vector/vrt.html
 */
export const virtualLayers = (layers: readonly VirtualLayer[]): string =>
  `<OGRVRTDataSource>${layers.map(virtualLayer).join('')}</OGRVRTDataSource>`

function virtualLayer(layer: VirtualLayer): string {
  const { name, path, wkt, fields, geometryType, hasZ, hasM } = layer
  const type =
    geometryType === undefined
      ? 'wkbNone'
      : `${TYPE_NAMES[geometryType ?? 0]}${hasZ ? (hasM ? 'ZM' : '25D') : hasM ? 'M' : ''}`
  return [
    `<OGRVRTLayer name="${xmlText(name)}">`,
    `<SrcDataSource>${xmlText(path)}</SrcDataSource>`,
    ...source(layer),
    `<GeometryType>${type}</GeometryType>`,
    wkt === null ? '' : `<LayerSRS>${xmlText(wkt)}</LayerSRS>`,
    ...(isBinary(fields) ? [] : fields.map(fieldElement)),
    '</OGRVRTLayer>',
  ].join('')
}

const isBinary = (fields: readonly PlannedField[]): boolean => fields.some(({ type }) => type === 'Binary')

/** Fields that are listed one by one lose their bytes, those of a query do not. */
function source({ sourceName, fields }: VirtualLayer): string[] {
  if (!isBinary(fields)) return [`<SrcLayer>${xmlText(sourceName)}</SrcLayer>`]
  const list = fields.map((field) => `${castOf(field)} AS ${quoted(field.name)}`)
  return [
    `<SrcSQL dialect="OGRSQL">${xmlText(`SELECT ${list.join(', ')} FROM ${quoted(sourceName)}`)}</SrcSQL>`,
  ]
}

const quoted = (name: string): string => `"${name.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`

function castOf({ source: column, type }: PlannedField): string {
  const sqlType = SQL_TYPES[type]
  return sqlType === undefined ? column : `CAST(${column} AS ${sqlType})`
}

const SQL_TYPES: Partial<Record<PlannedField['type'], string>> = { Date: 'date', DateTime: 'timestamp' }

function fieldElement({ name, source: column, type, subtype, width, precision = 0 }: PlannedField): string {
  const more = [
    ...(subtype ? [`subtype="${subtype}"`] : []),
    ...(width === undefined ? [] : [`width="${width}"`, `precision="${precision}"`]),
  ]
  return `<Field name="${xmlText(name)}" src="${column}" type="${type}" ${more.join(' ')}/>`
}
