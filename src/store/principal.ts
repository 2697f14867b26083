/** Independent flags; none implies another. The order gives the number a role has in documents (from 1). */
export const ROLES = ['super user', 'administrator', 'editor', 'developer', 'trusted'] as const
export type Role = (typeof ROLES)[number]

/** Who asks. `system` is the platform's own work (jobs) and says why it acts. */
export type Principal =
  | { kind: 'anonymous' }
  | { kind: 'user'; id: number; login: string; roles: readonly Role[] }
  | { kind: 'system'; reason: string }

export type UserPrincipal = Extract<Principal, { kind: 'user' }>

export type SystemPrincipal = Extract<Principal, { kind: 'system' }>

export const ANONYMOUS: Principal = { kind: 'anonymous' }

/** Whether a principal carries a role. The system carries none: it is let in by kind. */
export function hasRole(principal: Principal, role: Role): boolean {
  return principal.kind === 'user' && principal.roles.includes(role)
}
