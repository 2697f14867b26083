import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { insertFeatures } from '../../domain/datasets/feature-changes.ts'
import { readFeatureItems } from '../../domain/datasets/feature-items.ts'
import { readThroughLayer } from '../../domain/datasets/through-layer.ts'
import { readDatasetLayer } from '../../domain/maps/layers.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { answers, created, idParameter, jsonBody, listOf, listParameters } from './descriptions.ts'
import { FEATURE_MAX_BYTES, FEATURE_MEMBERS, featureInput, newFeatureSchema } from './feature-body.ts'
import { asked, formParameters, queryOf, selectionParameters } from './features-query.ts'
import { itemListAnswer } from './item-stream.ts'
import { askingPrincipal, callbackOf } from './jsonp.ts'
import { createdAnswer, pageOf } from './listing.ts'
import { idOf, readMembers } from './request-form.ts'
import { toldBy } from './told-names.ts'

const tags = ['Features']
const path = '/1/layers/{id}/features'

const box = z.number().nullable()
export const featureSchema = z
  .object({
    ...{ __id: z.number().int(), __owner: z.number().int(), __modified: z.number().int() },
    ...{ __created: z.number().int(), __ymax: box, __ymin: box, __xmax: box, __xmin: box },
    __geometry: z.any().optional().openapi({ description: 'Where geometry is asked for; null for none' }),
    data: z.record(z.string(), z.any()).optional().openapi({ description: 'The values, unless noattrib' }),
  })
  .openapi('LayerFeature')

/** The features of a layer. */
export function mountFeatures(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: [path], tags, summary: 'Features of a layer' },
      request: {
        params: idParameter,
        query: listParameters().extend(formParameters.shape).extend(selectionParameters.shape),
      },
      responses: answers({ 200: ['A page of features', listOf(featureSchema)] }, 400, 401, 404),
    },
    async (c) => {
      const page = pageOf(c)
      const callback = callbackOf(c)
      const query = queryOf(c)
      const principal = askingPrincipal(c, callback)
      const { result } = await asked(() =>
        readThroughLayer(
          c.var.context,
          principal,
          idOf(c, 'id', 'Layer'),
          ({ datasetId, mapSrid }, through) =>
            readFeatureItems(c.var.context, through, datasetId, query(mapSrid)),
        ),
      )
      const head = { type: 'features', total: result.total, page: page.page }
      return itemListAnswer(c, head, result.parts, callback)
    },
  )

  endpoint(
    app,
    {
      ...{
        methods: ['post'],
        paths: [path],
        tags,
        summary: 'Add a feature; columns that are left out are null',
      },
      description: "The geometry is well-known text in the layer's system, or in that of SRID=n; before it.",
      request: { params: idParameter, ...jsonBody(newFeatureSchema) },
      responses: answers({ 201: created('The feature') }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const id = idOf(c, 'id', 'Layer')
      const { context, principal } = c.var
      const inserting = principal.kind === 'system' ? principal : { ...principal, toInsert: true }
      const feature = featureInput(await readMembers(c, FEATURE_MAX_BYTES))
      const through = await readDatasetLayer(context, inserting, id)
      const system = { isText: true, srid: through.layer.srid ?? undefined }
      const made = await toldBy(FEATURE_MEMBERS, () =>
        insertFeatures(context, through.principal, through.datasetId, [feature], system),
      )
      return createdAnswer(c, `/1/layers/${id}/features/${made.features[0]!.fid}`)
    },
  )
}
