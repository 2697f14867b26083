import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import type { ControlPoint } from '../geo/control-point.ts'
import type { MaskPolygons } from '../geo/mask-polygons.ts'
import type { SuggestedOutput } from '../geo/suggested-output.ts'
import type { FittedTransform } from '../geo/transform.ts'
import type { ColumnType, DatasetForm, DatasetStatus, Dimensions, GeometryType } from './dataset-types.ts'
import type { JobQuestion, JobStatus } from './job-types.ts'

/** PostGIS geometry with its SRID kept in the column type (drizzle's own `geometry` drops it). */
const geometry = customType<{ data: string; config: { type: string; srid: number } }>({
  dataType: (config) => `geometry(${config?.type ?? 'Geometry'},${config?.srid ?? 4326})`,
})

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const users = pgTable(
  'users',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    login: text().notNull(),
    email: text().notNull(),
    /** scrypt, parameters inside; null for an account that signs in through another provider. */
    passwordHash: text('password_hash'),
    roles: text().array().notNull().default(sql`'{}'`),
    enabled: boolean().notNull().default(true),
    provider: text(),
    uid: text(),
    /** The API token is derived from this number and the secret; adding one makes the old token void. */
    tokenVersion: integer('token_version').notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('users_login_key').on(sql`lower(${t.login})`),
    uniqueIndex('users_email_key').on(sql`lower(${t.email})`),
    uniqueIndex('users_identity_key').on(t.provider, t.uid),
    check(
      'users_roles_known',
      sql`${t.roles} <@ array['super user','administrator','editor','developer','trusted']`,
    ),
  ],
)

export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the cookie's value; the value itself is never stored. */
    idHash: text('id_hash').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('sessions_user_idx').on(t.userId), index('sessions_expiry_idx').on(t.expiresAt)],
)

/** Everything that can be owned, found and shared, whatever its kind; each kind adds a table keyed by the same id. */
export const resources = pgTable(
  'resources',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    uuid: uuid().notNull().defaultRandom().unique(),
    slug: text().unique(),
    kind: text().notNull(),
    ownerId: integer('owner_id').references(() => users.id, { onDelete: 'set null' }),
    title: text().notNull(),
    abstract: text(),
    tags: text().array().notNull().default(sql`'{}'`),
    extent: geometry({ type: 'Polygon', srid: 4326 }),
    published: boolean().notNull().default(false),
    approved: boolean().notNull().default(false),
    featured: boolean().notNull().default(false),
    version: integer().notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    modifiedAt: moment('modified_at').notNull().defaultNow(),
  },
  (t) => [
    index('resources_extent_idx').using('gist', t.extent),
    index('resources_kind_modified_idx').on(t.kind, t.modifiedAt, t.id),
    index('resources_owner_idx').on(t.ownerId),
  ],
)

export const grants = pgTable(
  'grants',
  {
    resourceId: integer('resource_id')
      .notNull()
      .references(() => resources.id, { onDelete: 'cascade' }),
    principalType: text('principal_type').notNull(),
    /** 0 where the type alone names the principal (everyone, anonymous). */
    principalId: integer('principal_id').notNull().default(0),
    verb: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.resourceId, t.verb, t.principalType, t.principalId] }),
    check(
      'grants_principal_known',
      sql`${t.principalType} in ('user','group','organization','api_key','anonymous','everyone')`,
    ),
    check(
      'grants_verb_known',
      sql`${t.verb} in ('view','extract','insert','update','delete_rows','style','edit','publish','share','own')`,
    ),
  ],
)

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

/** Who did what to which map, control point or mosaic, and which version came of it. */
export const activity = pgTable(
  'activity',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    auditableType: text('auditable_type').notNull(),
    auditableId: integer('auditable_id').notNull(),
    userId: integer('user_id').references(() => users.id, { onDelete: 'set null' }),
    action: text().notNull(),
    version: integer().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('activity_auditable_idx').on(t.auditableType, t.auditableId, t.createdAt),
    index('activity_user_idx').on(t.userId, t.createdAt),
    index('activity_created_idx').on(t.createdAt),
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

/** One picture of an import: an object of its own, or an entry of a zip archive. */
export interface ImportPicture {
  /** Name without folders, as the table of the import refers to it. */
  name: string
  objectKey: string
  /** Path inside the zip archive `objectKey` is; absent for an object of its own. */
  entry?: string
  byteSize: number
}

/** A table of maps to be made, with their pictures. */
export const imports = pgTable(
  'imports',
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    name: text().notNull(),
    userId: integer('user_id').references(() => users.id, { onDelete: 'set null' }),
    status: text().notNull().default('ready'),
    /** Why the whole import failed; faults of single rows are in `import_rows`. */
    failure: text(),
    /** Key of the CSV in the bucket. */
    metadataKey: text('metadata_key').notNull(),
    pictures: jsonb().$type<ImportPicture[]>().notNull().default([]),
    layerIds: integer('layer_ids').array().notNull().default(sql`'{}'`),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (t) => [check('imports_status_known', sql`${t.status} in ('ready','running','finished','failed')`)],
)

/** What became of each row of an import's table. */
export const importRows = pgTable(
  'import_rows',
  {
    importId: integer('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    /** Line of the file the row begins in, from 1; the header is line 1. */
    line: integer().notNull(),
    /** The map the row made or found. */
    scanId: integer('scan_id').references(() => scans.id, { onDelete: 'set null' }),
    outcome: text().notNull(),
    /** What is wrong with the row, for a person. */
    detail: text(),
  },
  (t) => [
    primaryKey({ columns: [t.importId, t.line] }),
    index('import_rows_scan_idx').on(t.scanId),
    check('import_rows_outcome_known', sql`${t.outcome} in ('created','found','skipped','failed')`),
  ],
)

/** Answers kept for requests that may be sent again under the same `Idempotency-Key`. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    /** SHA-256 over what identifies the request. */
    requestHash: text('request_hash').notNull(),
    /** Null while the first request is being answered. */
    status: integer(),
    contentType: text('content_type'),
    body: text(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.key] }), index('idempotency_keys_created_idx').on(t.createdAt)],
)

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

/** Work that runs on its own: imports, exports, processes. */
export const jobs = pgTable(
  'jobs',
  {
    id: uuid().primaryKey().defaultRandom(),
    process: text().notNull(),
    ownerId: integer('owner_id').references(() => users.id, { onDelete: 'cascade' }),
    status: text().$type<JobStatus>().notNull().default('accepted'),
    /** Per cent. */
    progress: integer().notNull().default(0),
    /** What goes on, or what went wrong, for a person. */
    message: text(),
    inputs: jsonb().$type<Record<string, unknown>>().notNull(),
    /** It asks and waits where it lacks an input; any other fails. */
    interactive: boolean().notNull().default(false),
    /** What a job that waits wants to know. */
    question: jsonb().$type<JobQuestion>(),
    outputs: jsonb().$type<Record<string, unknown>>(),
    createdAt: moment('created_at').notNull().defaultNow(),
    startedAt: moment('started_at'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (t) => [
    index('jobs_owner_idx').on(t.ownerId, t.createdAt),
    check(
      'jobs_status_known',
      sql`${t.status} in ('accepted','running','waiting','successful','failed','dismissed')`,
    ),
  ],
)
