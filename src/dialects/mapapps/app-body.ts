import type { Context as RequestContext } from 'hono'
import { EDITOR_STATES, type EditorState } from '../../domain/apps/apps.ts'
import type { AppChangeRequest } from '../../domain/apps/change-app.ts'
import type { NewAppRequest } from '../../domain/apps/create-app.ts'
import { ValidationError } from '../../domain/errors.ts'
import { parseJson5 } from '../../formats/json5-text.ts'
import { readBody } from '../../http/request-body.ts'

type Members = Record<string, unknown>

const invalid = (attribute: string, message: string): ValidationError =>
  new ValidationError([{ attribute, message }])

/** The members of a body: an object as JSON, with what JSON5 has beyond it, or a form. */
async function readMembers(c: RequestContext): Promise<Members> {
  const body = await readBody(c.req.raw, { parseText: parseJson5 })
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('body', 'must be a JSON object')
  return body as Members
}

/** A member that is a text; undefined where it is not sent. @throws ValidationError */
function textMember(members: Members, name: string): string | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalid(name, 'must be a text')
  return value
}

/** @throws ValidationError where it is not sent */
function requiredText(members: Members, name: string): string {
  const text = textMember(members, name)
  if (text === undefined) throw invalid(name, 'must be given')
  return text
}

/** Names of groups: a list, which a form writes with commas. Undefined where it is not sent. @throws ValidationError */
function groupsMember(members: Members): string[] | undefined {
  const value = Object.hasOwn(members, 'sharedInGroups') ? members.sharedInGroups : undefined
  if (value === undefined || value === null) return undefined
  const names = typeof value === 'string' ? commaList(value) : value
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw invalid('sharedInGroups', 'must be a list of names')
  return names
}

const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** What a new app is to be. @throws ValidationError and what reading throws */
export async function newAppOf(c: RequestContext): Promise<NewAppRequest> {
  const members = await readMembers(c)
  return {
    id: requiredText(members, 'id'),
    title: requiredText(members, 'title'),
    description: textMember(members, 'description') ?? '',
    sharedInGroups: groupsMember(members) ?? [],
    templateId: textMember(members, 'templateId') || null,
  }
}

/**
 * How an app is to be changed; a title or description that is not sent is empty then.
 * @param id the app's, which the body may name and nothing else
 * @throws ValidationError and what reading throws
 */
export async function appChangeOf(c: RequestContext, id: string): Promise<AppChangeRequest> {
  const members = await readMembers(c)
  if ((textMember(members, 'id') ?? id) !== id)
    throw invalid('id', `must be that of the address, ${JSON.stringify(id)}`)
  return {
    title: textMember(members, 'title') ?? '',
    description: textMember(members, 'description') ?? '',
    editorState: stateMember(members),
    sharedInGroups: groupsMember(members),
  }
}

function stateMember(members: Members): EditorState | undefined {
  const text = textMember(members, 'editorState')
  if (text === undefined) return undefined
  const state = EDITOR_STATES.find((known) => known === text)
  if (!state) throw invalid('editorState', `must be one of ${EDITOR_STATES.join(', ')}`)
  return state
}
