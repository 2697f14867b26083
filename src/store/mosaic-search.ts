import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { fromMembers, isMap, isWarped, type MosaicRecord, selectMosaics } from './mosaics.ts'
import { may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { mosaicScans, mosaics, resources, scans } from './schema.ts'
import { contains, liesIn, type SearchArea, size, sizeDifference } from './search-conditions.ts'

/** Share of a mosaic's maps that have been rectified, percent; null without maps. */
const rectifiedPercent = (principal: Principal): SQL => sql`(
  select 100.0 * count(*) filter (where ${isWarped}) / nullif(count(*), 0)
  ${fromMembers(principal)} and ${isMap})`

const sortColumns = {
  name: () => sql`${resources.title}`,
  updated_at: () => sql`${resources.modifiedAt}`,
  created_at: () => sql`${resources.createdAt}`,
  percent: rectifiedPercent,
} satisfies Record<string, (principal: Principal) => SQL>

export type MosaicSortKey = keyof typeof sortColumns
export const isMosaicSortKey = (key: string): key is MosaicSortKey => Object.hasOwn(sortColumns, key)

const textColumns = { name: resources.title, description: resources.abstract }

export type MosaicTextField = keyof typeof textColumns
export const isMosaicTextField = (field: string): field is MosaicTextField =>
  Object.hasOwn(textColumns, field)

export interface MosaicSearch {
  page: number
  perPage: number
  /**
   * Null for the order that fits the search: the nearest in size to an area that is met, else the newest change. By
   * percent only mosaics that have maps are found.
   */
  sortKey: MosaicSortKey | null
  ascending: boolean
  text: { field: MosaicTextField; contains: string } | null
  area: SearchArea | null
  /** Only mosaics that this scan is a member of. */
  scanId: number | null
}

const isMember = (scanId: number): SQL =>
  sql`${mosaics.id} in (select ${mosaicScans.mosaicId} from ${mosaicScans} where ${mosaicScans.scanId} = ${scanId})`

function conditionOf(principal: Principal, { sortKey, text, area, scanId }: MosaicSearch): SQL | undefined {
  return and(
    eq(resources.kind, 'mosaic'),
    may(principal, 'view'),
    sortKey === 'percent' ? sql`exists (select 1 ${fromMembers(principal)} and ${isMap})` : undefined,
    text ? contains(textColumns[text.field], text.contains) : undefined,
    area ? liesIn(area) : undefined,
    scanId === null ? undefined : isMember(scanId),
  )
}

/** The last term makes the order whole, so that no page repeats or leaves out what another has. */
function orderOf(principal: Principal, { sortKey, ascending, area }: MosaicSearch): SQL[] {
  const direction = ascending ? asc : desc
  const last = direction(resources.id)
  const bySize = area && (area.operation === 'within' ? desc(size) : asc(sizeDifference(area)))
  if (bySize && area.operation === 'intersect' && sortKey === null) return [bySize, last]
  const sort = sortColumns[sortKey ?? 'updated_at'](principal)
  return [direction(sort), ...(bySize ? [bySize] : []), last]
}

/**
 * A page of the mosaics a principal may see and how many there are in all, in one round trip. Null where the search
 * names a scan that is not there for the principal.
 */
export async function searchMosaics(
  db: Database,
  principal: Principal,
  search: MosaicSearch,
): Promise<{ records: MosaicRecord[]; total: number } | null> {
  const condition = conditionOf(principal, search)
  const [records, [counted], [scan]] = await db.batch([
    selectMosaics(db, principal)
      .where(condition)
      .orderBy(...orderOf(principal, search))
      .limit(search.perPage)
      .offset((search.page - 1) * search.perPage),
    db
      .select({ total: sql<number>`count(*)::int` })
      .from(resources)
      .innerJoin(mosaics, eq(mosaics.id, resources.id))
      .where(condition),
    db
      .select({ id: scans.id })
      .from(resources)
      .innerJoin(scans, isScan)
      .where(and(eq(scans.id, sql`${search.scanId}::int`), may(principal, 'view'))),
  ])
  if (search.scanId !== null && !scan) return null
  return { records, total: counted?.total ?? 0 }
}
