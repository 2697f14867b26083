import { ADMINISTRATORS, GROUP_OF_ROLE } from '../../store/app-types.ts'
import type { AppAudience, AppGrantee } from '../../store/apps.ts'
import { findGroupsNamed } from '../../store/groups.ts'
import { hasRole, ROLES, type Role, roleNumber, type UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, ValidationError } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'

export { ADMINISTRATORS } from '../../store/app-types.ts'

/** Groups that an app is shared with. */
export const APP_GROUPS_MAX = 100
const GROUP_NAME_MAX_CHARACTERS = 500

const roleNamed = (name: string): Role | undefined =>
  ROLES.find((role) => GROUP_OF_ROLE[role] === name || role === name)

/**
 * The names of the groups an app is shared with: none where everyone sees it, that of the administrators where nobody but
 * its owner and they do.
 */
export function groupNames({ everyone, roles, groups }: AppAudience): string[] {
  if (everyone) return []
  const names = [...roles.map((role) => GROUP_OF_ROLE[role]), ...groups.map(({ name }) => name)]
  return names.length > 0 ? [...new Set(names)].sort() : [ADMINISTRATORS]
}

/** Whether names of groups mean what an app is shared with already. */
export const isSameSharing = (audience: AppAudience, names: readonly string[]): boolean =>
  JSON.stringify(groupNames(audience)) === JSON.stringify([...new Set(names)].sort())

/** For whom an app is that is shared with none but administrators, until it is shared. */
export const NOBODY: AppAudience = { everyone: false, roles: [], groups: [] }

/**
 * Whom names of groups mean; no name at all means everyone. Who shares an app shares it with what he is in, or sees; whom it
 * is shared with already stays.
 * @throws ValidationError (`sharedInGroups`), ForbiddenError that names the group
 */
export async function granteesOf(
  { db }: Pick<Context, 'db'>,
  principal: UserPrincipal,
  names: readonly string[],
  audience: AppAudience = NOBODY,
): Promise<AppGrantee[]> {
  if (names.length === 0) return [{ principalType: 'everyone', principalId: 0 }]
  requireNames(names)
  const told = new Set(audience === NOBODY ? [] : groupNames(audience))
  const grantees: AppGrantee[] = []
  const wanted: string[] = []
  for (const name of new Set(names)) {
    const role = roleNamed(name)
    const held = audience.groups.filter((group) => group.name === name)
    grantees.push(...held.map(({ id }) => ({ principalType: 'group' as const, principalId: id })))
    if (role !== undefined && (held.length === 0 || audience.roles.includes(role))) {
      if (!hasRole(principal, role) && !told.has(GROUP_OF_ROLE[role])) throw notHeld(name)
      grantees.push({ principalType: 'role', principalId: roleNumber(role) })
    } else if (held.length === 0) wanted.push(name)
  }
  if (wanted.length === 0) return grantees
  const found = await findGroupsNamed(db, principal, wanted)
  for (const name of wanted) {
    const group = found.find((candidate) => candidate.name === name)
    if (!group) throw notHeld(name)
    grantees.push({ principalType: 'group', principalId: group.id })
  }
  return grantees
}

const notHeld = (name: string) =>
  new ForbiddenError(`You cannot share with the group ${JSON.stringify(name)}: it is none that you are in`)

function requireNames(names: readonly string[]): void {
  const refuse = (message: string) => new ValidationError([{ attribute: 'sharedInGroups', message }])
  if (names.length > APP_GROUPS_MAX) throw refuse(`has more than ${APP_GROUPS_MAX} groups`)
  for (const name of names) {
    if (name.trim() === '') throw refuse('has a name that is empty')
    if (name.length > GROUP_NAME_MAX_CHARACTERS)
      throw refuse(`has a name of more than ${GROUP_NAME_MAX_CHARACTERS} characters`)
    if (!isStorableText(name)) throw refuse('has a name with a character that no name has')
  }
}
