import type { EditorState } from '../../store/app-types.ts'
import { type AppChange, type AppRecord, deleteApp, updateApp } from '../../store/apps.ts'
import type { Principal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import { discardObjects } from '../storage/stored-objects.ts'
import { granteesOf, isSameSharing } from './app-groups.ts'
import { type AppTexts, checkAppTexts } from './app-texts.ts'
import { readApp } from './apps.ts'

export interface AppChangeRequest extends AppTexts {
  /** As it is where undefined. */
  editorState: EditorState | undefined
  /** Names, none for everyone; as it is where undefined. */
  sharedInGroups: readonly string[] | undefined
}

/** The user who may do something to an app that is seen. @throws UnauthenticatedError, ForbiddenError */
export function requireRight(principal: Principal, isHeld: boolean, message: string): UserPrincipal {
  if (principal.kind !== 'user') throw new UnauthenticatedError()
  if (!isHeld) throw new ForbiddenError(message)
  return principal
}

/**
 * Changes what is told of an app.
 * @returns the app as it is then
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, ValidationError
 */
export async function changeApp(
  context: Context,
  principal: Principal,
  id: string,
  { title, description, editorState, sharedInGroups }: AppChangeRequest,
): Promise<AppRecord> {
  const before = await readApp(context, principal, id)
  const user = requireRight(principal, before.mayEdit, 'You may not edit this app')
  checkAppTexts({ title, description })
  const wasPublished = before.editorState === 'PUBLISHED'
  if (editorState !== undefined && wasPublished !== (editorState === 'PUBLISHED'))
    requireRight(principal, before.mayPublish, 'You may not publish this app, or take it back')
  const change: AppChange = { title, description, editorState }
  if (sharedInGroups !== undefined && !isSameSharing(before.audience, sharedInGroups)) {
    requireRight(principal, before.mayShare, 'You may not share this app')
    change.sharedWith = await granteesOf(context, user, sharedInGroups, before.audience)
  }
  const changed = await updateApp(context.db, user, id, change)
  if (!changed) throw await refusalOf(context, principal, id)
  return changed
}

/**
 * Deletes an app with its files.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError
 */
export async function removeApp(context: Context, principal: Principal, id: string): Promise<void> {
  const keys = principal.kind === 'user' ? await deleteApp(context.db, principal, id) : null
  if (!keys) throw await refusalOf(context, principal, id)
  await discardObjects(context, keys)
}

/** Why something was not done to an app: it is not there for the principal, or not to be changed. */
async function refusalOf(context: Context, principal: Principal, id: string): Promise<Error> {
  try {
    await readApp(context, principal, id)
  } catch (error) {
    if (error instanceof NotFoundError) return error
    throw error
  }
  return principal.kind === 'user'
    ? new ForbiddenError('You may not do this to the app')
    : new UnauthenticatedError()
}
