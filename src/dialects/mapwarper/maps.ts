import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import type { Context } from '../../domain/context.ts'
import { fetchImage, UNDESCRIBED } from '../../domain/iiif/fetch-image.ts'
import { discardStaged, type StagedImage, stageFromBody } from '../../domain/intake/stage-image.ts'
import { mapAttributes } from '../../domain/map-attributes.ts'
import { changeScan, createScan, readEditableScan, readScan, removeScan } from '../../domain/scans.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { requireUser } from '../../http/credentials.ts'
import { endpoint } from '../../http/endpoint.ts'
import { wantsGeojson } from '../../http/format-suffix.ts'
import { json } from '../../http/json.ts'
import { readBody, requireReadable } from '../../http/request-body.ts'
import type { ScanRecord } from '../../store/scans.ts'
import { attributesOf } from './envelope.ts'
import { refuseImage } from './map-image.ts'
import { newMap } from './new-map.ts'
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
import {
  changedMapBody,
  mapDocument,
  mapFeature,
  mapWithLayersDocument,
  newMapBody,
  newMapForm,
} from './schemas.ts'
import { mapFeature as featureOf, includedLayers, mapResource as resourceOf } from './serialize.ts'

const tags = ['Maps']
const id = z.object({ id: z.string().openapi({ example: '260' }) })
const canvas = z.string().optional().openapi({ description: 'As the attribute of the body' })
const format = z.enum(['json', 'geojson']).optional().openapi({ description: 'Also as a suffix of the path' })

export function mountMaps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['post'],
      paths: ['/api/v1/maps'],
      tags,
      summary: 'Make a map of an image, or without one',
      request: {
        query: z.object({ canvas }),
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
            'application/json': { schema: mapWithLayersDocument },
            'application/vnd.geo+json': { schema: mapFeature },
          },
        },
        ...NOT_FOUND,
      },
    },
    async (c) => {
      const scan = await readScan(c.var.context, c.var.principal, pathId(c, 'Map'))
      if (wantsGeojson(c.req.raw)) return json(c, featureOf(scan))
      return json(c, { data: resourceOf(scan, originOf(c)), ...includedLayers([scan], originOf(c)) })
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
      const given = attributesOf(await readBody(c.req.raw), 'maps')
      refuseImage(given)
      const attributes = mapAttributes(given)
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
  const { fetched, attributesWith } = await orDiscard(context, sent, () =>
    newMap(document, queryOf(c), sent !== null),
  )
  if (fetched === null) return createScan(context, user, attributesWith(UNDESCRIBED), sent)
  const { image, prepared, note } = await fetchImage(context, fetched.url, fetched.canvas, attributesWith)
  if (note === null) return createScan(context, user, prepared, image)
  const description = prepared.description ? `${prepared.description}\n${note}` : note
  return createScan(context, user, { ...prepared, description }, image)
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
