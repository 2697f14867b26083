import { and, eq, isNotNull } from 'drizzle-orm'
import type { PyramidInfo } from '../formats/pyramid-info.ts'
import type { Database } from './database.ts'
import { isPublic, may } from './permissions.ts'
import type { Principal } from './principal.ts'
import { isScan } from './scan-rows.ts'
import { resources, scans } from './schema.ts'

/** A scan's image with what is said about it; one indexed query. */
export interface ScanImageSource {
  scanId: number
  isPublic: boolean
  title: string
  description: string | null
  authors: string | null
  publisher: string | null
  publicationPlace: string | null
  dateDepicted: string
  issueYear: string | null
  callNumber: string | null
  sourceUri: string | null
  scale: string | null
  fileName: string | null
  pyramidKey: string
  pyramid: PyramidInfo
}

/** The image of a scan, rectified or not; null where there is none (yet) or the principal may not see it. */
export async function findScanImage(
  db: Database,
  principal: Principal,
  id: number,
): Promise<ScanImageSource | null> {
  const [row] = await db
    .select({
      scanId: scans.id,
      isPublic,
      title: resources.title,
      description: resources.abstract,
      authors: scans.authors,
      publisher: scans.publisher,
      publicationPlace: scans.publicationPlace,
      dateDepicted: scans.dateDepicted,
      issueYear: scans.issueYear,
      callNumber: scans.callNumber,
      sourceUri: scans.sourceUri,
      scale: scans.scale,
      fileName: scans.fileName,
      pyramidKey: scans.pyramidKey,
      pyramid: scans.pyramid,
    })
    .from(resources)
    .innerJoin(scans, isScan)
    .where(and(eq(resources.id, id), isNotNull(scans.pyramid), may(principal, 'view')))
    .limit(1)
  if (!row?.pyramidKey || !row.pyramid) return null
  return { ...row, pyramidKey: row.pyramidKey, pyramid: row.pyramid }
}
