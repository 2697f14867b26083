import { insertApp } from '../../store/apps.ts'
import { hasRole, type Principal, type UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NameTakenError, UnauthenticatedError, ValidationError } from '../errors.ts'
import { discardObjects, isUncertain } from '../storage/stored-objects.ts'
import { granteesOf } from './app-groups.ts'
import { requireAppId } from './app-id.ts'
import { type AppTexts, checkAppTexts } from './app-texts.ts'
import { copyTemplate, findTemplate } from './template-files.ts'

/** The template of an app that names none. */
export const DEFAULT_TEMPLATE = 'viewer'

export interface NewAppRequest extends AppTexts {
  id: string
  /** Names; none for everyone. */
  sharedInGroups: readonly string[]
  templateId: string | null
}

/** Who may make apps. @throws UnauthenticatedError, ForbiddenError */
export function requireAppMaker(principal: Principal): UserPrincipal {
  if (principal.kind !== 'user') throw new UnauthenticatedError()
  if (!hasRole(principal, 'editor') && !hasRole(principal, 'administrator'))
    throw new ForbiddenError('Apps are made by editors and administrators')
  return principal
}

/**
 * Makes an app of a template, a draft. Where that fails, nothing of it is left.
 * @returns its id
 * @throws UnauthenticatedError, ForbiddenError, ValidationError; NameTakenError where the id is taken, in whatever case
 */
export async function createApp(
  context: Context,
  principal: Principal,
  { id, title, description, sharedInGroups, templateId }: NewAppRequest,
): Promise<string> {
  const maker = requireAppMaker(principal)
  const slug = requireAppId(id)
  checkAppTexts({ title, description })
  const template = findTemplate(templateId ?? DEFAULT_TEMPLATE)
  if (!template)
    throw new ValidationError([
      { attribute: 'templateId', message: `is unknown: ${JSON.stringify(templateId?.slice(0, 100))}` },
    ])
  const sharedWith = await granteesOf(context, maker, sharedInGroups)
  const files = await copyTemplate(context, template, { title, description })
  const app = { slug, title, description, templateId: template.id, sharedWith, files }
  try {
    if (!(await insertApp(context.db, maker, app))) throw new NameTakenError('App', id)
  } catch (error) {
    const keys = files.map(({ objectKey }) => objectKey)
    if (!isUncertain(error)) await discardObjects(context, keys)
    throw error
  }
  return slug
}
