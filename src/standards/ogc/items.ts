import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { readDataset } from '../../domain/datasets/datasets.ts'
import { type FeaturePage, readFeatures } from '../../domain/datasets/features.ts'
import { ValidationError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { defaultCrs, isCommon, requireCrs } from './crs.ts'
import { itemsQuery, propertiesAsParameters } from './declared-parameters.ts'
import { InvalidParameterError } from './errors.ts'
import { featureCollectionBody } from './feature-collection.ts'
import { itemsPage } from './html/items-page.ts'
import { ITEMS_LIMIT_DEFAULT, ITEMS_LIMIT_MAX, parseItemsQuery } from './items-query.ts'
import { addressWith, type Link, rootOf, selfLinks } from './links.ts'
import { GEOJSON_FORM, HTML_FORM } from './negotiation.ts'
import { queryOf, undeclaredParameters } from './parameters.ts'
import { givenAs, type OgcContext, problems, resource } from './resource.ts'
import { collectionParams, linksSchema } from './schemas.ts'

const FORMS = [GEOJSON_FORM, HTML_FORM]
const DECLARED = [...Object.keys(itemsQuery), 'f']

export const featureSchema = z
  .object({
    type: z.literal('Feature'),
    id: z.number().int(),
    geometry: z.record(z.string(), z.unknown()).nullable(),
    properties: z.record(z.string(), z.unknown()).nullable(),
    links: linksSchema.optional(),
  })
  .openapi('Feature')

const featureCollectionSchema = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(featureSchema),
    links: linksSchema,
    timeStamp: z.string(),
    numberMatched: z.number().int(),
    numberReturned: z.number().int(),
  })
  .openapi('FeatureCollection')

/** `GET /ogc/collections/{collectionId}/items`: features, page by page. */
export function mountItems(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/collections/{collectionId}/items'], tags: ['Features'] },
      summary: 'Features of a collection',
      params: collectionParams,
      query: { ...itemsQuery, ...propertiesAsParameters },
      takesOtherParameters: true,
      forms: FORMS,
      responses: { 200: givenAs('A page of features', FORMS, featureCollectionSchema), ...problems(404) },
    },
    async (c, form) => {
      const { page, crs } = await readPage(c, form === HTML_FORM)
      const others = pageLinks(c.req.raw, page)
      if (form === HTML_FORM) return itemsPage(c, page, others)
      const collection: Link = {
        ...{ href: collectionUrl(rootOf(c.req.raw), page.dataset), rel: 'collection' },
        ...{ type: 'application/json', title: page.dataset.title },
      }
      const links = [...selfLinks(c.req.raw, form, FORMS), ...others, collection]
      return c.body(featureCollectionBody(page, links), 200, {
        'content-type': form.type,
        'content-crs': `<${crs}>`,
      })
    },
  )
}

/** @param asTable without geometries, which a table does not show */
async function readPage(c: OgcContext, asTable: boolean): Promise<{ page: FeaturePage; crs: string }> {
  const { context, principal } = c.var
  const reference = referenceOf(c)
  const parameters = queryOf(c.req.raw)
  const others = undeclaredParameters(c.req.raw, DECLARED)
  // Only what names its properties or a system of its own has to know the collection before.
  const early = others.length > 0 ? await readDataset(context, principal, reference) : null
  const { query, crs, named } = parseItemsQuery(parameters, others, early)
  const uncommon = named.filter((entry) => !isCommon(entry.crs))
  if (uncommon.length > 0) {
    const dataset = early ?? (await readDataset(context, principal, reference))
    for (const entry of uncommon) requireCrs(entry.crs, dataset, entry.parameter)
  }
  try {
    const asked = asTable ? { ...query, skipGeometry: true } : query
    const page = await readFeatures(context, principal, reference, asked)
    return { page, crs: (crs ?? defaultCrs(page.dataset)).uri }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const { attribute, message } = error.issues[0]!
    throw new InvalidParameterError(attribute, message)
  }
}

/** Links to the pages around one. */
function pageLinks(request: Request, { next, numberReturned, numberMatched }: FeaturePage): Link[] {
  const links: Link[] = []
  const parameters = queryOf(request)
  const type = GEOJSON_FORM.type
  const offset = Number(parameters.get('offset') ?? 0)
  if (next !== null && numberReturned > 0)
    links.push({
      ...{ rel: 'next', type, title: 'The next page' },
      href: addressWith(request, { after: next, offset: null }),
    })
  if (offset > 0 && numberMatched > 0) {
    const limit = Math.min(Number(parameters.get('limit') ?? ITEMS_LIMIT_DEFAULT), ITEMS_LIMIT_MAX)
    const before = Math.max(0, offset - limit)
    links.push({
      ...{ rel: 'prev', type, title: 'The page before' },
      href: addressWith(request, { offset: before === 0 ? null : String(before) }),
    })
  }
  if (parameters.has('after') || offset > 0)
    links.push({
      ...{ rel: 'first', type, title: 'The first page' },
      href: addressWith(request, { after: null, offset: null }),
    })
  return links
}
