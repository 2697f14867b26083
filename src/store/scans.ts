import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import type { TransformMethod } from '../geo/transform.ts'
import type { Resampling } from '../geo/warp/filters.ts'
import { actor, recordActivity } from './activity.ts'
import type { Database } from './database.ts'
import { leaveMosaics } from './mosaic-extents.ts'
import { isPublic, may, type Verb } from './permissions.ts'
import type { Principal, SystemPrincipal } from './principal.ts'
import { isOfScan, isScan } from './scan-rows.ts'
import { gcps, grants, mosaicScans, rectifications, resources, scans } from './schema.ts'

/** The order is the order of `sort_key=status`. */
export const SCAN_STATUSES = ['unloaded', 'loading', 'available', 'warping', 'warped', 'published'] as const
export type ScanStatus = (typeof SCAN_STATUSES)[number]
export const MAP_TYPES = ['index', 'is_map', 'not_map'] as const
export type MapType = (typeof MAP_TYPES)[number]

const live = alias(rectifications, 'live')
const baked = alias(rectifications, 'baked')

/** A mosaic as it is named in what belongs to it. */
export interface MosaicSummary {
  id: number
  title: string
  description: string | null
}

/** The mosaics a scan is in, of those the principal may see. The inner `resources` are the mosaics'. */
const mosaicsOfScan = (principal: Principal) => sql<MosaicSummary[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('id', ${resources.id}, 'title', ${resources.title},
    'description', ${resources.abstract}) order by ${resources.id}), '[]')
  from ${mosaicScans} join ${resources} on ${resources.id} = ${mosaicScans.mosaicId}
  where ${mosaicScans.scanId} = ${scans.id} and ${may(principal, 'view')})`

/** A condition as a column. Bare, the planner would answer it for a page of rows by reading every grant there is. */
const ofEachRow = (condition: SQL<boolean>): SQL<boolean> => sql<boolean>`(select ${condition})`

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
  maskStale: scans.maskStale,
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
  /** Of the newest rectification that did not fail; null before there is one. */
  transform: sql<TransformMethod | null>`coalesce(${live.transform}, ${baked.transform})`,
  resampling: sql<Resampling | null>`coalesce(${live.resampling}, ${baked.resampling})`,
  useMask: sql<boolean | null>`coalesce(${live.useMask}, ${baked.useMask})`,
  /** Reference system of its fit; null for plain degrees, too. */
  srs: sql<string | null>`case when ${live.id} is null then ${baked.srs} else ${live.srs} end`,
  mosaics: mosaicsOfScan(principal),
  isPublic: ofEachRow(isPublic),
  mayEdit: ofEachRow(may(principal, 'edit')),
})

/** Scans with all their columns; who asks for them adds the conditions, `view` among them. */
export function selectScans(db: Database, principal: Principal) {
  return db
    .select(columns(principal))
    .from(resources)
    .innerJoin(scans, isScan)
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
    .innerJoin(resources, isScan)
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
    .innerJoin(resources, isScan)
    .where(and(inArray(scans.id, ids), may(principal, 'view')))
  return new Set(rows.map((row) => row.id))
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
    db.execute(recordActivity(principal, 'Map', 'create', sql`select ${id} as id`)),
  ])
  if (!inserted[0]) throw new Error('the inserted scan did not come back')
  return inserted[0].id
}

/** The scan with this id, where the principal may do `verb` to it. */
const permitted = (principal: Principal, verb: Verb, id: number) =>
  sql`exists (${permittedId(principal, verb, id)})`

const permittedId = (principal: Principal, verb: Verb, id: number) =>
  sql`select ${resources.id} from ${resources}
    where ${resources.id} = ${id} and ${isOfScan} and ${may(principal, verb)}`

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
      .where(and(eq(resources.id, id), isOfScan, may(principal, 'edit'))),
    db
      .update(scans)
      .set({ ...columns, id })
      .where(and(eq(scans.id, id), permitted(principal, 'edit', id))),
    db.execute(recordActivity(principal, 'Map', 'update', permittedId(principal, 'edit', id))),
  ])
}

/** Deletes a scan with all its rows, its points among them. Returns whether the principal was allowed to. */
export async function deleteScan(db: Database, principal: Principal, id: number): Promise<boolean> {
  const deletable = permittedId(principal, 'edit', id)
  const points = sql`select ${gcps.id} from ${gcps} where ${gcps.scanId} in (${deletable})`
  const [, , , , , , deleted] = await db.batch([
    db.execute(sql`${deletable} for update`),
    ...leaveMosaics(db, deletable),
    db.execute(recordActivity(principal, 'Gcp', 'destroy', points)),
    db.execute(recordActivity(principal, 'Map', 'destroy', deletable)),
    db
      .delete(resources)
      .where(and(eq(resources.id, id), isOfScan, may(principal, 'edit')))
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
