import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readScanGcps, readScanPoints } from '../../domain/gcps.ts'
import { readGeoreference } from '../../domain/georeference.ts'
import type { GcpFormat } from '../../formats/gcps/gcp-format.ts'
import { annotation, arcgis, csv, gdal, qgis } from '../../formats/gcps/index.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { json } from '../../http/json.ts'
import { annotationDocument, gcpItems } from './gcp-schemas.ts'
import { gcpItem } from './gcp-serialize.ts'
import { originOf, pathId } from './requests.ts'
import { jsonAnswer, NOT_FOUND, UNPROCESSABLE } from './responses.ts'

const tags = ['Ground control points']
const params = z.object({ id: z.string() })

/** Anyone may read these from a page of theirs; of a map that is not public they are shown to who may see it alone. */
const HEADERS = { 'access-control-allow-origin': '*', 'cache-control': 'private, no-cache' }

const TEXT_FILES: { suffix: string; mediaType: string; format: GcpFormat; summary: string }[] = [
  { suffix: 'csv', mediaType: 'text/csv', format: csv, summary: 'CSV: x,y,lon,lat' },
  { suffix: 'points', mediaType: 'text/plain', format: qgis, summary: 'a file of the QGIS georeferencer' },
  {
    suffix: 'gdal',
    mediaType: 'text/plain',
    format: gdal,
    summary: 'lines as GDAL takes them: pixel line easting northing',
  },
  {
    suffix: 'txt',
    mediaType: 'text/plain',
    format: arcgis,
    summary: 'a link table of ArcGIS: x, y, X and Y separated by tabs',
  },
]

export function mountGcpFiles(app: OpenAPIHono<AppEnv>): void {
  for (const { suffix, mediaType, format, summary } of TEXT_FILES)
    endpoint(
      app,
      {
        methods: ['get'],
        paths: [`/maps/{id}/gcps.${suffix}`],
        tags,
        summary: `The control points of a map as ${summary}`,
        request: { params },
        responses: {
          200: { description: 'One line a point', content: { [mediaType]: { schema: z.string() } } },
          ...NOT_FOUND,
        },
      },
      async (c) => {
        const id = pathId(c, 'Map')
        const { points } = await readScanPoints(c.var.context, c.var.principal, id)
        return c.body(format.write(points, null), 200, {
          ...HEADERS,
          'content-type': `${mediaType}; charset=utf-8`,
          'content-disposition': `attachment; filename="map_${id}_gcps.${suffix}"`,
        })
      },
    )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/maps/{id}/gcps.json'],
      tags,
      summary: 'The control points of a map with their errors as plain JSON',
      request: { params },
      responses: { 200: jsonAnswer('The points, oldest first', gcpItems), ...NOT_FOUND },
    },
    async (c) => {
      const { points, errors } = await readScanGcps(c.var.context, c.var.principal, pathId(c, 'Map'))
      return withHeaders(
        json(c, { stat: 'ok', items: points.map((point, index) => gcpItem(point, errors[index]!)) }),
      )
    },
  )

  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/maps/{id}/annotation.json'],
      tags,
      summary: 'The control points of a map as a IIIF Georeference Annotation',
      description:
        'It names the transformation of the newest rectification, and the mask where that is one polygon without holes.',
      request: { params },
      responses: { 200: jsonAnswer('The annotation', annotationDocument), ...NOT_FOUND, ...UNPROCESSABLE },
    },
    georeferenceAnnotation,
  )
}

async function georeferenceAnnotation(c: RequestContext<AppEnv>): Promise<Response> {
  const id = pathId(c, 'Map')
  const { points, ...image } = await readGeoreference(c.var.context, c.var.principal, id)
  const origin = originOf(c)
  const written = annotation.write(points, {
    ...image,
    annotationId: `${origin}/maps/${id}/annotation.json`,
    serviceId: `${origin}/iiif/${id}`,
  })
  return c.body(written, 200, { ...HEADERS, 'content-type': 'application/json; charset=utf-8' })
}

function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
  return response
}
