import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { listHistory, readRectification, revertScan } from '../../domain/rectification-history.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import type { RectificationRecord, RectificationSummary } from '../../store/rectification-history.ts'
import { PER_PAGE_MAX, pageLinks, pageMeta, pagingOf } from './paging.ts'
import {
  type RectificationResource,
  rectificationDocument,
  rectificationList,
} from './rectification-schemas.ts'
import { idOf, originOf, pathId, queryOf } from './requests.ts'
import { jsonAnswer, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { mapDocument } from './schemas.ts'
import { mapResource } from './serialize.ts'

const tags = ['Maps']
const params = z.object({ id: z.string(), n: z.string() })
const pageQuery = z.object({
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
})

export function mountRectifications(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}/rectifications'],
      tags,
      summary: 'Every rectification of a map, newest first',
      request: { params: params.pick({ id: true }), query: pageQuery },
      responses: {
        200: jsonAnswer('A page of rectifications, without their points', rectificationList),
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const { context, principal } = c.var
      const id = pathId(c, 'Map')
      const paging = pagingOf(queryOf(c))
      const { records, total } = await listHistory(context, principal, id, paging)
      return json(c, {
        data: records.map((record) => resourceOf(record, originOf(c))),
        links: pageLinks(c.req.url, paging, total),
        meta: pageMeta(paging, total),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}/rectifications/{n}'],
      tags,
      summary: 'A rectification of a map with the points it was made of',
      request: { params },
      responses: { 200: jsonAnswer('The rectification', rectificationDocument), ...NOT_FOUND },
    },
    async (c) => {
      const { context, principal } = c.var
      const id = pathId(c, 'Map')
      const record = await readRectification(context, principal, id, idOf(c.req.param('n')!, 'Rectification'))
      return json(c, { data: withPoints(record, originOf(c)) })
    },
  )

  endpoint(
    app,
    {
      methods: ['post', 'patch', 'put'],
      paths: ['/api/v1/maps/{id}/rectifications/{n}/revert'],
      tags,
      summary: 'Go back to a rectification: to its control points, and to its way of warping the map by them',
      description:
        'The points of the map become those of the rectification, and the map is rectified by them as it was then. ' +
        'That is a new rectification, to be gone back from in turn. It may be done by whoever may rectify.',
      request: { params },
      responses: {
        200: jsonAnswer('The map, warped or warping', mapDocument),
        ...NOT_SIGNED_IN,
        ...NOT_FOUND,
        ...UNPROCESSABLE,
      },
    },
    async (c) => {
      const user = requireUser(c)
      const id = pathId(c, 'Map')
      const scan = await revertScan(c.var.context, user, id, idOf(c.req.param('n')!, 'Rectification'))
      return json(c, { data: mapResource(scan, originOf(c)) })
    },
  )
}

function resourceOf(record: RectificationSummary, origin: string): RectificationResource {
  const { id, scanId, state, requestedBy } = record
  const self = `${origin}/api/v1/maps/${scanId}/rectifications/${id}`
  const isDrawable = state !== 'failed' && record.isOfImage
  return {
    id: String(id),
    type: 'rectifications',
    attributes: {
      map_id: scanId,
      transform_options: record.transform,
      transform: record.method,
      resample_options: record.resampling,
      srs: record.srs ?? 'EPSG:4326',
      use_mask: record.useMask,
      state,
      bbox: record.bbox,
      failure: record.failure,
      created_at: record.createdAt.toISOString(),
      finished_at: record.finishedAt?.toISOString() ?? null,
      gcps_count: record.gcpsCount,
      live: record.isLive,
      image_replaced: !record.isOfImage,
    },
    relationships: {
      map: { data: { id: String(scanId), type: 'maps' } },
      requested_by: { data: requestedBy === null ? null : { id: String(requestedBy), type: 'users' } },
    },
    links: {
      self,
      revert: `${self}/revert`,
      ...(isDrawable ? { tiles: `${origin}/maps/tile/${scanId}/{z}/{x}/{y}.png?v=${id}` } : {}),
    },
  }
}

function withPoints(record: RectificationRecord, origin: string): RectificationResource {
  const { attributes, ...resource } = resourceOf(record, origin)
  const gcps = record.points.map(({ x, y, lon, lat, name = null }) => ({ x, y, lon, lat, name }))
  return { ...resource, attributes: { ...attributes, gcps } }
}
