import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { ColumnType, DatasetForm, DatasetStatus, Dimensions, GeometryType } from '../dataset-types.ts'
import { resources } from './resources.ts'

/** Vector tables and rasters. The features of a vector dataset are rows of `data.d_<id>`. */
export const datasets = pgTable(
  'datasets',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    /** What addresses name it by, where nobody else's is in the way. */
    name: text().notNull(),
    form: text().$type<DatasetForm>().notNull().default('vector'),
    /** Only what is ready exists for anybody but the job that makes it. */
    status: text().$type<DatasetStatus>().notNull().default('ready'),
    /** OGC name of the geometry column's type; null for a table without geometry, and for rasters. */
    geometryType: text('geometry_type').$type<GeometryType>(),
    dimensions: text().$type<Dimensions>().notNull().default('XY'),
    srid: integer().notNull().default(4326),
    featureCount: bigint('feature_count', { mode: 'number' }).notNull().default(0),
    /** Smallest x, y and greatest x, y of all features, easting first, in the dataset's own system. */
    nativeExtent: doublePrecision('native_extent').array(),
    /** Moves when columns do. */
    schemaVersion: integer('schema_version').notNull().default(1),
    /** An archive of all tiles, and the version of the dataset it shows. */
    archiveKey: text('archive_key'),
    archiveVersion: integer('archive_version'),
    archiveBytes: bigint('archive_bytes', { mode: 'number' }),
  },
  (t) => [
    index('datasets_name_idx').on(t.name),
    check('datasets_form_known', sql`${t.form} in ('vector','raster')`),
    check('datasets_status_known', sql`${t.status} in ('importing','ready')`),
    check('datasets_dimensions_known', sql`${t.dimensions} in ('XY','XYZ','XYM','XYZM')`),
  ],
)

/** The properties of a vector dataset's features, in the order of their positions. */
export const datasetColumns = pgTable(
  'dataset_columns',
  {
    datasetId: integer('dataset_id')
      .notNull()
      .references(() => datasets.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    /** As the file, or the user, has it. */
    name: text().notNull(),
    /** As the table of the features has it. */
    columnName: text('column_name').notNull(),
    type: text().$type<ColumnType>().notNull(),
    title: text(),
    description: text(),
    /** Its texts have a trigram index, which searches use. */
    isSearchIndexed: boolean('is_search_indexed').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.datasetId, t.name] }),
    uniqueIndex('dataset_columns_column_key').on(t.datasetId, t.columnName),
    check(
      'dataset_columns_type_known',
      sql`${t.type} in ('boolean','integer','bigint','double','text','date','timestamp','time','json','binary')`,
    ),
  ],
)
