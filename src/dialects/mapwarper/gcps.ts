import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import { ForbiddenError } from '../../domain/errors.ts'
import { diagnoseGcps } from '../../domain/gcp-diagnostics.ts'
import {
  changeGcp,
  createGcp,
  createGcps,
  type GcpInput,
  isGcpSortKey,
  listControlPoints,
  readGcp,
  readScanGcps,
  removeGcp,
} from '../../domain/gcps.ts'
import type { TransformMethod } from '../../geo/transform.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import type { GcpListing } from '../../store/gcps.ts'
import { hasRole } from '../../store/principal.ts'
import { asRecord, attributesOf, InvalidParamError, missing } from './envelope.ts'
import { diagnosedGcpList, transformQuery } from './gcp-schemas.ts'
import { diagnosedMeta, residualMember } from './gcp-serialize.ts'
import { type Paging, PER_PAGE_MAX, pageLinks, pageMeta, pagingOf } from './paging.ts'
import { idOf, pathId, queryOf } from './requests.ts'
import { jsonAnswer, jsonBody, MALFORMED, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { changedGcpBody, gcpDocument, gcpList, manyGcpsBody, newGcpBody, newGcpList } from './schemas.ts'
import { gcpResource } from './serialize.ts'

const tags = ['Ground control points']
const id = z.object({ id: z.string() })
const listQuery = z.object({
  map_id: z.string().optional(),
  sort_key: z.enum(['map_id', 'lat', 'lon', 'x', 'y', 'created_at', 'updated_at']).optional(),
  sort_order: z.enum(['asc', 'desc']).optional(),
  page: z.string().optional(),
  per_page: z
    .string()
    .optional()
    .openapi({ description: `50 unless given, ${PER_PAGE_MAX} at most` }),
})
const writes = { ...MALFORMED, ...NOT_SIGNED_IN, ...NOT_FOUND, ...UNPROCESSABLE }

export function mountGcps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/gcps'],
      tags,
      summary: 'List control points, of all maps or of one',
      request: { query: listQuery },
      responses: { 200: jsonAnswer('A page of points', gcpList), ...NOT_FOUND },
    },
    async (c) => {
      const query = queryOf(c)
      const paging = pagingOf(query)
      const { context, principal } = c.var
      const { records, total } = await listControlPoints(context, principal, listingOf(query, paging))
      return json(c, {
        data: records.map((gcp) => gcpResource(gcp)),
        links: pageLinks(c.req.url, paging, total),
        meta: pageMeta(paging, total),
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/maps/{id}/gcps'],
      tags,
      summary: 'All control points of a map with their errors, oldest first',
      description:
        'With `transform`, also how well that transform fits them, which points stand out and what is wrong with them. ' +
        'A fit that cannot be made is a warning, without residuals.',
      request: { params: id, query: transformQuery },
      responses: { 200: jsonAnswer('The points', diagnosedGcpList), ...NOT_FOUND, ...UNPROCESSABLE },
    },
    async (c) => {
      const scan = await readScanGcps(c.var.context, c.var.principal, pathId(c, 'Map'))
      const transform = transformOf(queryOf(c))
      const data = scan.points.map((gcp, index) => gcpResource(gcp, scan.errors[index]))
      const meta = { 'map-error': scan.mapError, map_error: scan.mapError }
      if (!transform) return json(c, { data, meta })
      const diagnostics = diagnoseGcps(scan, transform, queryOf(c).get('srs') || undefined)
      return json(c, {
        data: data.map((gcp, index) => ({
          ...gcp,
          attributes: { ...gcp.attributes, residual: residualMember(diagnostics.residuals[index]!) },
        })),
        meta: { ...meta, ...diagnosedMeta(diagnostics) },
      })
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/gcps'],
      tags,
      summary: 'Add a control point',
      request: jsonBody(newGcpBody),
      responses: { 201: jsonAnswer('The new point', gcpDocument), ...writes },
    },
    async (c) => {
      const user = requireUser(c)
      const input: GcpInput = attributesOf(await readBody(c.req.raw), 'gcps')
      return json(c, { data: gcpResource(await createGcp(c.var.context, user, input)) }, 201)
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/gcps/add_many'],
      tags,
      summary: 'Add control points to one or more maps, all or none, as an editor',
      description: 'Points that are there already are left out, and so are those that name no map.',
      request: jsonBody(manyGcpsBody),
      responses: { 200: jsonAnswer('The new points alone', newGcpList), ...writes },
    },
    async (c) => {
      const user = requireUser(c)
      if (!hasRole(user, 'editor')) throw new ForbiddenError()
      const created = await createGcps(c.var.context, user, manyGcps(await readBody(c.req.raw)))
      return json(c, { data: created.map((gcp) => gcpResource(gcp)) })
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/gcps/{id}'],
      tags,
      summary: 'Get a control point',
      request: { params: id },
      responses: { 200: jsonAnswer('The point', gcpDocument), ...NOT_FOUND },
    },
    async (c) =>
      json(c, { data: gcpResource(await readGcp(c.var.context, c.var.principal, pathId(c, 'Gcp'))) }),
  )

  endpoint(
    app,
    {
      methods: ['patch', 'put'],
      paths: ['/api/v1/gcps/{id}'],
      tags,
      summary: 'Change a control point',
      request: { params: id, ...jsonBody(changedGcpBody) },
      responses: { 200: jsonAnswer('The changed point', gcpDocument), ...writes },
    },
    async (c) => {
      const user = requireUser(c)
      const current = await readGcp(c.var.context, user, pathId(c, 'Gcp'))
      const input: GcpInput = attributesOf(await readBody(c.req.raw), 'gcps')
      return json(c, { data: gcpResource(await changeGcp(c.var.context, user, current.id, input)) })
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/gcps/{id}', '/api/v1/gcp/{id}'],
      tags,
      summary: 'Delete a control point',
      request: { params: id },
      responses: { 200: jsonAnswer('The point as it was', gcpDocument), ...NOT_SIGNED_IN, ...NOT_FOUND },
    },
    async (c) =>
      json(c, { data: gcpResource(await removeGcp(c.var.context, requireUser(c), pathId(c, 'Gcp'))) }),
  )
}

function listingOf(query: URLSearchParams, paging: Paging): GcpListing {
  const sortKey = query.get('sort_key') ?? ''
  const mapId = query.get('map_id')
  return {
    ...paging,
    sortKey: isGcpSortKey(sortKey) ? sortKey : 'updated_at',
    ascending: query.get('sort_order') === 'asc',
    ...(mapId ? { scanId: idOf(mapId, 'Map') } : {}),
  }
}

/** The transform to judge points by, if one is asked for. @throws InvalidParamError */
function transformOf(query: URLSearchParams): TransformMethod | null {
  const given = query.get('transform')
  if (given === null) return null
  const known = transformQuery.shape.transform.safeParse(given).data
  if (known) return known
  throw new InvalidParamError('params transform should be one of auto, p1, p2, p3, tps, helmert, projective')
}

/** The points of `{"gcps": [{"mapid": 1, ...}]}`. @throws MissingParamError, InvalidParamError */
function manyGcps(body: unknown): GcpInput[] {
  const list = asRecord(body)?.gcps
  if (!Array.isArray(list)) throw missing('gcps')
  return list.map((item, index) => {
    const point = asRecord(item)
    if (!point) throw new InvalidParamError(`params gcps/${index} should be an object`)
    return { ...point, map_id: point.mapid ?? point.map_id }
  })
}
