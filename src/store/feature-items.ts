import { type SQL, sql } from 'drizzle-orm'
import type { DatasetColumn } from './dataset-types.ts'
import type { DatasetSchema } from './datasets.ts'
import { decimalsOf, type GeometryForm, joined, valueJson, wound } from './feature-json.ts'
import { valueName } from './feature-rows.ts'

/** Notations of geometries. KML's coordinates are in degrees, whatever is asked for. */
export const ITEM_GEOMETRIES = ['geojson', 'wkt', 'kml', 'gml'] as const
export type ItemGeometry = (typeof ITEM_GEOMETRIES)[number]

/** How features are given as items: what the platform keeps of them, their box, and what they have themselves. */
export interface ItemForm {
  /** Null leaves geometries out; boxes are told all the same. */
  notation: ItemGeometry | null
  /** What each column is called; null leaves values out. */
  names: readonly string[] | null
  /** The layer they are in, which is told of each. */
  layerId?: number | undefined
}

interface ItemShape {
  columns: readonly Pick<DatasetColumn, 'type'>[]
  /** The system of boxes and geometries; null where there are none. */
  geometry: Pick<GeometryForm, 'to' | 'isInDegrees'> | null
  item: ItemForm
}

const SIDES = ['YMax', 'YMin', 'XMax', 'XMin'] as const

/** A row of `rowsQuery` as JSON text: `__id`, `__owner`, times in seconds, the box, the geometry and the values. */
export function itemJson(
  { geometryType, srid: from }: Pick<DatasetSchema, 'geometryType' | 'srid'>,
  { columns, geometry, item }: ItemShape,
): SQL {
  const { notation, names, layerId } = item
  const form = geometryType && geometry && { type: geometryType, from, ...geometry }
  const parts = [
    sql`'{"__id":'`,
    sql`fid`,
    ...(layerId === undefined ? [] : [sql`${`,"layer_id":${Number(layerId)}`}::text`]),
    sql`',"__owner":'`,
    sql`coalesce(owner, 0)`,
    ...member('__modified', seconds(sql`modified`)),
    ...member('__created', seconds(sql`created`)),
    ...SIDES.flatMap((side) => {
      const value = form ? valueJson('double', sql`${sql.raw(`ST_${side}`)}(shape)`) : sql`null`
      return member(`__${side.toLowerCase()}`, value)
    }),
    ...(notation ? member('__geometry', form ? inNotation(notation, form) : sql`null`) : []),
    ...(names ? [sql`',"data":{'`, ...members(columns, names), sql`'}'`] : []),
    sql`'}'`,
  ]
  if (!form) return joined(parts)
  const shape = form.from === form.to ? sql`geom` : sql`ST_Transform(geom, ${form.to}::int)`
  // Computed once, for which the offset sees to it that it is not put in the place of every use.
  return sql`(select ${joined(parts)} from (select ${shape} as shape offset 0) shaped)`
}

const member = (name: string, value: SQL): SQL[] => [
  sql`${`,"${name}":`}::text`,
  sql`coalesce(${value}, 'null')`,
]

const members = (columns: readonly Pick<DatasetColumn, 'type'>[], names: readonly string[]): SQL[] =>
  columns.flatMap(({ type }, i) => [
    sql`${`${i === 0 ? '' : ','}${JSON.stringify(names[i])}:`}::text`,
    sql`coalesce(${valueJson(type, valueName(i))}, 'null')`,
  ])

const seconds = (time: SQL): SQL => sql`floor(extract(epoch from ${time}))::bigint::text`

/** The geometry `shape`, in the system that is asked for, as JSON. */
function inNotation(notation: ItemGeometry, form: Omit<GeometryForm, 'axisOrder'>): SQL {
  const decimals = decimalsOf(form)
  switch (notation) {
    case 'geojson':
      return sql`ST_AsGeoJSON(${wound(sql`shape`, form.type)}, ${decimals}, 0)`
    case 'wkt':
      return sql`to_json(ST_AsText(shape, ${decimals}))::text`
    case 'kml':
      return sql`to_json(ST_AsKML(shape, ${decimals}))::text`
    case 'gml':
      return sql`to_json(ST_AsGML(3, shape, ${decimals}, 0))::text`
  }
}
