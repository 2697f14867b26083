import type { AccountRequest } from '../../domain/accounts.ts'
import { type Issue, ValidationError } from '../../domain/errors.ts'

/**
 * An account as a body asks for it: `login`, `email` and `password` as text (one that is missing counts as empty), and
 * `roles` as a list of names. What the values may be is the domain's to say.
 * @throws ValidationError when one is of another type
 */
export function accountRequest(body: unknown): AccountRequest & { roles: string[] } {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const issues: Issue[] = []
  const text = (attribute: string): string => {
    const value = fields[attribute] ?? ''
    if (typeof value === 'string') return value
    issues.push({ attribute, message: 'is not text' })
    return ''
  }
  const roles = fields.roles ?? []
  const isList = Array.isArray(roles) && roles.every((role) => typeof role === 'string')
  if (!isList) issues.push({ attribute: 'roles', message: 'is not a list of names' })
  const request = { login: text('login'), email: text('email'), password: text('password') }
  if (issues.length > 0) throw new ValidationError(issues)
  return { ...request, roles: isList ? roles : [] }
}
