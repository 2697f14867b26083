import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { readMediaFile } from '../../domain/datasets/feature-media.ts'
import { readThroughLayer } from '../../domain/datasets/through-layer.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { answers } from './descriptions.ts'
import { featureParameters } from './feature-item.ts'
import { flag } from './listing.ts'
import { idOf } from './request-form.ts'
import { storedFileAnswer } from './stored-file-answer.ts'

const path = '/1/layers/{id}/features/{feature}/{attribute}/{file}'

/** Files that an attribute of a feature names. */
export function mountFeatureMedia(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [path], tags: ['Features'], summary: 'A file attached to a feature' },
      description:
        "The attribute has names of files between commas; the files are in the storage of the layer's owner, under " +
        '`media/{id of the layer}/`. Whoever may view the layer has those that are named there.',
      request: {
        params: featureParameters.extend({ attribute: z.string(), file: z.string() }),
        query: z.object({
          download: z.string().optional().openapi({ description: 'As a file to be saved' }),
        }),
      },
      responses: answers({ 200: 'The file', 206: 'Some of it', 304: 'It is as it was' }, 401, 404),
    },
    async (c) => {
      const [feature, attribute, file] = ['feature', 'attribute', 'file'].map(
        (name) => c.req.param(name) ?? '',
      )
      const { context, principal } = c.var
      // The router has no `.json`, which may well be that of the file.
      const names = new URL(c.req.url).pathname.endsWith('.json') ? [`${file}.json`, file!] : [file!]
      const id = idOf(c, 'id', 'Layer')
      const { layer, result: find } = await readThroughLayer(
        context,
        principal,
        id,
        ({ datasetId }, through) =>
          readMediaFile(context, through, datasetId, { feature: feature!, attribute: attribute!, names }),
      )
      return storedFileAnswer(c, await find(layer), flag(c, 'download'))
    },
  )
}
