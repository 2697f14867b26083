import type { Principal } from '../../store/principal.ts'
import {
  deleteShare,
  findShared,
  insertShare,
  type NewShare,
  type SharedResource,
  type ShareOutcome,
} from '../../store/shares.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError, ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

export type { SharedVerb } from '../../store/resource-expansions.ts'
export type { NewShare, SharedResource } from '../../store/shares.ts'

const refused = (principal: Principal) =>
  principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()

/** What has been granted of a resource, for who may share it. @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function readShares(
  context: Context,
  principal: Principal,
  resourceId: number,
): Promise<SharedResource> {
  const shared = await findShared(context.db, principal, resourceId)
  if (!shared) throw new NotFoundError('Resource', resourceId)
  if (!shared.mayShare) throw refused(principal)
  return shared
}

/**
 * Grants something of a resource: who may share it passes on what he holds. What is granted already stays as it is.
 * @returns the number of the act
 * @throws NotFoundError for the resource or the grantee, ForbiddenError, UnauthenticatedError, ValidationError
 */
export async function shareResource(
  context: Context,
  principal: Principal,
  resourceId: number,
  share: NewShare,
): Promise<number> {
  if (principal.kind === 'anonymous') {
    await readShares(context, principal, resourceId)
    throw new UnauthenticatedError()
  }
  if ('everyone' in share.grantee && share.verbs.includes('share'))
    throw new ValidationError([
      { attribute: 'permission', message: 'to share cannot be given to those who are not signed in' },
    ])
  if ('name' in share.grantee && !isStorableText(share.grantee.name))
    throw new ValidationError([{ attribute: 'username', message: 'has a character that no name has' }])
  const outcome = await insertShare(context.db, principal, resourceId, share)
  requirePassing(principal, resourceId, outcome)
  if (!outcome.isGranteeKnown || outcome.shareId === null)
    throw new NotFoundError('User', 'name' in share.grantee ? share.grantee.name.slice(0, 100) : 'anonymous')
  return outcome.shareId
}

/**
 * Takes back what was granted in one act: who may share the resource takes what he holds.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError
 */
export async function unshareResource(
  context: Context,
  principal: Principal,
  resourceId: number,
  shareId: number,
): Promise<void> {
  if (principal.kind === 'anonymous') {
    await readShares(context, principal, resourceId)
    throw new UnauthenticatedError()
  }
  const outcome = await deleteShare(context.db, principal, resourceId, shareId)
  requirePassing(principal, resourceId, outcome)
  if (outcome.shareId === null) throw new NotFoundError('Permission', shareId)
}

function requirePassing(
  principal: Principal,
  resourceId: number,
  { isSeen, mayShare, mayPassOn }: Omit<ShareOutcome, 'isGranteeKnown'>,
): void {
  if (!isSeen) throw new NotFoundError('Resource', resourceId)
  if (!mayShare || !mayPassOn) throw refused(principal)
}
