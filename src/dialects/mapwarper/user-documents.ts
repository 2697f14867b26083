import { z } from '@hono/zod-openapi'
import { hasRole, type Principal, ROLES, type Role } from '../../store/principal.ts'
import { pageLinks, pageMeta, userResource } from './schemas.ts'
import { roleId } from './serialize.ts'

const roleResource = z
  .object({
    id: z.string(),
    type: z.literal('roles'),
    attributes: z.object({ name: z.enum(ROLES) }),
  })
  .openapi('Role')
const included = z
  .array(roleResource)
  .optional()
  .openapi({ description: 'For administrators: the roles that the users have, each once' })

export const userWithRoles = z.object({ data: userResource, included }).openapi('UserWithRoles')
export const userList = z
  .object({ data: z.array(userResource), included, links: pageLinks, meta: pageMeta })
  .openapi('UserList')

type RoleResource = z.infer<typeof roleResource>

/** The roles that users have, for an administrator; nothing where there is none. */
export function includedRoles(
  users: readonly { roles: readonly Role[] }[],
  requester: Principal,
): { included?: RoleResource[] } {
  if (!hasRole(requester, 'administrator')) return {}
  const held = ROLES.filter((role) => users.some(({ roles }) => roles.includes(role)))
  if (held.length === 0) return {}
  return { included: held.map((name) => ({ id: roleId(name), type: 'roles', attributes: { name } })) }
}
