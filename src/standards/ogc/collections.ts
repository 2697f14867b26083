import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { listDatasets, readDataset } from '../../domain/datasets/datasets.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionDocument } from './collection-document.ts'
import { referenceOf } from './collection-id.ts'
import { commonCrsUris, crsUris } from './crs.ts'
import { collectionPage } from './html/collection-page.ts'
import { collectionsPage } from './html/collections-page.ts'
import { addressWith, type Link, rootOf, selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { listQuery, pageOf } from './paging.ts'
import { queryOf } from './parameters.ts'
import { answerJson, givenAs, problems, resource } from './resource.ts'
import { collectionParams, linksSchema } from './schemas.ts'

export const collectionSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string().optional(),
    keywords: z.array(z.string()).optional(),
    extent: z
      .object({
        spatial: z
          .object({ bbox: z.array(z.array(z.number()).min(4).max(6)).min(1), crs: z.string() })
          .optional(),
        temporal: z
          .object({ interval: z.array(z.array(z.string().nullable()).min(2).max(2)).min(1) })
          .optional(),
      })
      .optional(),
    itemType: z.string().optional(),
    crs: z.array(z.string()).optional(),
    storageCrs: z.string().optional(),
    itemCount: z.number().int().optional(),
    created: z.string(),
    updated: z.string(),
    links: linksSchema,
  })
  .openapi('Collection')

const collectionsSchema = z
  .object({
    links: linksSchema,
    numberMatched: z.number().int(),
    numberReturned: z.number().int(),
    crs: z.array(z.string()),
    collections: z.array(collectionSchema),
  })
  .openapi('Collections')

/** `GET /ogc/collections` and `/ogc/collections/{collectionId}`. */
export function mountCollections(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/collections'], tags: ['Collections'] },
      summary: 'The collections there are for who asks',
      query: listQuery,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('A page of the collections', JSON_OR_HTML, collectionsSchema) },
    },
    async (c, form) => {
      const { limit, offset } = pageOf(queryOf(c.req.raw))
      const { records, total } = await listDatasets(c.var.context, c.var.principal, { limit, offset })
      const others: Link[] = []
      if (offset + records.length < total && records.length > 0)
        others.push(pageLink(c.req.raw, 'next', offset + limit))
      if (offset > 0) others.push(pageLink(c.req.raw, 'prev', Math.max(0, offset - limit)))
      if (form === HTML_FORM) return collectionsPage(c, { records, total, offset, links: others })
      const root = rootOf(c.req.raw)
      const common = commonCrsUris()
      return answerJson(c, form, {
        links: [...selfLinks(c.req.raw, form, JSON_OR_HTML), ...others],
        ...{ numberMatched: total, numberReturned: records.length, crs: common },
        collections: records.map((dataset) => {
          const own = crsUris(dataset).filter((uri) => !common.includes(uri))
          return collectionDocument(dataset, root, [], ['#/crs', ...own])
        }),
      })
    },
  )

  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/collections/{collectionId}'], tags: ['Collections'] },
      summary: 'A collection',
      params: collectionParams,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The collection', JSON_OR_HTML, collectionSchema), ...problems(404) },
    },
    async (c, form) => {
      const dataset = await readDataset(c.var.context, c.var.principal, referenceOf(c))
      const self = selfLinks(c.req.raw, form, JSON_OR_HTML)
      const document = collectionDocument(dataset, rootOf(c.req.raw), self)
      return form === HTML_FORM ? collectionPage(c, dataset, document) : answerJson(c, form, document)
    },
  )
}

const pageLink = (request: Request, rel: 'next' | 'prev', offset: number): Link => ({
  ...{ href: addressWith(request, { offset: offset === 0 ? null : String(offset) }), rel },
  ...{ type: 'application/json', title: rel === 'next' ? 'The next page' : 'The page before' },
})
