import type { RectifyRequest } from '../src/domain/scan-jobs.ts'
import type { MaskPolygons } from '../src/geo/mask-polygons.ts'
import type { Database } from '../src/store/database.ts'
import { gcpsOfScan } from '../src/store/gcps.ts'
import { appliedMask } from '../src/store/masks.ts'
import { findRectification } from '../src/store/rectification-history.ts'
import type { KeptPoint } from '../src/store/restored-points.ts'

/** What a rectification is made of. */
interface Basis {
  points: KeptPoint[]
  mask: MaskPolygons | null
  /** They are those of an earlier rectification, and become the scan's again. */
  isFormer: boolean
}

/** Null when the scan has no such earlier rectification (any more). */
export async function basisOf(db: Database, request: RectifyRequest): Promise<Basis | null> {
  const { scanId, principal, revertTo } = request
  if (revertTo !== undefined) {
    const former = await findRectification(db, principal, scanId, revertTo)
    return former && { points: former.points, mask: former.mask, isFormer: true }
  }
  const [gcps, mask] = await Promise.all([gcpsOfScan(db, principal, scanId), maskFor(db, request)])
  const points = gcps.map(({ x, y, lon, lat, name }) => ({ x, y, lon: Number(lon), lat: Number(lat), name }))
  return { points, mask, isFormer: false }
}

/** What the scan is to be cut by: the mask that comes with the request, else the one that was applied last. */
async function maskFor(
  db: Database,
  { scanId, principal, useMask, mask }: RectifyRequest,
): Promise<MaskPolygons | null> {
  if (!useMask) return null
  return mask?.polygons ?? appliedMask(db, principal, scanId)
}
