import { deleteAppFile, type FileCondition } from '../../store/app-file-changes.ts'
import { type AppFile, type AppWithFiles, findAppWithFile, findAppWithFiles } from '../../store/app-files.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { discardObjects } from '../storage/stored-objects.ts'
import { type AppConfig, readAppConfig } from './app-config.ts'
import { appIdFault } from './app-id.ts'
import { type AskedPath, CONFIG_PATH } from './app-paths.ts'
import { type AppRecord, readApp } from './apps.ts'
import { requireRight } from './change-app.ts'
import { requireChangeable, requireChanged } from './file-changes.ts'

export type { FileCondition } from '../../store/app-file-changes.ts'
export type { AppFile } from '../../store/app-files.ts'

const TAKING = 'You may not take the files of this app'

/**
 * An app and its files as they were put there, for who may take them.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError
 */
export async function readAppFiles(
  context: Pick<Context, 'db'>,
  principal: Principal,
  id: string,
): Promise<AppWithFiles> {
  const found = appIdFault(id) === null ? await findAppWithFiles(context.db, principal, id) : null
  if (!found) throw new NotFoundError('App', id)
  if (!found.app.mayExtract) requireRight(principal, false, TAKING)
  return found
}

/**
 * A file of an app as it was put there, for who may take it.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError
 */
export async function readAppFile(
  context: Pick<Context, 'db'>,
  principal: Principal,
  id: string,
  { path, asked }: AskedPath,
): Promise<AppFile> {
  const { app, file } = await readSeenFile(context, principal, id, path ?? '')
  if (!app.mayExtract) requireRight(principal, false, TAKING)
  if (!file) throw new NotFoundError('File', asked)
  return file
}

/** An app that the principal sees, and its `app.json`. @throws NotFoundError; ValidationError where it is none any more */
export async function readStoredConfig(
  context: Pick<Context, 'db' | 'bucket'>,
  principal: Principal,
  id: string,
): Promise<{ app: AppRecord; config: AppConfig }> {
  for (let isAgain = false; ; isAgain = true) {
    const { app, file } = await readSeenFile(context, principal, id, CONFIG_PATH)
    if (!file) throw new NotFoundError('File', CONFIG_PATH)
    const object = await context.bucket.get(file.objectKey)
    // Between look-up and reading, another may have been put in its place.
    if (object) return { app, config: readAppConfig(new Uint8Array(await object.arrayBuffer())) }
    if (isAgain) throw new NotFoundError('File', CONFIG_PATH)
  }
}

async function readSeenFile(
  { db }: Pick<Context, 'db'>,
  principal: Principal,
  id: string,
  path: string,
): Promise<{ app: AppRecord; file: AppFile | null }> {
  const found = appIdFault(id) === null ? await findAppWithFile(db, principal, id, path) : null
  if (!found) throw new NotFoundError('App', id)
  return found
}

/**
 * Takes a file out of an app.
 * @param path as `writtenPath` gives it
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, PreoptimizedError, PreconditionFailedError; ValidationError for
 * the `app.json`, which every app has
 */
export async function removeAppFile(
  context: Context,
  principal: Principal,
  id: string,
  path: string,
  condition: FileCondition,
): Promise<void> {
  const app = await readApp(context, principal, id)
  const editor = requireChangeable(principal, app)
  if (path === CONFIG_PATH)
    throw new ValidationError([{ attribute: 'path', message: `is ${CONFIG_PATH}, which every app has` }])
  const change = await deleteAppFile(context.db, editor, app.slug, path, condition)
  await discardObjects(context, await requireChanged(context, editor, app.slug, path, change))
}
