import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { findMosaics, isMosaicSortKey, isMosaicTextField } from '../../domain/mosaic-search.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { wantsGeojson } from '../../http/format-suffix.ts'
import { json } from '../../http/json.ts'
import type { MosaicSearch } from '../../store/mosaic-search.ts'
import { areaOf, areaQuery } from './area-query.ts'
import { layerFeature, layerList } from './layer-schemas.ts'
import { layerFeature as featureOf, layerResource as resourceOf } from './layer-serialize.ts'
import { PER_PAGE_MAX, pageLinks, pageMeta, pagingOf } from './paging.ts'
import { idOf, originOf, pathId, queryOf } from './requests.ts'
import { NOT_FOUND, UNPROCESSABLE } from './responses.ts'
import { QUERY_MAX_CHARACTERS, searchedText } from './text-query.ts'

const searchQuery = areaQuery.extend({
  query: z.string().max(QUERY_MAX_CHARACTERS).optional().openapi({
    description: 'Text that the field contains, in any case, and after which no letter follows there',
  }),
  field: z
    .enum(['name', 'title', 'description'])
    .optional()
    .openapi({ description: 'Where to look for the text; name, which title is too, unless given' }),
  sort_key: z
    .enum(['name', 'title', 'updated_at', 'created_at', 'percent'])
    .optional()
    .openapi({
      description:
        'updated_at unless given; with a bbox to intersect, the nearest to it in size first. By percent only layers ' +
        'that have maps are found.',
    }),
  sort_order: z.enum(['asc', 'desc']).optional(),
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
  format: z.enum(['json', 'geojson']).optional().openapi({ description: 'Also as a suffix of the path' }),
})

const responses = {
  200: {
    description: 'A page of layers',
    content: {
      'application/json': { schema: layerList },
      'application/vnd.geo+json': { schema: z.array(layerFeature) },
    },
  },
  ...NOT_FOUND,
  ...UNPROCESSABLE,
}

export function mountLayerSearch(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/layers'],
      tags: ['Layers'],
      summary: 'Search for layers',
      request: { query: searchQuery.extend({ map_id: z.string().optional() }) },
      responses,
    },
    (c) => {
      const map = queryOf(c).get('map_id')
      return answerSearch(c, map ? idOf(map, 'Map') : null)
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}/layers'],
      tags: ['Maps', 'Layers'],
      summary: 'Search the layers a map belongs to',
      request: { params: z.object({ id: z.string() }), query: searchQuery },
      responses,
    },
    (c) => answerSearch(c, pathId(c, 'Map')),
  )
}

async function answerSearch(c: RequestContext<AppEnv>, scanId: number | null): Promise<Response> {
  const search = { ...searchOf(queryOf(c)), scanId }
  const { records, total } = await findMosaics(c.var.context, c.var.principal, search)
  if (wantsGeojson(c.req.raw)) return json(c, records.map(featureOf))
  const origin = originOf(c)
  return json(c, {
    data: records.map((mosaic) => resourceOf(mosaic, origin)),
    links: pageLinks(c.req.url, search, total),
    meta: pageMeta(search, total),
  })
}

/** `title` is the name's other name in the documentation. */
const named = (key: string | null): string => (key === 'title' ? 'name' : (key ?? ''))

/** What the parameters of a search ask for. @throws InvalidPageError, InvalidParamError */
export function searchOf(query: URLSearchParams): Omit<MosaicSearch, 'scanId'> {
  const sortKey = named(query.get('sort_key'))
  const field = named(query.get('field'))
  const text = searchedText(query)
  return {
    ...pagingOf(query),
    sortKey: isMosaicSortKey(sortKey) ? sortKey : null,
    ascending: query.get('sort_order') === 'asc',
    text: text === null ? null : { field: isMosaicTextField(field) ? field : 'name', contains: text },
    area: areaOf(query),
  }
}
