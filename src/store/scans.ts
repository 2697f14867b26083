import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import { actor, recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { isPublic, may, type Verb } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { grants, rectifications, resources, scans } from './schema.ts'

/** The order is the order of `sort_key=status`. */
export const SCAN_STATUSES = ['unloaded', 'loading', 'available', 'warping', 'warped', 'published'] as const
export type ScanStatus = (typeof SCAN_STATUSES)[number]
export const MAP_TYPES = ['index', 'is_map', 'not_map'] as const
export type MapType = (typeof MAP_TYPES)[number]

const live = alias(rectifications, 'live')
const baked = alias(rectifications, 'baked')

const columns = (principal: Principal) => ({
  id: resources.id,
  uuid: resources.uuid,
  ownerId: resources.ownerId,
  title: resources.title,
  description: resources.abstract,
  tags: resources.tags,
  version: resources.version,
  createdAt: resources.createdAt,
  updatedAt: resources.modifiedAt,
  status: sql<ScanStatus>`${scans.status}`,
  statusDetail: scans.statusDetail,
  maskStatus: scans.maskStatus,
  mapType: sql<MapType>`${scans.mapType}`,
  fileName: scans.fileName,
  contentType: scans.contentType,
  byteSize: scans.byteSize,
  width: scans.width,
  height: scans.height,
  sourceKey: scans.sourceKey,
  pyramidKey: scans.pyramidKey,
  pyramid: scans.pyramid,
  thumbnailKey: scans.thumbnailKey,
  sourceUri: scans.sourceUri,
  uniqueId: scans.uniqueId,
  dateDepicted: scans.dateDepicted,
  liveRectificationId: scans.liveRectificationId,
  bakedRectificationId: scans.bakedRectificationId,
  bbox: sql<string | null>`coalesce(${live.bbox}, ${baked.bbox})`,
  isPublic,
  mayEdit: may(principal, 'edit'),
})

function selectScans(db: Database, principal: Principal) {
  return db
    .select(columns(principal))
    .from(resources)
    .innerJoin(scans, eq(scans.id, resources.id))
    .leftJoin(live, eq(live.id, scans.liveRectificationId))
    .leftJoin(baked, eq(baked.id, scans.bakedRectificationId))
    .$dynamic()
}

export type ScanRecord = Awaited<ReturnType<typeof selectScans>>[number]

export async function findScan(db: Database, principal: Principal, id: number): Promise<ScanRecord | null> {
  const [row] = await selectScans(db, principal)
    .where(and(eq(resources.id, id), may(principal, 'view')))
    .limit(1)
  return row ?? null
}

/** The scan that has adopted an original, if one has. */
export async function scanIdOfSource(
  db: Database,
  principal: Principal,
  sourceKey: string,
): Promise<number | null> {
  const [row] = await db
    .select({ id: scans.id })
    .from(scans)
    .innerJoin(resources, eq(scans.id, resources.id))
    .where(and(eq(scans.sourceKey, sourceKey), may(principal, 'view')))
    .limit(1)
  return row?.id ?? null
}

/** Which of the given scans the principal may see. */
export async function visibleScanIds(
  db: Database,
  principal: Principal,
  ids: number[],
): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: scans.id })
    .from(scans)
    .innerJoin(resources, eq(scans.id, resources.id))
    .where(and(inArray(scans.id, ids), may(principal, 'view')))
  return new Set(rows.map((row) => row.id))
}

const sortColumns = {
  title: sql`${resources.title}`,
  updated_at: sql`${resources.modifiedAt}`,
  created_at: sql`${resources.createdAt}`,
  status: sql`array_position(${sql.raw(`array['${SCAN_STATUSES.join("','")}']`)}, ${scans.status})`,
} satisfies Record<string, SQL>

export type ScanSortKey = keyof typeof sortColumns
export const isScanSortKey = (key: string): key is ScanSortKey => Object.hasOwn(sortColumns, key)

export interface ScanListing {
  page: number
  perPage: number
  sortKey: ScanSortKey
  ascending: boolean
  /** Only maps of type `is_map` that have been warped. */
  warpedOnly: boolean
}

/** A page of the scans a principal may see, and how many there are in all. */
export async function listScans(
  db: Database,
  principal: Principal,
  listing: ScanListing,
): Promise<{ records: ScanRecord[]; total: number }> {
  const condition = and(
    may(principal, 'view'),
    listing.warpedOnly
      ? and(inArray(scans.status, ['warped', 'published']), eq(scans.mapType, 'is_map'))
      : sql`true`,
  )
  const sort = sortColumns[listing.sortKey]
  const [records, [counted]] = await db.batch([
    selectScans(db, principal)
      .where(condition)
      .orderBy(
        listing.ascending ? sql`${sort} asc nulls first` : sql`${sort} desc nulls last`,
        listing.ascending ? asc(resources.id) : desc(resources.id),
      )
      .limit(listing.perPage)
      .offset((listing.page - 1) * listing.perPage),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(resources)
      .innerJoin(scans, eq(scans.id, resources.id))
      .where(condition),
  ])
  return { records, total: counted?.total ?? 0 }
}

/** What a person may say about a scan; `undefined` leaves a value as it is. */
export interface ScanAttributes {
  title?: string | undefined
  description?: string | null | undefined
  tags?: string[] | undefined
  mapType?: MapType | undefined
  subjectArea?: string | null | undefined
  uniqueId?: string | null | undefined
  sourceUri?: string | null | undefined
  callNumber?: string | null | undefined
  publisher?: string | null | undefined
  publicationPlace?: string | null | undefined
  authors?: string | null | undefined
  dateDepicted?: string | undefined
  scale?: string | null | undefined
  metadataProjection?: string | null | undefined
  metadataLat?: string | null | undefined
  metadataLon?: string | null | undefined
  issueYear?: string | null | undefined
}

export interface ScanImage {
  fileName: string
  contentType: string
  byteSize: number
  width: number
  height: number
  sourceKey: string
}

function scanColumns(attributes: ScanAttributes) {
  const { title: _title, description: _description, tags: _tags, ...columns } = attributes
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

/** Makes a scan with its view grant to everyone and its first activity, in one transaction. Returns its id. */
export async function insertScan(
  db: Database,
  principal: Principal,
  attributes: ScanAttributes & { title: string },
  image: ScanImage | null,
): Promise<number> {
  const id = sql`currval(pg_get_serial_sequence('resources','id'))::int`
  const [inserted] = await db.batch([
    db
      .insert(resources)
      .values({
        kind: 'scan',
        ownerId: actor(principal),
        title: attributes.title,
        abstract: attributes.description ?? null,
        tags: attributes.tags ?? [],
      })
      .returning({ id: resources.id }),
    db.insert(scans).values({
      ...scanColumns(attributes),
      ...image,
      id,
      status: image ? 'loading' : 'available',
    }),
    db.insert(grants).values({ resourceId: id, principalType: 'everyone', principalId: 0, verb: 'view' }),
    db.execute(recordActivity(principal, 'Map', 'create', sql`select ${id} as id, 1 as version`)),
  ])
  if (!inserted[0]) throw new Error('the inserted scan did not come back')
  return inserted[0].id
}

/** The scan with this id, where the principal may do `verb` to it. */
const permitted = (principal: Principal, verb: Verb, id: number) =>
  sql`exists (select 1 from ${resources} where ${resources.id} = ${id} and ${may(principal, verb)})`

const versionOf = (principal: Principal, verb: Verb, id: number) =>
  sql`select ${resources.id}, ${resources.version} from ${resources} where ${resources.id} = ${id} and ${may(principal, verb)}`

/** Changes what a person may say about a scan. Nothing happens where the principal may not edit it. */
export async function updateScan(
  db: Database,
  principal: Principal,
  id: number,
  attributes: ScanAttributes,
): Promise<void> {
  const columns = scanColumns(attributes)
  await db.batch([
    db
      .update(resources)
      .set({
        ...(attributes.title === undefined ? {} : { title: attributes.title }),
        ...(attributes.description === undefined ? {} : { abstract: attributes.description }),
        ...(attributes.tags === undefined ? {} : { tags: attributes.tags }),
        modifiedAt: sql`now()`,
        version: sql`${resources.version} + 1`,
      })
      .where(and(eq(resources.id, id), may(principal, 'edit'))),
    db
      .update(scans)
      .set({ ...columns, id })
      .where(and(eq(scans.id, id), permitted(principal, 'edit', id))),
    db.execute(recordActivity(principal, 'Map', 'update', versionOf(principal, 'edit', id))),
  ])
}

/** Deletes a scan with all its rows. Returns whether the principal was allowed to. */
export async function deleteScan(db: Database, principal: Principal, id: number): Promise<boolean> {
  const [, deleted] = await db.batch([
    db.execute(
      recordActivity(
        principal,
        'Map',
        'destroy',
        sql`select id, version + 1 as version from (${versionOf(principal, 'edit', id)}) r`,
      ),
    ),
    db
      .delete(resources)
      .where(and(eq(resources.id, id), may(principal, 'edit')))
      .returning({ id: resources.id }),
  ])
  return deleted.length > 0
}

/** The end of ingest, once: the pyramid is whole and the scan can be rectified. */
export async function setScanIngested(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
  result: { pyramidKey: string; pyramid: PyramidInfo; thumbnailKey: string },
): Promise<void> {
  await db
    .update(scans)
    .set({ ...result, status: 'available', statusDetail: null })
    .where(and(eq(scans.id, id), eq(scans.status, 'loading')))
}

/** Ingest failed for good: the scan stays, without an image, and says why. */
export async function setScanUnloaded(
  db: Database,
  _principal: SystemPrincipal,
  id: number,
  reason: string,
): Promise<void> {
  await db
    .update(scans)
    .set({ status: 'unloaded', statusDetail: reason })
    .where(and(eq(scans.id, id), eq(scans.status, 'loading')))
}
