import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  changeMosaic,
  createMosaic,
  mergeIntoMosaic,
  publishMosaic,
  readEditableMosaic,
  readMosaic,
  removeFromMosaic,
  removeMosaic,
  toggleVisibility,
  topScanOf,
  unpublishMosaic,
} from '../../domain/mosaics.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { requireAdministrator, requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { wantsGeojson } from '../../http/format-suffix.ts'
import { json } from '../../http/json.ts'
import { readBody } from '../../http/request-body.ts'
import type { MosaicRecord } from '../../store/mosaics.ts'
import { asRecord, InvalidParamError, missing } from './envelope.ts'
import { layerRequest, newLayerRequest } from './layer-attributes.ts'
import {
  changedLayerBody,
  layerDocument,
  layerFeature,
  mergedLayerBody,
  newLayerBody,
  removedMapBody,
} from './layer-schemas.ts'
import { layerFeature as featureOf, layerResource as resourceOf } from './layer-serialize.ts'
import { idOf, originOf, pathId, queryOf } from './requests.ts'
import { jsonAnswer, jsonBody, MALFORMED, NOT_FOUND, NOT_SIGNED_IN, UNPROCESSABLE } from './responses.ts'
import { MISSING_THUMBNAIL_PATH, thumbnailPath } from './serialize.ts'

const tags = ['Layers']
const id = z.object({ id: z.string().openapi({ example: '2' }) })
const format = z.enum(['json', 'geojson']).optional().openapi({ description: 'Also as a suffix of the path' })
const changes = { ...MALFORMED, ...NOT_SIGNED_IN, ...NOT_FOUND, ...UNPROCESSABLE }
const changed = { 200: jsonAnswer('The changed layer', layerDocument), ...changes }

export function mountLayers(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/api/v1/layers/{id}'],
      tags,
      summary: 'Get a layer',
      request: { params: id, query: z.object({ format }) },
      responses: {
        200: {
          description: 'The layer',
          content: {
            'application/json': { schema: layerDocument },
            'application/vnd.geo+json': { schema: layerFeature },
          },
        },
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const mosaic = await readMosaic(c.var.context, c.var.principal, pathId(c, 'Layer'))
      return wantsGeojson(c.req.raw) ? json(c, featureOf(mosaic)) : answer(c, mosaic)
    },
  )

  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/layers'],
      tags,
      summary: 'Make a layer, of maps or without any',
      request: jsonBody(newLayerBody),
      responses: { 201: jsonAnswer('The new layer', layerDocument), ...changes },
    },
    async (c) => {
      const user = requireUser(c)
      const { attributes, members } = newLayerRequest(await readBody(c.req.raw))
      return answer(c, await createMosaic(c.var.context, user, attributes, members), 201)
    },
  )

  endpoint(
    app,
    {
      methods: ['patch', 'put'],
      paths: ['/api/v1/layers/{id}'],
      tags,
      summary: 'Change a layer, add maps to it, order its maps; as its owner or an editor',
      request: { params: id, ...jsonBody(changedLayerBody) },
      responses: changed,
    },
    async (c) => {
      const user = requireUser(c)
      const { context } = c.var
      const mosaic = await readEditableMosaic(context, user, pathId(c, 'Layer'))
      const { attributes, members } = layerRequest(await readBody(c.req.raw))
      return answer(c, await changeMosaic(context, user, mosaic, attributes, members))
    },
  )

  endpoint(
    app,
    {
      methods: ['delete'],
      paths: ['/api/v1/layers/{id}'],
      tags,
      summary: 'Delete a layer, not its maps, as its owner or an editor',
      request: { params: id },
      responses: { 200: jsonAnswer('The layer as it was', layerDocument), ...NOT_SIGNED_IN, ...NOT_FOUND },
    },
    async (c) => answer(c, await removeMosaic(c.var.context, requireUser(c), pathId(c, 'Layer'))),
  )

  endpoint(
    app,
    {
      methods: ['patch', 'put', 'post'],
      paths: ['/api/v1/layers/{id}/remove_map'],
      tags,
      summary: 'Take a map out of a layer, as its owner or an editor',
      request: { params: id, ...jsonBody(removedMapBody) },
      responses: changed,
    },
    async (c) => {
      const user = requireUser(c)
      const { context } = c.var
      const mosaic = await readEditableMosaic(context, user, pathId(c, 'Layer'))
      const mapId = idOf(await idParameter(c, 'map_id'), 'Map')
      return answer(c, await removeFromMosaic(context, user, mosaic, mapId))
    },
  )

  thumbnail(app)
  mountAdministration(app)
}

function thumbnail(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/layers/thumb/{id}', '/mosaics/thumb/{id}'],
      tags: ['Files of a layer'],
      summary: 'Leads to the thumbnail of the topmost rectified map of a layer',
      request: { params: id },
      responses: { 302: { description: 'Where the thumbnail is' }, ...NOT_FOUND },
    },
    async (c) => {
      const top = await topScanOf(c.var.context, c.var.principal, pathId(c, 'Layer'))
      return c.redirect(top ? thumbnailPath(top) : MISSING_THUMBNAIL_PATH)
    },
  )
}

function mountAdministration(app: OpenAPIHono<AppEnv>): void {
  const simple = [
    ['toggle_visibility', 'Show a hidden layer, hide a visible one; as an administrator', toggleVisibility],
    ['publish', 'Publish a layer that has a warped map, as an administrator', publishMosaic],
    ['unpublish', 'Take the publication of a layer back, as an administrator', unpublishMosaic],
  ] as const
  for (const [name, summary, act] of simple)
    endpoint(
      app,
      {
        methods: ['patch', 'put', 'post'],
        paths: [`/api/v1/layers/{id}/${name}`],
        tags,
        summary,
        request: { params: id },
        responses: changed,
      },
      async (c) => answer(c, await act(c.var.context, requireAdministrator(c), pathId(c, 'Layer'))),
    )

  endpoint(
    app,
    {
      methods: ['patch', 'put', 'post'],
      paths: ['/api/v1/layers/{id}/merge'],
      tags,
      summary: 'Lay the maps of a layer on top of another’s, as an administrator; the first stays, empty',
      request: { params: id, ...jsonBody(mergedLayerBody) },
      responses: { 200: jsonAnswer('The layer that got the maps', layerDocument), ...changes },
    },
    async (c) => {
      const administrator = requireAdministrator(c)
      const { context } = c.var
      const from = await readMosaic(context, administrator, pathId(c, 'Layer'))
      const intoId = idOf(await idParameter(c, 'dest_id'), 'Layer')
      return answer(c, await mergeIntoMosaic(context, administrator, from, intoId))
    },
  )
}

function answer(c: RequestContext<AppEnv>, mosaic: MosaicRecord, status: 200 | 201 = 200): Response {
  return json(c, { data: resourceOf(mosaic, originOf(c)) }, status)
}

/** An id that must be in the body or in the query. @throws MissingParamError, InvalidParamError */
async function idParameter(c: RequestContext<AppEnv>, name: string): Promise<string> {
  const value = asRecord(await readBody(c.req.raw))?.[name] ?? queryOf(c).get(name)
  if (value === undefined || value === null || value === '') throw missing(name)
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new InvalidParamError(`params ${name} should be an id`)
  return String(value)
}
