import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
} from 'drizzle-orm/pg-core'
import type { LayerRule, LayerSource, LayerType, MapUnits } from '../map-types.ts'
import { moment } from './column-types.ts'
import { resources } from './resources.ts'

/** Compositions of layers. */
export const maps = pgTable(
  'maps',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    srid: integer().notNull().default(3857),
    /** The system as it was given, where it was given as a PROJ string. */
    proj4: text(),
    units: text().$type<MapUnits>().notNull().default('meter'),
    measureUnit: text('measure_unit'),
    copyright: text(),
    /** `r,g,b` */
    background: text(),
    maxZoom: integer('max_zoom'),
    /** What is shown first: smallest x, y, greatest x, y in the map's system; null for all that the layers show. */
    bounds: doublePrecision().array(),
    isVisible: boolean('is_visible').notNull().default(true),
    isArchived: boolean('is_archived').notNull().default(false),
    /** Members that only the clients of one API know, as they were sent. */
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    visits: integer().notNull().default(0),
    accessedAt: moment('accessed_at'),
    visitedAt: moment('visited_at'),
  },
  (t) => [check('maps_units_known', sql`${t.units} in ('meter','foot','foot_us','degree')`)],
)

/** Views of datasets, scans and services in a map, and folders of them. The name is the resource's title. */
export const layers = pgTable(
  'layers',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    mapId: integer('map_id')
      .notNull()
      .references(() => maps.id, { onDelete: 'cascade' }),
    /** The folder it is in. */
    parentId: integer('parent_id').references((): AnyPgColumn => layers.id, { onDelete: 'set null' }),
    /** Drawn by ascending position: the first lies at the bottom. */
    position: integer().notNull().default(0),
    type: text().$type<LayerType>().notNull(),
    source: jsonb().$type<LayerSource>().notNull(),
    /** What it shows, where that is the platform's own: a dataset, scan, mosaic or datasource. */
    dataId: integer('data_id').references(() => resources.id, { onDelete: 'set null' }),
    /** How it is drawn: the first rule that a feature fulfils; null for the platform's own way. */
    rules: jsonb().$type<LayerRule[]>(),
    /** Per cent of opacity. */
    alpha: integer().notNull().default(100),
    srid: integer(),
    /** Denominators of the scales from which and until which it is shown. */
    fromScale: doublePrecision('from_scale'),
    toScale: doublePrecision('to_scale'),
    /** Smallest x, y, greatest x, y in its system as the client gave them. */
    bounds: doublePrecision().array(),
    isVisible: boolean('is_visible').notNull().default(true),
    isLocked: boolean('is_locked').notNull().default(false),
    /** Nobody but its owner exports it where this is false, whatever has been granted. */
    isExportable: boolean('is_exportable').notNull().default(true),
    /** Property that labels are made of, and what a label or tooltip says. */
    labelProperty: text('label_property'),
    label: text(),
    tooltip: text(),
    /** Members that only the clients of one API know, as they were sent. */
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [
    index('layers_map_idx').on(t.mapId, t.position),
    index('layers_parent_idx').on(t.parentId),
    index('layers_data_idx').on(t.dataId),
    check(
      'layers_type_known',
      sql`${t.type} in ('point','line','polygon','tile','wms','wfs','folder','raster')`,
    ),
  ],
)

/** Descriptions of services elsewhere that layers show. */
export const datasources = pgTable('datasources', {
  id: integer()
    .primaryKey()
    .references(() => resources.id, { onDelete: 'cascade' }),
  /** The number that GIS Cloud gives the kind of service: 70 is a WFS. */
  type: integer().notNull(),
  srid: integer(),
  bounds: doublePrecision().array(),
  params: jsonb().$type<unknown>().notNull().default({}),
})
