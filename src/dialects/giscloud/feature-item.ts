import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { deleteFeature, type Precondition, updateFeature } from '../../domain/datasets/feature-changes.ts'
import { readFeatureItem } from '../../domain/datasets/feature-items.ts'
import { readThroughLayer } from '../../domain/datasets/through-layer.ts'
import { readDatasetLayer } from '../../domain/maps/layers.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { answers, deleted, idParameter, jsonBody } from './descriptions.ts'
import { FEATURE_MAX_BYTES, FEATURE_MEMBERS, featureInput, newFeatureSchema } from './feature-body.ts'
import { featureSchema } from './features.ts'
import { asked, formOf, formParameters } from './features-query.ts'
import { idOf, readMembers } from './request-form.ts'
import { unixSeconds } from './scalars.ts'
import { toldBy } from './told-names.ts'

const tags = ['Features']
const path = '/1/layers/{id}/features/{feature}'

export const featureParameters = idParameter.extend({ feature: z.string().openapi({ example: '2' }) })
const changedSchema = z.object({ __id: z.number().int(), __modified: z.number().int() })
const conditions = z.object({
  'if-match': z
    .string()
    .optional()
    .openapi({ description: 'Entity tags, one of which the feature must have' }),
})

/** A feature of a layer by its number. */
export function mountFeatureItem(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [path], tags, summary: 'A feature of a layer' },
      request: { params: featureParameters, query: formParameters },
      responses: answers({ 200: ['The feature; its tag is its ETag', featureSchema] }, 400, 401, 404),
    },
    async (c) => {
      const form = formOf(c)
      const { result } = await asked(() =>
        readThroughLayer(
          c.var.context,
          c.var.principal,
          idOf(c, 'id', 'Layer'),
          ({ datasetId, mapSrid }, through) =>
            readFeatureItem(c.var.context, through, datasetId, featureOf(c), form(mapSrid)),
        ),
      )
      return c.body(result.item, 200, {
        ...{ 'content-type': 'application/json; charset=utf-8', etag: `"${result.tag}"` },
      })
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['put'], paths: [path], tags, summary: 'Change what is named of a feature; null unsets' },
      request: { params: featureParameters, headers: conditions, ...jsonBody(newFeatureSchema) },
      responses: answers({ 200: ['It is changed', changedSchema] }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const { layer, datasetId, principal } = await layerOf(c)
      const change = featureInput(await readMembers(c, FEATURE_MAX_BYTES))
      const options = { isText: true, srid: layer.srid ?? undefined, precondition: preconditionOf(c) }
      const changed = await toldBy(FEATURE_MEMBERS, () =>
        updateFeature(c.var.context, principal, datasetId, featureOf(c), change, options),
      )
      return json(c, { __id: changed.fid, __modified: unixSeconds(changed.modifiedAt) })
    },
  )

  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: [path], tags, summary: 'Delete a feature' },
      request: { params: featureParameters, headers: conditions },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      const { datasetId, principal } = await layerOf(c)
      await deleteFeature(c.var.context, principal, datasetId, featureOf(c), preconditionOf(c))
      return c.body(null, 204)
    },
  )
}

const layerOf = (c: RequestContext<AppEnv>) =>
  readDatasetLayer(c.var.context, c.var.principal, idOf(c, 'id', 'Layer'))

/** The number of a feature as it is written; what can be none is no feature. */
const featureOf = (c: RequestContext): string => c.req.param('feature') ?? ''

/** The tags of `If-Match`, where there are any. */
function preconditionOf(c: RequestContext): Precondition {
  const match = c.req.header('if-match')
  if (match === undefined || match.trim() === '*') return {}
  return {
    tags: [...match.matchAll(/(W\/)?"([^"]*)"/g)].filter(([, weak]) => !weak).map(([, , tag]) => tag!),
  }
}
