import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core'
import type { PyramidInfo } from '../../formats/pyramid-info.ts'
import type { ControlPoint } from '../../geo/control-point.ts'
import type { MaskPolygons } from '../../geo/mask-polygons.ts'
import type { SuggestedOutput } from '../../geo/suggested-output.ts'
import type { FittedTransform } from '../../geo/transform.ts'
import { users } from './accounts.ts'
import { moment } from './column-types.ts'
import { resources } from './resources.ts'

export const scans = pgTable(
  'scans',
  {
    id: integer()
      .primaryKey()
      .references(() => resources.id, { onDelete: 'cascade' }),
    status: text().notNull().default('available'),
    /** Why the last ingest or rectification failed, for a person; null when it did not. */
    statusDetail: text('status_detail'),
    maskStatus: text('mask_status').notNull().default('unmasked'),
    /** The mask was saved anew since it was applied. */
    maskStale: boolean('mask_stale').notNull().default(false),
    mapType: text('map_type').notNull().default('is_map'),
    fileName: text('file_name'),
    contentType: text('content_type'),
    byteSize: bigint('byte_size', { mode: 'number' }),
    width: integer(),
    height: integer(),
    sourceKey: text('source_key'),
    pyramidKey: text('pyramid_key'),
    pyramid: jsonb().$type<PyramidInfo>(),
    thumbnailKey: text('thumbnail_key'),
    subjectArea: text('subject_area'),
    uniqueId: text('unique_id').unique(),
    sourceUri: text('source_uri'),
    callNumber: text('call_number'),
    publisher: text(),
    publicationPlace: text('publication_place'),
    authors: text(),
    dateDepicted: text('date_depicted').notNull().default(''),
    scale: text(),
    metadataProjection: text('metadata_projection'),
    metadataLat: numeric('metadata_lat'),
    metadataLon: numeric('metadata_lon'),
    issueYear: text('issue_year'),
    /** The newest fit, drawn live until its archive is whole; what every tile address without a version shows. */
    liveRectificationId: integer('live_rectification_id'),
    /** The newest fit whose archive is whole. */
    bakedRectificationId: integer('baked_rectification_id'),
    gcpTouchedAt: moment('gcp_touched_at'),
  },
  (t) => [
    check(
      'scans_status_known',
      sql`${t.status} in ('unloaded','loading','available','warping','warped','published')`,
    ),
    check('scans_map_type_known', sql`${t.mapType} in ('index','is_map','not_map')`),
    check('scans_mask_status_known', sql`${t.maskStatus} in ('unmasked','masking','masked')`),
  ],
)

/** The mask of a scan: as it was sent, as polygons, and what of it has been applied (cropped). */
export const scanMasks = pgTable('scan_masks', {
  scanId: integer('scan_id')
    .primaryKey()
    .references(() => scans.id, { onDelete: 'cascade' }),
  /** The GML as it was sent, y up. */
  gml: text().notNull(),
  polygons: jsonb().$type<MaskPolygons>().notNull(),
  /** What rectifications cut by; null until the mask has been applied. */
  applied: jsonb().$type<MaskPolygons>(),
  savedAt: moment('saved_at').notNull().defaultNow(),
})

/** Ground control points: image pixels (y down, from the top-left corner) and WGS 84 degrees. */
export const gcps = pgTable(
  'gcps',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    scanId: integer('scan_id')
      .notNull()
      .references(() => scans.id, { onDelete: 'cascade' }),
    x: doublePrecision().notNull(),
    y: doublePrecision().notNull(),
    lat: numeric({ precision: 15, scale: 10 }).notNull(),
    lon: numeric({ precision: 15, scale: 10 }).notNull(),
    name: text(),
    version: integer().notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('gcps_scan_idx').on(t.scanId, t.createdAt, t.id),
    index('gcps_updated_idx').on(t.updatedAt, t.id),
  ],
)

/** Every rectification with the points, fit and grid it was made of. */
export const rectifications = pgTable(
  'rectifications',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    scanId: integer('scan_id')
      .notNull()
      .references(() => scans.id, { onDelete: 'cascade' }),
    state: text().notNull().default('running'),
    transform: text().notNull(),
    resampling: text().notNull(),
    useMask: boolean('use_mask').notNull().default(false),
    /** EPSG name of the system the fit was made in; null for degrees. */
    srs: text(),
    /** The image the fit is of, by its pyramid; null where it was not noted. */
    pyramidKey: text('pyramid_key'),
    /** What the scan was cut by; null when it was not. */
    mask: jsonb().$type<MaskPolygons>(),
    points: jsonb().$type<ControlPoint[]>().notNull(),
    fit: jsonb().$type<FittedTransform>().notNull(),
    output: jsonb().$type<SuggestedOutput>().notNull(),
    /** "west,south,east,north" with 7 decimals, as the documents print it. */
    bbox: text().notNull(),
    minZoom: integer('min_zoom').notNull(),
    maxZoom: integer('max_zoom').notNull(),
    /** The status the scan goes back to should this rectification fail. */
    priorStatus: text('prior_status').notNull(),
    archiveKey: text('archive_key'),
    archiveBytes: bigint('archive_bytes', { mode: 'number' }),
    geotiffKey: text('geotiff_key'),
    failure: text(),
    requestedBy: integer('requested_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: moment('created_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (t) => [
    index('rectifications_scan_idx').on(t.scanId, t.id),
    check('rectifications_state_known', sql`${t.state} in ('running','done','failed')`),
  ],
)

/** Scans drawn as one. The extent in `resources` is that of its members that everyone may see. */
export const mosaics = pgTable('mosaics', {
  id: integer()
    .primaryKey()
    .references(() => resources.id, { onDelete: 'cascade' }),
  isVisible: boolean('is_visible').notNull().default(true),
  sourceUri: text('source_uri'),
  depictsYear: text('depicts_year'),
})

/** The scans of a mosaic, drawn by ascending position: the first lies at the bottom. */
export const mosaicScans = pgTable(
  'mosaic_scans',
  {
    mosaicId: integer('mosaic_id')
      .notNull()
      .references(() => mosaics.id, { onDelete: 'cascade' }),
    scanId: integer('scan_id')
      .notNull()
      .references(() => scans.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mosaicId, t.scanId] }),
    index('mosaic_scans_order_idx').on(t.mosaicId, t.position),
    index('mosaic_scans_scan_idx').on(t.scanId),
  ],
)
