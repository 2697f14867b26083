import type { Principal } from '../../store/principal.ts'
import {
  changeOption,
  insertOption,
  listOptions,
  type OptionAccess,
  type OptionAttributes,
  type OptionListing,
  type ResourceOption,
} from '../../store/resource-options.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError, ValidationError } from '../errors.ts'

export type { OptionAttributes, ResourceOption } from '../../store/resource-options.ts'

/** Options of one resource. */
export const OPTIONS_MAX = 200

function requireAccess(
  principal: Principal,
  resourceId: number,
  access: OptionAccess,
  toEdit: boolean,
): void {
  if (!access.isSeen) throw new NotFoundError('Resource', resourceId)
  if (!toEdit || access.mayEdit) return
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

/** The options of a resource that the principal sees. @throws NotFoundError */
export async function readOptions(
  context: Context,
  principal: Principal,
  resourceId: number,
  listing: OptionListing,
): Promise<{ options: ResourceOption[]; total: number }> {
  const { options, total, ...access } = await listOptions(context.db, principal, resourceId, listing)
  requireAccess(principal, resourceId, access, false)
  return { options, total }
}

/** One of them. @throws NotFoundError */
export async function readOption(
  context: Context,
  principal: Principal,
  resourceId: number,
  id: number,
): Promise<ResourceOption> {
  const { options } = await readOptions(context, principal, resourceId, { limit: 1, offset: 0, id })
  if (!options[0]) throw new NotFoundError('Option', id)
  return options[0]
}

/** Adds an option (right `edit`). @returns its number @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError */
export async function addOption(
  context: Context,
  principal: Principal,
  resourceId: number,
  option: OptionAttributes & { name: string },
): Promise<number> {
  const { id, ...access } = await insertOption(context.db, principal, resourceId, option, OPTIONS_MAX)
  requireAccess(principal, resourceId, access, true)
  if (id === null)
    throw new ValidationError([
      { attribute: 'options', message: `are as many as a resource has: ${OPTIONS_MAX}` },
    ])
  return id
}

/** Changes an option (right `edit`), or takes it away. @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function alterOption(
  context: Context,
  principal: Principal,
  resourceId: number,
  id: number,
  change: OptionAttributes | 'delete',
): Promise<void> {
  const { isFound, ...access } = await changeOption(context.db, principal, resourceId, id, change)
  requireAccess(principal, resourceId, access, true)
  if (!isFound) throw new NotFoundError('Option', id)
}
