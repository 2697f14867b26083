import { hasRole, type UserPrincipal } from '../store/principal.ts'
import { findUserProfile, listUserProfiles, type UserListing, type UserProfile } from '../store/users.ts'
import type { Context } from './context.ts'
import { ForbiddenError, NotFoundError } from './errors.ts'

export { isUserSearchField, isUserSortKey } from '../store/users.ts'

/** What an account shows of itself. @throws NotFoundError */
export async function readUser(context: Context, principal: UserPrincipal, id: number): Promise<UserProfile> {
  const user = await findUserProfile(context.db, principal, id)
  if (!user) throw new NotFoundError('User', id)
  return user
}

/** A page of all accounts, for an administrator. @throws ForbiddenError */
export async function listUsers(
  context: Context,
  principal: UserPrincipal,
  listing: UserListing,
): Promise<{ records: UserProfile[]; total: number }> {
  if (!hasRole(principal, 'administrator')) throw new ForbiddenError()
  return listUserProfiles(context.db, principal, listing)
}
