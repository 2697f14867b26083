import { type AppRecord, findApp } from '../../store/apps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { appIdFault } from './app-id.ts'

export { EDITOR_STATES, type EditorState } from '../../store/app-types.ts'
export type { AppRecord } from '../../store/apps.ts'

/** @throws NotFoundError where there is none, or the principal may not see it */
export async function readApp(
  context: Pick<Context, 'db'>,
  principal: Principal,
  id: string,
): Promise<AppRecord> {
  const app = appIdFault(id) === null ? await findApp(context.db, principal, id) : null
  if (!app) throw new NotFoundError('App', id)
  return app
}
