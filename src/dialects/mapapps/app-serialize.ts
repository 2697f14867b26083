import { z } from '@hono/zod-openapi'
import { ADMINISTRATORS, groupNames } from '../../domain/apps/app-groups.ts'
import { type AppRecord, EDITOR_STATES } from '../../domain/apps/apps.ts'
import { managerProperties } from '../../domain/apps/manager-properties.ts'

/** What is told of an app. */
export const appMetadata = z
  .object({
    editorState: z.enum(EDITOR_STATES),
    preoptimized: z.boolean(),
    id: z.string(),
    title: z.string(),
    description: z.string(),
    createdBy: z.string(),
    createdAt: z.number().int().openapi({ description: 'Milliseconds since 1970' }),
    modifiedBy: z.string(),
    modifiedAt: z.number().int(),
    templateId: z.string(),
    templateFile: z.string(),
    thumbnailFile: z.string().openapi({ description: 'Its path in the app; empty where there is none' }),
    sharedInGroupsCount: z.number().int().openapi({ description: 'Of them, but for the administrators' }),
    portalItemStatus: z.string(),
    sharedInGroups: z.array(z.string()).openapi({ description: 'None where everyone sees the app' }),
  })
  .openapi('App')

/** An app as the API tells it. */
export function appDocument(app: AppRecord): z.infer<typeof appMetadata> {
  const { editorState, ...properties } = managerProperties(app)
  const sharedInGroups = groupNames(app.audience)
  return {
    editorState,
    preoptimized: app.isPreoptimized,
    ...properties,
    sharedInGroupsCount: sharedInGroups.filter((name) => name !== ADMINISTRATORS).length,
    portalItemStatus: '',
    sharedInGroups,
  }
}
