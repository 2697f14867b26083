/** Independent flags; none implies another. The order gives the number a role has in documents (from 1). */
export const ROLES = ['super user', 'administrator', 'editor', 'developer', 'trusted'] as const
export type Role = (typeof ROLES)[number]

/** The number that grants name a role by. */
export const roleNumber = (role: Role): number => ROLES.indexOf(role) + 1

/** By what way somebody comes to a resource, in one request. */
interface Approach {
  /** The layer through which its data is asked for: what the layer and its map grant holds for the data, too. */
  through?: number
  /** Of datasets with one name the principal's own is meant, if there is one, whichever is older. */
  ownFirst?: boolean
  /** It is asked for to insert something, so that the right to insert is enough to know that it is there. */
  toInsert?: boolean
}

/** Who asks. `system` is the platform's own work (jobs) and says why it acts. */
export type Principal =
  | ({ kind: 'anonymous' } & Approach)
  | ({
      kind: 'user'
      id: number
      login: string
      roles: readonly Role[]
      /** Groups the user is in, with those above them. */
      groups?: readonly number[]
    } & Approach)
  | { kind: 'system'; reason: string }

export type UserPrincipal = Extract<Principal, { kind: 'user' }>

export type SystemPrincipal = Extract<Principal, { kind: 'system' }>

export const ANONYMOUS: Principal = { kind: 'anonymous' }

/** Whether a principal carries a role. The system carries none: it is let in by kind. */
export function hasRole(principal: Principal, role: Role): boolean {
  return principal.kind === 'user' && principal.roles.includes(role)
}
