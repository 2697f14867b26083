import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { Context } from '../../domain/context.ts'
import {
  discardStaged,
  type StagedImage,
  stageFromBody,
  stageFromUrl,
} from '../../domain/intake/stage-image.ts'
import {
  changeScan,
  createScan,
  isScanSortKey,
  listVisibleScans,
  readEditableScan,
  readScan,
  removeScan,
} from '../../domain/scans.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { wantsGeojson } from '../../http/format-suffix.ts'
import { json } from '../../http/json.ts'
import { readBody, requireReadable } from '../../http/request-body.ts'
import type { ScanListing, ScanRecord } from '../../store/scans.ts'
import { attributesOf } from './envelope.ts'
import { mapAttributes, newMapAttributes } from './map-attributes.ts'
import { type Paging, PER_PAGE_MAX, pageLinks, pageMeta, pagingOf } from './paging.ts'
import { originOf, pathId, queryOf } from './requests.ts'
import {
  jsonAnswer,
  jsonBody,
  MALFORMED,
  NOT_FOUND,
  NOT_SIGNED_IN,
  TOO_LARGE,
  UNPROCESSABLE,
  UNSUPPORTED,
} from './responses.ts'
import { changedMapBody, mapDocument, mapFeature, mapList, newMapBody, newMapForm } from './schemas.ts'
import { mapFeature as featureOf, mapResource as resourceOf } from './serialize.ts'

const tags = ['Maps']
const id = z.object({ id: z.string().openapi({ example: '260' }) })
const format = z.enum(['json', 'geojson']).optional().openapi({ description: 'Also as a suffix of the path' })

const listQuery = z.object({
  sort_key: z.enum(['title', 'updated_at', 'created_at', 'status']).optional(),
  sort_order: z.enum(['asc', 'desc']).optional(),
  show_warped: z.enum(['0', '1']).optional(),
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
  format,
})

export function mountMaps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps'],
      tags,
      summary: 'List maps',
      request: { query: listQuery },
      responses: {
        200: {
          description: 'A page of maps',
          content: {
            'application/json': { schema: mapList },
            'application/vnd.geo+json': { schema: z.array(mapFeature) },
          },
        },
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const query = queryOf(c)
      const paging = pagingOf(query)
      const { records, total } = await listVisibleScans(
        c.var.context,
        c.var.principal,
        listingOf(query, paging),
      )
      if (wantsGeojson(c.req.raw)) return json(c, records.map(featureOf))
      return json(c, {
        data: records.map((scan) => resourceOf(scan, originOf(c))),
        links: pageLinks(c.req.url, paging, total),
        meta: pageMeta(paging, total),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/maps'],
      tags,
      summary: 'Make a map of an image, or without one',
      request: {
        body: {
          required: true,
          content: {
            'application/json': { schema: newMapBody },
            'multipart/form-data': { schema: newMapForm },
          },
        },
      },
      responses: {
        201: jsonAnswer('The new map, loading until its image has been read', mapDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...TOO_LARGE,
        ...UNSUPPORTED,
        ...UNPROCESSABLE,
      },
    },
    async (c) => answer(c, await createFromRequest(c), 201),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}'],
      tags,
      summary: 'Get a map',
      request: { params: id, query: z.object({ format }) },
      responses: {
        200: {
          description: 'The map',
          content: {
            'application/json': { schema: mapDocument },
            'application/vnd.geo+json': { schema: mapFeature },
          },
        },
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const scan = await readScan(c.var.context, c.var.principal, pathId(c, 'Map'))
      return wantsGeojson(c.req.raw) ? json(c, featureOf(scan)) : answer(c, scan)
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'put'],
      paths: ['/api/v1/maps/{id}'],
      tags,
      summary: 'Change what is said about a map, as its owner or an editor',
      request: { params: id, ...jsonBody(changedMapBody) },
      responses: {
        200: jsonAnswer('The changed map', mapDocument),
        ...MALFORMED,
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = requireUser(c)
      const { context } = c.var
      const scan = await readEditableScan(context, user, pathId(c, 'Map'))
      const attributes = mapAttributes(attributesOf(await readBody(c.req.raw), 'maps'))
      return answer(c, await changeScan(context, user, scan.id, attributes))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/maps/{id}'],
      tags,
      summary: 'Delete a map with its points and images, as its owner or an editor',
      request: { params: id },
      responses: { 200: jsonAnswer('The map as it was', mapDocument), ...NOT_SIGNED_IN, ...NOT_FOUND },
    },
    async (c) => answer(c, await removeScan(c.var.context, requireUser(c), pathId(c, 'Map'))),
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}/status'],
      tags,
      summary: 'The status of a map as bare text',
      request: { params: id },
      responses: {
        200: { description: 'One word', content: { 'text/plain': { schema: z.string() } } },
        ...NOT_FOUND,
      },
    },
    async (c) => c.text((await readScan(c.var.context, c.var.principal, pathId(c, 'Map'))).status),
  )
}

function answer(c: RequestContext<AppEnv>, scan: ScanRecord, status: 200 | 201 = 200): Response {
  return json(c, { data: resourceOf(scan, originOf(c)) }, status)
}

function listingOf(query: URLSearchParams, paging: Paging): ScanListing {
  const sortKey = query.get('sort_key') ?? ''
  return {
    ...paging,
    sortKey: isScanSortKey(sortKey) ? sortKey : 'updated_at',
    ascending: query.get('sort_order') === 'asc',
    warpedOnly: query.get('show_warped') === '1',
  }
}

/** Takes the image out of the body while it arrives, then checks the rest; a refused request leaves no image behind. */
async function createFromRequest(c: RequestContext<AppEnv>): Promise<ScanRecord> {
  const user = requireUser(c)
  const { context } = c.var
  const { raw } = c.req
  requireReadable(raw.headers.get('content-type') ?? '')
  const { image: sent, document } = await stageFromBody(context, {
    stream: bodyOf(raw),
    contentType: raw.headers.get('content-type'),
    contentLength: raw.headers.get('content-length'),
  })
  const { attributes, url } = await orDiscard(context, sent, () => newMap(document))
  if (sent || url === null) return createScan(context, user, attributes, sent)
  return createScan(context, user, attributes, await stageFromUrl(context, url))
}

/** What a new map's document says, and where its image is to be fetched, if anywhere: that is its source then. */
function newMap(document: unknown): { attributes: ReturnType<typeof newMapAttributes>; url: string | null } {
  const given = attributesOf(document, 'maps')
  const url = given.upload_url ?? ''
  if (url === '') return { attributes: newMapAttributes(given), url: null }
  const attributes = newMapAttributes({ ...given, source_uri: given.source_uri || url })
  return { attributes, url: String(url) }
}

/** Does `work`; should it throw, the image goes first. */
async function orDiscard<T>(context: Context, image: StagedImage | null, work: () => T): Promise<T> {
  try {
    return work()
  } catch (error) {
    if (image) await discardStaged(context, image)
    throw error
  }
}
