import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { findScans, isScanSortKey, isScanTextField } from '../../domain/scan-search.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { wantsGeojson } from '../../http/format-suffix.ts'
import { json } from '../../http/json.ts'
import type { ScanSearch, ScanTextField } from '../../store/scan-search.ts'
import { areaOf, areaQuery } from './area-query.ts'
import { PER_PAGE_MAX, pageLinks, pageMeta, pagingOf } from './paging.ts'
import { idOf, originOf, pathId, queryOf } from './requests.ts'
import { NOT_FOUND, UNPROCESSABLE } from './responses.ts'
import { mapFeature, mapList } from './schemas.ts'
import { mapFeature as featureOf, includedLayers, mapResource as resourceOf } from './serialize.ts'
import { QUERY_MAX_CHARACTERS, searchedText } from './text-query.ts'

const searchQuery = areaQuery.extend({
  query: z.string().max(QUERY_MAX_CHARACTERS).optional().openapi({
    description: 'Text that the field contains, in any case, and after which no letter follows there',
  }),
  field: z
    .enum(['title', 'description', 'publisher', 'author', 'authors', 'status', 'tags'])
    .optional()
    .openapi({ description: 'Where to look for the text; title unless given' }),
  sort_key: z.enum(['title', 'updated_at', 'created_at', 'status']).optional().openapi({
    description: 'updated_at unless given; with a bbox to intersect, the nearest to it in size first',
  }),
  sort_order: z.enum(['asc', 'desc']).optional(),
  show_warped: z.enum(['0', '1']).optional(),
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
  format: z.enum(['json', 'geojson']).optional().openapi({ description: 'Also as a suffix of the path' }),
})

const responses = {
  200: {
    description: 'A page of maps',
    content: {
      'application/json': { schema: mapList },
      'application/vnd.geo+json': { schema: z.array(mapFeature) },
    },
  },
  ...NOT_FOUND,
  ...UNPROCESSABLE,
}

export function mountMapSearch(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps'],
      tags: ['Maps'],
      summary: 'Search for maps',
      request: { query: searchQuery.extend({ layer_id: z.string().optional() }) },
      responses,
    },
    (c) => {
      const layer = queryOf(c).get('layer_id')
      return answerSearch(c, layer ? idOf(layer, 'Layer') : null)
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/layers/{id}/maps'],
      tags: ['Layers', 'Maps'],
      summary: 'Search the maps of a layer',
      request: { params: z.object({ id: z.string() }), query: searchQuery },
      responses,
    },
    (c) => answerSearch(c, pathId(c, 'Layer')),
  )
}

async function answerSearch(c: RequestContext<AppEnv>, mosaicId: number | null): Promise<Response> {
  const search = { ...searchOf(queryOf(c)), mosaicId }
  const { records, total } = await findScans(c.var.context, c.var.principal, search)
  if (wantsGeojson(c.req.raw)) return json(c, records.map(featureOf))
  const origin = originOf(c)
  return json(c, {
    data: records.map((scan) => resourceOf(scan, origin)),
    ...includedLayers(records, origin),
    links: pageLinks(c.req.url, search, total),
    meta: pageMeta(search, total),
  })
}

/** What the parameters of a search ask for. @throws InvalidPageError, InvalidParamError */
export function searchOf(query: URLSearchParams): Omit<ScanSearch, 'mosaicId'> {
  const sortKey = query.get('sort_key') ?? ''
  const text = searchedText(query)
  return {
    ...pagingOf(query),
    sortKey: isScanSortKey(sortKey) ? sortKey : null,
    ascending: query.get('sort_order') === 'asc',
    warpedOnly: query.get('show_warped') === '1',
    text: text === null ? null : { field: fieldOf(query.get('field') ?? ''), contains: text },
    area: areaOf(query),
  }
}

function fieldOf(name: string): ScanTextField {
  if (name === 'author') return 'authors'
  return isScanTextField(name) ? name : 'title'
}
