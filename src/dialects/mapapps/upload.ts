import type { OpenAPIHono } from '@hono/zod-openapi'
import { beginAppArchive } from '../../domain/apps/app-archive-intake.ts'
import { APP_ARCHIVE_MAX_BYTES } from '../../domain/apps/limits.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { appIdOf } from './content-address.ts'
import { answers, appIdParameter, uploadAnswer, uploadBody } from './descriptions.ts'
import { answerUpload } from './file-upload.ts'

/** The content of an app as an archive. */
export function mountUpload(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: ['/resources/apps/{appId}'], tags: ['Content'], summary: 'Upload app' },
      description:
        'Replaces everything the app has by the files of a zip archive, at once or not at all. `app.json` lies at its root, or ' +
        'in the one folder that has everything. An app that is not there is made.',
      request: { params: appIdParameter, ...uploadBody },
      responses: answers({ 200: uploadAnswer }, 401, 403, 404),
    },
    (c) => {
      const id = appIdOf(c)
      return answerUpload(c, {
        ...{ maxBytes: APP_ARCHIVE_MAX_BYTES, fileName: `${id}.zip` },
        begin: () => beginAppArchive(c.var.context, c.var.principal, id),
      })
    },
  )
}
