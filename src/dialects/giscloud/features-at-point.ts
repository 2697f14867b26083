import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { type Nearness, readItemsOfLayers } from '../../domain/datasets/layers-at-point.ts'
import { crsTransform, WGS_84 } from '../../geo/crs/reference-system.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { answers, listOf, listParameters } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { featureSchema } from './features.ts'
import { asked, epsgOf, formOf, formParameters, numberOf } from './features-query.ts'
import { itemListAnswer } from './item-stream.ts'
import { commaList, pageOf } from './listing.ts'

/** Layers that are asked for at once. */
const LAYERS_MAX = 25
const BUFFER_METRES = 1
const BUFFER_MAX_METRES = 1_000_000

const query = listParameters().extend({
  layer_id: z.string().openapi({ description: `Numbers of layers between commas, at most ${LAYERS_MAX}` }),
  point_x: z.string().openapi({ description: 'Longitude or easting' }),
  point_y: z.string().openapi({ description: 'Latitude or northing' }),
  srid: z.string().optional().openapi({ description: 'EPSG code of the point; 4326 unless given' }),
  buffer: z
    .string()
    .optional()
    .openapi({ description: `Metres around the point, \`1m\` or \`1\`; ${BUFFER_METRES} unless given` }),
  ...formParameters.shape,
  noattrib: z.string().optional(),
})

/** `GET /1/geo_utils/features_at_point`: features of layers around a place. */
export function mountFeaturesAtPoint(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/geo_utils/features_at_point'], tags: ['Geo utilities'] },
      summary: 'Features of layers no further from a point than so much',
      description:
        'Distances are geodesic, whatever the systems of layers. The layers come in the order they are asked for in.',
      request: { query },
      responses: answers(
        { 200: ['A page of features', listOf(featureSchema.extend({ layer_id: z.number().int() }))] },
        ...([400, 401, 404] as const),
      ),
    },
    async (c) => {
      const page = pageOf(c)
      const form = formOf(c)
      const near = nearnessOf(c)
      const request = { near, form, limit: page.perPage, offset: page.offset }
      const found = await asked(() => readItemsOfLayers(c.var.context, c.var.principal, layersOf(c), request))
      const total = page.withTotal ? found.total : 0
      return itemListAnswer(c, { type: 'features', total, page: page.page }, found.parts, null)
    },
  )
}

function layersOf(c: RequestContext): number[] {
  const texts = [...new Set(commaList(c.req.query('layer_id')))]
  if (texts.length === 0) throw new InvalidParameterError('layer_id', 'must be given')
  if (texts.length > LAYERS_MAX)
    throw new InvalidParameterError('layer_id', `names more than ${LAYERS_MAX} layers`)
  return texts.map((text) => {
    const id = parseId(text)
    if (id === null) throw new InvalidParameterError('layer_id', 'must be numbers of layers between commas')
    return id
  })
}

function nearnessOf(c: RequestContext): Nearness {
  const system = crsTransform(epsgOf('srid', c.req.query('srid') || String(WGS_84)))
  const [x, y] = ['point_x', 'point_y'].map((name) => {
    const number = numberOf(c.req.query(name) ?? '')
    if (number === null) throw new InvalidParameterError(name, 'must be a number')
    return number
  })
  const place = new Float64Array(2)
  system.inverse(x!, y!, place)
  const [lon, lat] = place as unknown as [number, number]
  if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lon) > 180 || Math.abs(lat) > 90)
    throw new InvalidParameterError('point_x', 'and point_y are no place in the system of srid')
  return { lon, lat, metres: bufferOf(c) }
}

/** `1000`, `1m`, and what a suffix that was meant for the path makes of it: `1000.json`. */
function bufferOf(c: RequestContext): number {
  const text = c.req.query('buffer')
  if (text === undefined || text.trim() === '') return BUFFER_METRES
  const metres = numberOf(text.replace(/\.json$/i, '').replace(/\s*m$/i, ''))
  if (metres === null || metres < 0 || metres > BUFFER_MAX_METRES)
    throw new InvalidParameterError('buffer', `must be a number of metres from 0 to ${BUFFER_MAX_METRES}`)
  return metres
}
