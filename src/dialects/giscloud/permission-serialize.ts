import type { SharedVerb } from '../../domain/maps/sharing.ts'
import type { Verb } from '../../store/permissions.ts'
import { textOf } from './scalars.ts'

/** What each permission lets its holder do, by its name. READ is in all of them but INSERT. */
export const PERMISSIONS = {
  READ: ['view'],
  EDIT: ['edit', 'style'],
  EXPORT: ['extract'],
  EDIT_WITH_SHARE: ['edit', 'share', 'style'],
  INSERT: ['insert'],
  INSERT_MDC: ['insert'],
  UPDATE: ['update'],
  UPDATE_MDC: ['update'],
  DELETE: ['delete_rows'],
  DELETE_MDC: ['delete_rows'],
  SHARE: ['share'],
} as const satisfies Readonly<Record<string, readonly Verb[]>>
export type Permission = keyof typeof PERMISSIONS

/** Permissions whose verb says all there is to say, so that none has to be called by its name. */
export const PLAIN: readonly string[] = ['READ', 'EXPORT', 'INSERT', 'UPDATE', 'DELETE', 'SHARE']

/** What is the owner's: it is shown, and neither given nor taken. */
export const OWNER = 'OWNER'
export const OWNER_SHARE_ID = 0
const ANONYMOUS_NAME = 'anonymous'

/** One act of granting. */
export interface Share {
  shareId: number
  username: string
  /** Number of a user; null for a group and for everyone. */
  userId: number | null
  permission: string
}

interface Owned {
  ownerId: number | null
  ownerLogin: string | null
}

/** Acts of granting, the owner's right among them. */
export function sharesOf({ ownerId, ownerLogin }: Owned, verbs: readonly SharedVerb[]): Share[] {
  const acts = new Map<number, SharedVerb[]>()
  for (const verb of verbs) acts.set(verb.shareId, [...(acts.get(verb.shareId) ?? []), verb])
  const shares = [...acts].map(([shareId, act]): Share => {
    const { principalType, principalId, grantee } = act[0]!
    const isEveryone = principalType === 'everyone' || principalType === 'anonymous'
    return {
      shareId,
      username: isEveryone ? ANONYMOUS_NAME : (grantee ?? `${principalType} ${principalId}`),
      userId: principalType === 'user' ? principalId : null,
      permission: permissionOf(act),
    }
  })
  if (ownerId === null) return shares
  const owner = { shareId: OWNER_SHARE_ID, username: ownerLogin ?? '', userId: ownerId, permission: OWNER }
  return [...shares, owner]
}

/** The name of what an act has granted. Other dialects grant single verbs, some of which are in no permission. */
function permissionOf(act: readonly SharedVerb[]): string {
  if (act[0]!.name !== null) return act[0]!.name
  const verbs = act.map(({ verb }) => verb).sort()
  if (verbs.includes('own')) return OWNER
  const names = Object.entries(PERMISSIONS)
  const named = names.find(([, granted]) => JSON.stringify([...granted].sort()) === JSON.stringify(verbs))
  const [first] = named ?? names.find(([, granted]) => granted.some((verb) => verb === verbs[0])) ?? []
  return first ?? verbs[0]!.toUpperCase()
}

/** What is granted, by whom it is granted to. */
export function permissionDocuments(owned: Owned, verbs: readonly SharedVerb[]) {
  const people = new Map<string, Share[]>()
  for (const share of sharesOf(owned, verbs))
    people.set(share.username, [...(people.get(share.username) ?? []), share])
  return [...people].map(([username, shares]) => ({
    permissions: shares.map(({ permission, shareId }) => ({ type: permission, share_id: String(shareId) })),
    username,
  }))
}

export const permissionDocument = (resourceId: number, { shareId, userId, username, permission }: Share) => ({
  id: String(shareId),
  resource_id: String(resourceId),
  user_id: textOf(userId),
  dependency_option_id: null,
  username,
  permission,
})
