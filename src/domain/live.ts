import type { GcpRecord } from '../store/gcps.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { NotFoundError, RoomFullError } from './errors.ts'

/** Who did something; null for the platform itself. */
export type Doer = Pick<UserPrincipal, 'id' | 'login'> | null

/** What of a scan is not what it was. Points that are named here are too many, or too much changed, to be told singly. */
export type ScanChange = 'attributes' | 'image' | 'mask' | 'points' | 'publication' | 'rectification'

/** Something that happened to a scan, for those who watch it. */
export type ScanNews =
  | { kind: 'gcps'; action: 'create' | 'update' | 'destroy'; gcps: GcpRecord[]; by: Doer }
  | { kind: 'scan'; scanId: number; change: ScanChange; by: Doer }
  | { kind: 'deleted'; scanId: number; by: Doer }

/** Of more points than this at once, watchers are told that the points changed, not which. */
const GCPS_TOLD_MAX = 100

/** Tells those who watch the scans of these points. Neither delays nor fails what it is about. */
export function tellGcps(
  { jobs }: Pick<Context, 'jobs'>,
  { id, login }: UserPrincipal,
  action: 'create' | 'update' | 'destroy',
  gcps: readonly GcpRecord[],
): void {
  const by = { id, login }
  for (const [scanId, ofScan] of Map.groupBy(gcps, (gcp) => gcp.scanId))
    jobs.tell(
      scanId,
      ofScan.length > GCPS_TOLD_MAX
        ? { kind: 'scan', scanId, change: 'points', by }
        : { kind: 'gcps', action, gcps: ofScan, by },
    )
}

/** Tells those who watch a scan what of it changed. Neither delays nor fails what it is about. */
export function tellScan(
  { jobs }: Pick<Context, 'jobs'>,
  { id, login }: UserPrincipal,
  scanId: number,
  change: ScanChange | 'deleted',
): void {
  const by = { id, login }
  jobs.tell(
    scanId,
    change === 'deleted' ? { kind: 'deleted', scanId, by } : { kind: 'scan', scanId, change, by },
  )
}

/**
 * Opens a socket on which a scan's changes are told, for whoever may see the scan.
 * @returns 101 with the socket
 * @throws NotFoundError, RoomFullError
 */
export async function watchScan(context: Context, principal: Principal, scanId: number): Promise<Response> {
  const answer = await context.jobs.watch(scanId, principal)
  if (answer.status === 404) throw new NotFoundError('Map', scanId)
  if (answer.status === 503) throw new RoomFullError()
  return answer
}
