import type { Role } from './principal.ts'

/** How far an app has come, for those who make it. */
export const EDITOR_STATES = ['DRAFT', 'EDITED', 'VERIFIED', 'PUBLISHED', 'DEPRECATED'] as const
export type EditorState = (typeof EDITOR_STATES)[number]

/** The group that those are in who see every app anyway. */
export const ADMINISTRATORS = 'maAdmin'

/** The groups that roles are, where apps are shared with them. */
export const GROUP_OF_ROLE: Readonly<Record<Role, string>> = {
  'super user': 'super user',
  administrator: ADMINISTRATORS,
  editor: 'maEditor',
  developer: 'developer',
  trusted: 'trusted',
}
