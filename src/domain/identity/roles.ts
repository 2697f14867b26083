import {
  deleteGroup,
  deleteMember,
  findGroup,
  type GroupChange,
  type GroupExpansion,
  type GroupRecord,
  insertGroup,
  insertMember,
  listMembers,
  type MemberRecord,
  updateGroup,
} from '../../store/groups.ts'
import type { ListPart, ListSlice } from '../../store/list-slice.ts'
import type { Principal, UserPrincipal } from '../../store/principal.ts'
import { isReservedLogin } from '../accounts.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, ValidationError } from '../errors.ts'
import { TakenError } from './errors.ts'

export {
  GROUP_SORTS,
  type GroupChange,
  type GroupExpansion,
  type GroupRecord,
  type GroupSort,
  listGroups,
} from '../../store/groups.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readRole(
  { db }: Context,
  principal: Principal,
  id: number,
  expansion?: GroupExpansion,
): Promise<GroupRecord> {
  const record = await findGroup(db, principal, id, expansion)
  if (!record) throw new NotFoundError('Role', id)
  return record
}

/**
 * Makes a role that nobody has yet, owned by who asks. Who has it has those above it, too, so that it is put only beneath
 * what its maker may edit.
 * @throws ValidationError, ForbiddenError
 */
export async function createRole(
  context: Context,
  principal: UserPrincipal,
  role: { name: string; parentId: number | null; isAppRole: boolean },
): Promise<number> {
  requireName(role.name)
  const id = await insertGroup(context.db, principal, role)
  if (id !== null) return id
  throw await aboveFault(context, principal, role.parentId!)
}

/** @throws NotFoundError, ForbiddenError, ValidationError where a role would come to be above itself */
export async function changeRole(
  context: Context,
  principal: UserPrincipal,
  id: number,
  change: GroupChange,
): Promise<GroupRecord> {
  const record = await readRole(context, principal, id)
  if (!record.mayEdit) throw new ForbiddenError()
  if (change.name !== undefined) requireName(change.name)
  if (!(await updateGroup(context.db, principal, id, change)))
    throw typeof change.parentId === 'number'
      ? await aboveFault(context, principal, change.parentId)
      : new NotFoundError('Role', id)
  return readRole(context, principal, id)
}

/** @throws ValidationError where the name means somebody else to whoever shares with it */
function requireName(name: string): void {
  if (isReservedLogin(name)) throw new ValidationError([{ attribute: 'name', message: 'is invalid' }])
}

/** Why nothing can be put beneath a role. */
async function aboveFault(context: Context, principal: UserPrincipal, parentId: number): Promise<Error> {
  const parent = await findGroup(context.db, principal, parentId)
  if (parent && !parent.mayEdit) return new ForbiddenError()
  const message = parent ? 'is the role itself, or beneath it' : 'is no role'
  return new ValidationError([{ attribute: 'parent_id', message }])
}

/** Deletes a role with everything that is granted to it. @throws NotFoundError, ForbiddenError */
export async function removeRole(context: Context, principal: UserPrincipal, id: number): Promise<void> {
  const record = await readRole(context, principal, id)
  if (!record.mayEdit) throw new ForbiddenError()
  if (!(await deleteGroup(context.db, principal, id))) throw new NotFoundError('Role', id)
}

/** Who has a role that the principal sees. @throws NotFoundError */
export async function readMembers(
  context: Context,
  principal: UserPrincipal,
  id: number,
  slice: Pick<ListSlice<never>, 'perPage' | 'offset' | 'withTotal'>,
): Promise<ListPart<MemberRecord>> {
  const [members] = await Promise.all([
    listMembers(context.db, principal, id, slice),
    readRole(context, principal, id),
  ])
  return members
}

/** Gives somebody a role. @returns the number of who it is @throws NotFoundError, ForbiddenError, TakenError */
export async function addMember(
  context: Context,
  principal: UserPrincipal,
  id: number,
  login: string,
): Promise<number> {
  const record = await readRole(context, principal, id)
  if (!record.mayEdit) throw new ForbiddenError()
  const added = await insertMember(context.db, principal, id, login)
  if (!added) throw new NotFoundError('User', login)
  if (!added.isNew) throw new TakenError(`${login} has the role already`)
  return added.userId
}

/** Takes a role from somebody, or lays it down. @throws NotFoundError, ForbiddenError */
export async function removeMember(
  context: Context,
  principal: UserPrincipal,
  id: number,
  userId: number,
): Promise<void> {
  const record = await readRole(context, principal, id)
  if (!record.mayEdit && principal.id !== userId) throw new ForbiddenError()
  if (!(await deleteMember(context.db, principal, id, userId))) throw new NotFoundError('User', userId)
}
