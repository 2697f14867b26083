import { type AppRecord, THUMBNAIL_PATH } from '../../store/apps.ts'

/**
 * What the platform knows of an app, by the names that map.apps has for it, in its metadata as in the `properties` of its
 * `app.json`. Times are milliseconds since 1970; what there is none of is empty.
 */
export const managerProperties = (app: AppRecord) => ({
  editorState: app.editorState,
  id: app.slug,
  title: app.title,
  description: app.description,
  createdBy: app.createdBy ?? '',
  createdAt: app.createdAt.getTime(),
  modifiedBy: app.modifiedBy ?? '',
  modifiedAt: app.modifiedAt.getTime(),
  templateId: app.templateId ?? '',
  templateFile: '',
  thumbnailFile: app.hasThumbnail ? THUMBNAIL_PATH : '',
})
