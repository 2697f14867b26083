import type { FileChange } from '../../store/app-file-changes.ts'
import type { Principal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NameTakenError, NotFoundError, PreconditionFailedError } from '../errors.ts'
import { PathTakenError } from '../storage/errors.ts'
import { type AppRecord, readApp } from './apps.ts'
import { requireRight } from './change-app.ts'
import { AppTooLargeError, PreoptimizedError, TooManyAppFilesError } from './errors.ts'
import { APP_FILES_MAX, APP_MAX_BYTES } from './limits.ts'

/** Who may change the files of an app as it is now. @throws UnauthenticatedError, ForbiddenError, PreoptimizedError */
export function requireChangeable(principal: Principal, app: AppRecord): UserPrincipal {
  const editor = requireRight(principal, app.mayEdit, 'You may not edit this app')
  if (app.isPreoptimized) throw new PreoptimizedError(app.slug)
  return editor
}

/**
 * The keys of the objects that a change has left without a name.
 * @throws the reason where nothing was changed
 */
export async function requireChanged(
  context: Context,
  principal: UserPrincipal,
  id: string,
  path: string,
  change: FileChange,
): Promise<string[]> {
  switch (change.kind) {
    case 'changed':
      return change.replacedKeys
    case 'refused':
      // It was seen and may have been deleted meanwhile.
      await readApp(context, principal, id)
      throw new ForbiddenError('You may not edit this app')
    case 'preoptimized':
      throw new PreoptimizedError(id)
    case 'too-many':
      throw new TooManyAppFilesError(APP_FILES_MAX)
    case 'too-large':
      throw new AppTooLargeError(APP_MAX_BYTES)
    case 'missing':
      throw new NotFoundError('File', path)
    case 'blocked':
      throw new PathTakenError(change.path)
    case 'twin':
      throw new NameTakenError('File', change.path)
    case 'stale':
      throw new PreconditionFailedError(
        `The file ${JSON.stringify(path)} is not the one that was to be changed`,
      )
  }
}
