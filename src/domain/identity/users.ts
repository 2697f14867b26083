import { hasRole, type Principal, type SystemPrincipal, type UserPrincipal } from '../../store/principal.ts'
import { storedKeysOf } from '../../store/stored-files.ts'
import {
  acceptInvitation,
  deleteUser,
  findProfile,
  invitedLogin,
  type ProfileChange,
  type ProfileRecord,
  updateProfile,
} from '../../store/user-profiles.ts'
import { insertUser, type ProfileAttributes } from '../../store/users.ts'
import { nameIssues, passwordIssues, takenName } from '../accounts.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, ValidationError } from '../errors.ts'
import { hashPassword } from '../passwords.ts'
import { discardObjects } from '../storage/stored-objects.ts'
import { newSecret, secretHash } from '../tokens.ts'
import { LastAdministratorError, TakenError } from './errors.ts'

export {
  listProfiles,
  PROFILE_SORTS,
  type ProfileChange,
  type ProfileRecord,
  type ProfileSort,
} from '../../store/user-profiles.ts'

/** How long an invitation can be accepted. */
export const INVITATION_DAYS = 7

const inviting: SystemPrincipal = { kind: 'system', reason: 'accept an invitation' }
const removing: SystemPrincipal = { kind: 'system', reason: 'delete an account' }

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readProfile(
  { db }: Context,
  principal: Principal,
  id: number,
  withOptions = false,
): Promise<ProfileRecord> {
  const record = await findProfile(db, principal, id, withOptions)
  if (!record) throw new NotFoundError('User', id)
  return record
}

/**
 * Makes an account without a password, for an administrator.
 * @returns its number, and the secret by which whoever it is for sets the password; it cannot be told again
 * @throws ForbiddenError, ValidationError, TakenError
 */
export async function inviteUser(
  { db }: Context,
  principal: UserPrincipal,
  { login, email, ...profile }: ProfileAttributes & { login: string; email: string },
): Promise<{ id: number; secret: string }> {
  if (!hasRole(principal, 'administrator')) throw new ForbiddenError()
  requireNames({ login, email })
  const secret = newSecret()
  const invitedUntil = new Date(Date.now() + INVITATION_DAYS * 24 * 3600 * 1000)
  const { id } = await orTaken(() =>
    insertUser(db, principal, {
      ...{ login, email, passwordHash: null, roles: [] },
      profile: { ...profile, invitationHash: secretHash(secret), invitedUntil },
    }),
  )
  return { id, secret }
}

/** The login of the account that an invitation is for; null where there is none, or it is over. */
export const readInvitation = ({ db }: Context, secret: string): Promise<string | null> =>
  invitedLogin(db, inviting, secretHash(secret))

/**
 * Sets the password of an account that was made for somebody, once.
 * @returns its login; null where there is no such invitation, or it is over
 * @throws ValidationError
 */
export async function setFirstPassword(
  { db }: Context,
  secret: string,
  password: string,
): Promise<string | null> {
  const issues = passwordIssues(password)
  if (issues.length > 0) throw new ValidationError(issues)
  return acceptInvitation(db, inviting, secretHash(secret), await hashPassword(password))
}

/**
 * Changes an account. What it is called, its address and whether it may be used are for administrators; the first two for
 * whose it is, too.
 * @throws NotFoundError, ForbiddenError, ValidationError, TakenError, LastAdministratorError
 */
export async function changeProfile(
  context: Context,
  principal: UserPrincipal,
  id: number,
  change: ProfileChange,
): Promise<ProfileRecord> {
  const record = await readProfile(context, principal, id)
  const administers = hasRole(principal, 'administrator')
  const renames = change.login !== undefined || change.email !== undefined
  if (!record.mayEdit) throw new ForbiddenError()
  if (renames && !administers && principal.id !== id) throw new ForbiddenError()
  if (change.isEnabled !== undefined && change.isEnabled !== record.isEnabled && !administers)
    throw new ForbiddenError()
  requireNames(change)
  if (!(await orTaken(() => updateProfile(context.db, principal, id, change))))
    throw new LastAdministratorError()
  return readProfile(context, principal, id)
}

/**
 * Deletes an account, for administrators and for whose it is. What it owns goes to the administrator who deletes it; of an
 * account that somebody deletes himself it stays, without an owner, for whom it has been granted to. Its files go.
 * @throws NotFoundError, ForbiddenError, LastAdministratorError
 */
export async function removeUser(context: Context, principal: UserPrincipal, id: number): Promise<void> {
  const record = await readProfile(context, principal, id)
  if (!hasRole(principal, 'administrator') && principal.id !== id) throw new ForbiddenError()
  const keys = await storedKeysOf(context.db, removing, id)
  const heirId = principal.id === id ? null : principal.id
  if (!(await deleteUser(context.db, principal, record, heirId))) throw new LastAdministratorError()
  await discardObjects(context, keys)
}

function requireNames({ login, email }: { login?: string | undefined; email?: string | undefined }): void {
  const issues = nameIssues({
    ...(login === undefined ? {} : { login }),
    ...(email === undefined ? {} : { email }),
  }).map((issue) => (issue.attribute === 'login' ? { ...issue, attribute: 'username' } : issue))
  if (issues.length > 0) throw new ValidationError(issues)
}

async function orTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const name = takenName(error)
    if (name === null) throw error
    throw new TakenError(`${name === 'login' ? 'username' : name} has already been taken`)
  }
}
