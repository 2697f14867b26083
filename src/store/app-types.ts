/** How far an app has come, for those who make it. */
export const EDITOR_STATES = ['DRAFT', 'EDITED', 'VERIFIED', 'PUBLISHED', 'DEPRECATED'] as const
export type EditorState = (typeof EDITOR_STATES)[number]
