import {
  deleteMosaic,
  insertMosaic,
  type MemberChange,
  type MosaicAttributes,
  mergeMosaics,
  removeMember,
  setMosaicPublished,
  toggleMosaicVisibility,
  updateMosaic,
} from '../store/mosaic-changes.ts'
import { findMosaic, findTopScan, type MosaicRecord, type ThumbnailScan } from '../store/mosaics.ts'
import type { Principal, UserPrincipal } from '../store/principal.ts'
import { visibleScanIds } from '../store/scans.ts'
import type { Context } from './context.ts'
import {
  AlreadyPublishedError,
  ForbiddenError,
  type Issue,
  MergeError,
  MosaicNotRectifiedError,
  NotAMemberError,
  NotFoundError,
  NotPublishedError,
  ValidationError,
} from './errors.ts'

/** Members of one mosaic; its document names all of them. */
export const MOSAIC_SCANS_MAX = 2000

const NO_CHANGE: MemberChange = { add: [], order: [] }

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readMosaic(context: Context, principal: Principal, id: number): Promise<MosaicRecord> {
  return present(await findMosaic(context.db, principal, id), id)
}

/** A mosaic the principal may change. @throws NotFoundError, ForbiddenError */
export async function readEditableMosaic(
  context: Context,
  principal: Principal,
  id: number,
): Promise<MosaicRecord> {
  const mosaic = await readMosaic(context, principal, id)
  if (!mosaic.mayEdit) throw new ForbiddenError()
  return mosaic
}

/** The scan whose thumbnail stands for a mosaic: the highest rectified one; null without any. @throws NotFoundError */
export async function topScanOf(
  context: Context,
  principal: Principal,
  id: number,
): Promise<ThumbnailScan | null> {
  const found = await findTopScan(context.db, principal, id)
  if (!found) throw new NotFoundError('Layer', id)
  return found.top
}

/** Makes a mosaic of scans. @throws ValidationError, NotFoundError (a scan) */
export async function createMosaic(
  context: Context,
  principal: UserPrincipal,
  attributes: MosaicAttributes & { name: string },
  members: MemberChange,
): Promise<MosaicRecord> {
  await checkMembers(context, principal, [], members)
  return insertMosaic(context.db, principal, attributes, members)
}

/**
 * Changes what a person may say about a mosaic, lays scans on top of it and puts its scans into another order.
 * @param mosaic as `readEditableMosaic` gave it
 * @throws ValidationError, NotFoundError (a scan, or the mosaic has gone meanwhile)
 */
export async function changeMosaic(
  context: Context,
  principal: UserPrincipal,
  mosaic: MosaicRecord,
  attributes: MosaicAttributes,
  members: MemberChange = NO_CHANGE,
): Promise<MosaicRecord> {
  await checkMembers(context, principal, mosaic.members.ids, members)
  return present(await updateMosaic(context.db, principal, mosaic.id, attributes, members), mosaic.id)
}

/** Deletes a mosaic, not its scans. Returns it as it was. @throws NotFoundError, ForbiddenError */
export async function removeMosaic(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<MosaicRecord> {
  await readEditableMosaic(context, principal, id)
  return present(await deleteMosaic(context.db, principal, id), id)
}

/**
 * Takes a scan out of a mosaic.
 * @param mosaic as `readEditableMosaic` gave it
 * @throws NotFoundError (the scan), NotAMemberError
 */
export async function removeFromMosaic(
  context: Context,
  principal: UserPrincipal,
  mosaic: MosaicRecord,
  scanId: number,
): Promise<MosaicRecord> {
  if (!mosaic.members.ids.includes(scanId)) {
    await requireScans(context, principal, [scanId])
    throw new NotAMemberError()
  }
  return present(await removeMember(context.db, principal, mosaic.id, scanId), mosaic.id)
}

/** Shows or hides a mosaic, as an administrator. @throws NotFoundError */
export async function toggleVisibility(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<MosaicRecord> {
  return present(await toggleMosaicVisibility(context.db, principal, id), id)
}

/**
 * Publishes a mosaic with at least one rectified map, as an administrator.
 * @throws NotFoundError, AlreadyPublishedError, MosaicNotRectifiedError
 */
export async function publishMosaic(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<MosaicRecord> {
  const mosaic = await readMosaic(context, principal, id)
  if (mosaic.published) throw new AlreadyPublishedError('Layer')
  if (mosaic.members.rectified === 0) throw new MosaicNotRectifiedError()
  return present(await setMosaicPublished(context.db, principal, id, true), id)
}

/** Takes a publication back, as an administrator. @throws NotFoundError, NotPublishedError */
export async function unpublishMosaic(
  context: Context,
  principal: UserPrincipal,
  id: number,
): Promise<MosaicRecord> {
  const mosaic = await readMosaic(context, principal, id)
  if (!mosaic.published) throw new NotPublishedError('Layer')
  return present(await setMosaicPublished(context.db, principal, id, false), id)
}

/**
 * Lays the scans of one mosaic on top of another's, as an administrator. The first stays, empty.
 * @param from as `readMosaic` gave it
 * @returns the other one
 * @throws NotFoundError, MergeError
 */
export async function mergeIntoMosaic(
  context: Context,
  principal: UserPrincipal,
  from: MosaicRecord,
  intoId: number,
): Promise<MosaicRecord> {
  const into = await readMosaic(context, principal, intoId)
  if (into.id === from.id) throw new MergeError('a layer cannot be merged into itself')
  if (new Set([...into.members.ids, ...from.members.ids]).size > MOSAIC_SCANS_MAX)
    throw new MergeError(`a layer has at most ${MOSAIC_SCANS_MAX} maps`)
  return present(await mergeMosaics(context.db, principal, from.id, into.id), into.id)
}

function present(mosaic: MosaicRecord | null, id: number): MosaicRecord {
  if (!mosaic) throw new NotFoundError('Layer', id)
  return mosaic
}

/** Whether a change of members makes sense; the scans it adds must be visible. @throws NotFoundError, ValidationError */
async function checkMembers(
  context: Context,
  principal: Principal,
  members: readonly number[],
  { add, order }: MemberChange,
): Promise<void> {
  const all = new Set([...members, ...add])
  const issues: Issue[] = []
  if (all.size > MOSAIC_SCANS_MAX)
    issues.push({ attribute: 'map_ids', message: `are too many (maximum is ${MOSAIC_SCANS_MAX} maps)` })
  const stranger = order.find((id) => !all.has(id))
  if (stranger !== undefined)
    issues.push({ attribute: 'map_order', message: `names map ${stranger}, which is not in the layer` })
  if (issues.length > 0) throw new ValidationError(issues)
  await requireScans(context, principal, add)
}

async function requireScans(context: Context, principal: Principal, ids: readonly number[]): Promise<void> {
  const visible = await visibleScanIds(context.db, principal, [...ids])
  for (const id of ids) if (!visible.has(id)) throw new NotFoundError('Map', id)
}
