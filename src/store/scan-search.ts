import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { SCAN_STATUSES, type ScanRecord, selectScans } from './scans.ts'
import { mosaicScans, mosaics, resources, scans } from './schema.ts'
import { contains, liesIn, type SearchArea, size, sizeDifference } from './search-conditions.ts'

const sortColumns = {
  title: sql`${resources.title}`,
  updated_at: sql`${resources.modifiedAt}`,
  created_at: sql`${resources.createdAt}`,
  status: sql`array_position(${sql.raw(`array['${SCAN_STATUSES.join("','")}']`)}, ${scans.status})`,
} satisfies Record<string, SQL>

export type ScanSortKey = keyof typeof sortColumns
export const isScanSortKey = (key: string): key is ScanSortKey => Object.hasOwn(sortColumns, key)

const textFields = {
  title: (text) => contains(resources.title, text),
  description: (text) => contains(resources.abstract, text),
  publisher: (text) => contains(scans.publisher, text),
  authors: (text) => contains(scans.authors, text),
  status: (text) => contains(scans.status, text),
  tags: (text) => sql`exists (select 1 from unnest(${resources.tags}) tag where ${contains(sql`tag`, text)})`,
} satisfies Record<string, (text: string) => SQL>

export type ScanTextField = keyof typeof textFields
export const isScanTextField = (field: string): field is ScanTextField => Object.hasOwn(textFields, field)

export interface ScanSearch {
  page: number
  perPage: number
  /** Null for the order that fits the search: the nearest in size to an area that is met, else the newest change. */
  sortKey: ScanSortKey | null
  ascending: boolean
  /** Only maps of type `is_map` that have been warped. */
  warpedOnly: boolean
  text: { field: ScanTextField; contains: string } | null
  area: SearchArea | null
  /** Only members of this mosaic. */
  mosaicId: number | null
}

const members = (mosaicId: number): SQL =>
  sql`${scans.id} in (select ${mosaicScans.scanId} from ${mosaicScans} where ${mosaicScans.mosaicId} = ${mosaicId})`

/**
 * The kind, which the join with `scans` tells already, opens the index by kind and time to lists. A search by area is
 * better off without: where the tables have not been analysed, the planner would walk that index beside the extents'.
 */
function conditionOf(
  principal: Principal,
  { warpedOnly, text, area, mosaicId }: ScanSearch,
): SQL | undefined {
  return and(
    area ? undefined : eq(resources.kind, 'scan'),
    may(principal, 'view'),
    warpedOnly ? and(inArray(scans.status, ['warped', 'published']), eq(scans.mapType, 'is_map')) : undefined,
    text ? textFields[text.field](text.contains) : undefined,
    area ? liesIn(area) : undefined,
    mosaicId === null ? undefined : members(mosaicId),
  )
}

/** The last term makes the order whole, so that no page repeats or leaves out what another has. */
function orderOf({ sortKey, ascending, area }: ScanSearch): SQL[] {
  const direction = ascending ? asc : desc
  const last = direction(resources.id)
  const bySize = area && (area.operation === 'within' ? desc(size) : asc(sizeDifference(area)))
  if (bySize && area.operation === 'intersect' && sortKey === null) return [bySize, last]
  return [direction(sortColumns[sortKey ?? 'updated_at']), ...(bySize ? [bySize] : []), last]
}

/**
 * A page of the scans a principal may see and how many there are in all, in one round trip. Null where the search names
 * a mosaic that is not there for the principal.
 */
export async function searchScans(
  db: Database,
  principal: Principal,
  search: ScanSearch,
): Promise<{ records: ScanRecord[]; total: number } | null> {
  const condition = conditionOf(principal, search)
  const [records, [counted], [mosaic]] = await db.batch([
    selectScans(db, principal)
      .where(condition)
      .orderBy(...orderOf(search))
      .limit(search.perPage)
      .offset((search.page - 1) * search.perPage),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(resources)
      .innerJoin(scans, isScan)
      .where(condition),
    db
      .select({ id: mosaics.id })
      .from(resources)
      .innerJoin(mosaics, eq(mosaics.id, resources.id))
      .where(and(eq(mosaics.id, sql`${search.mosaicId}::int`), may(principal, 'view'))),
  ])
  if (search.mosaicId !== null && !mosaic) return null
  return { records, total: counted?.total ?? 0 }
}
