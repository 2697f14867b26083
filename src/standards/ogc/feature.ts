import type { OpenAPIHono } from '@hono/zod-openapi'
import { type FeatureDocument, readFeature } from '../../domain/datasets/features.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { matchesEtag } from '../../http/cache-policy.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { type Crs, crsParameter, defaultCrs, requireCrs } from './crs.ts'
import { crsQuery } from './declared-parameters.ts'
import { featurePage } from './html/feature-page.ts'
import { featureSchema } from './items.ts'
import { type Link, rootOf, selfLinks } from './links.ts'
import { GEOJSON_FORM, HTML_FORM } from './negotiation.ts'
import { queryOf } from './parameters.ts'
import { givenAs, type OgcContext, problems, resource } from './resource.ts'
import { featureParams } from './schemas.ts'

const FORMS = [GEOJSON_FORM, HTML_FORM]

/** `GET /ogc/collections/{collectionId}/items/{featureId}`. */
export function mountFeature(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{
        methods: ['get'],
        paths: ['/ogc/collections/{collectionId}/items/{featureId}'],
        tags: ['Features'],
      },
      summary: 'A feature',
      params: featureParams,
      query: crsQuery,
      forms: FORMS,
      responses: {
        200: givenAs('The feature', FORMS, featureSchema),
        304: { description: 'It is as the request’s If-None-Match or If-Modified-Since knows it' },
        ...problems(404),
      },
    },
    async (c, form) => {
      const crs = crsParameter(queryOf(c.req.raw), 'crs')
      const found = await readFeature(c.var.context, c.var.principal, referenceOf(c), featureIdOf(c), {
        ...(crs ? { srid: crs.srid, axisOrder: crs.axisOrder } : {}),
      })
      if (crs) requireCrs(crs, found.dataset, 'crs')
      if (form === HTML_FORM) return featurePage(c, found)
      const validators = validatorsOf(found)
      if (isKnown(c.req.raw, found)) return c.body(null, 304, validators)
      return c.body(featureText(c, found), 200, { ...featureHeaders(found.dataset, crs), ...validators })
    },
  )
}

export const featureIdOf = (c: OgcContext): string => c.req.param('featureId') ?? ''

/** What tells one state of a feature from another. */
export const validatorsOf = ({
  tag,
  modifiedAt,
}: Pick<FeatureDocument, 'tag' | 'modifiedAt'>): Record<string, string> => ({
  etag: `"${tag}"`,
  'last-modified': modifiedAt.toUTCString(),
})

export const featureHeaders = (
  dataset: FeatureDocument['dataset'],
  crs: Crs | null,
): Record<string, string> => ({
  'content-type': GEOJSON_FORM.type,
  'content-crs': `<${(crs ?? defaultCrs(dataset)).uri}>`,
})

/** Whether the state is the one that the client has (RFC 9110, 13.1.2 and 13.1.3). */
function isKnown({ headers }: Request, { tag, modifiedAt }: FeatureDocument): boolean {
  const tags = headers.get('if-none-match')
  if (tags !== null) return matchesEtag(tags, `"${tag}"`)
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return Math.floor(modifiedAt.getTime() / 1000) * 1000 <= since
}

/** The feature's own text with links put in. */
export function featureText(c: OgcContext, { feature, dataset }: FeatureDocument): string {
  const collection: Link = {
    ...{ href: collectionUrl(rootOf(c.req.raw), dataset), rel: 'collection' },
    ...{ type: 'application/json', title: dataset.title },
  }
  const links = [...selfLinks(c.req.raw, GEOJSON_FORM, FORMS), collection]
  return `${feature.trimEnd().slice(0, -1)},"links":${JSON.stringify(links)}}`
}
