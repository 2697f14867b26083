import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readDrawnLayer, readDrawnMap } from '../../../domain/maps/map-drawing.ts'
import { boundsOfMap } from '../../../domain/maps/maps.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { endpoint } from '../../../http/endpoint.ts'
import { json } from '../../../http/json.ts'
import { answers, idParameter } from '../descriptions.ts'
import { answerError } from '../errors.ts'
import { idOf } from '../request-form.ts'
import { mapView, type Viewed } from './map-view.ts'
import { mapHead, mapPlace, page, problemPage } from './page.ts'
import { type PageParameters, pageParameters } from './page-parameters.ts'
import { styleDocument } from './style-document.ts'

/** CSS lengths of the maps of pages whose address gives none. */
const MAP_SIZE = '100%'
const LAYER_SIZE = '256px'

const told = (description: string) => z.string().optional().openapi({ description })

const LAYER_PARAMETERS = {
  width: told('Pixels or per cent: 256 for a layer, 100% for a map'),
  height: told('The same'),
}

const MAP_PARAMETERS = {
  ...LAYER_PARAMETERS,
  toolbar: told('Shows tools: zoom, full extent, identify, measure'),
  layerlist: told('Shows the list of layers'),
  layerlist_expanded: told('Shows it opened, with all its folders'),
  popupus: told('What is known of a feature is shown where it is pressed (also: popups)'),
  layer_id: told('A layer, which is shown whole, or whose features are meant'),
  feature_id: told('A feature of the layer, which is shown and marked'),
  f: told('A field of the layer: its features with the value v are shown and marked'),
  v: told('The value of the field f'),
  bounds: told("xmin,ymin,xmax,ymax in the map's system"),
  numscale: told('Denominator of the scale, at 0.28 mm a pixel'),
  visibility: told('Ids of the layers and folders that are shown, with commas; no others are'),
  expressions: told(
    'Conditions of layers, `{layer_id}:{where};...` or a JSON object by layer ids: only features that fulfil them are shown',
  ),
  scalebar: told('Shows a scale bar'),
  noattrib: told('No attribution'),
  noctrl: told('No buttons to zoom by'),
  no3d: told('The map is neither turned nor tilted'),
  lockzoom: told('The zoom stays as it is'),
  style: told("Path of a style sheet (.css) in the storage of the map's owner"),
}

const STYLE_PARAMETERS = {
  visibility: MAP_PARAMETERS.visibility,
  expressions: MAP_PARAMETERS.expressions,
}

const htmlAnswer = (description: string) => ({
  description,
  content: { 'text/html': { schema: z.string() } },
})
const responses = {
  200: htmlAnswer('The page'),
  400: htmlAnswer('A parameter is malformed; the page says which'),
  401: htmlAnswer('The credential does not hold'),
  404: htmlAnswer('There is none, or none that is seen'),
}

const styleResponses = answers(
  {
    200: [
      'A style of MapLibre; `metadata` has the tree of layers with their legends, the pictures and the bounds',
      z.object({
        ...{ version: z.literal(8), name: z.string(), metadata: z.object({}).catchall(z.unknown()) },
        ...{ sources: z.object({}).catchall(z.unknown()), layers: z.array(z.unknown()) },
      }),
    ],
  },
  ...([400, 401, 404] as const),
)

/**
 * `/1/maps/{id}/render.iframe` and `/1/layers/{id}/render.iframe`; what they draw as a style for other clients is at
 * `/1/maps/{id}/style` and `/1/layers/{id}/style`.
 */
export function mountPages(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/maps/{id}/render.iframe'], tags: ['Maps'] },
      summary: 'A map as a page for a frame',
      request: { params: idParameter, query: z.object(MAP_PARAMETERS) },
      responses,
    },
    (c) => asPage(c, () => mapPage(c)),
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers/{id}/render.iframe'], tags: ['Layers'] },
      summary: 'A layer as a page for a frame',
      request: { params: idParameter, query: z.object(LAYER_PARAMETERS) },
      responses,
    },
    (c) => asPage(c, () => layerPage(c)),
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/maps/{id}/style'], tags: ['Maps'] },
      summary: 'A map as a style for MapLibre',
      request: { params: idParameter, query: z.object(STYLE_PARAMETERS) },
      responses: styleResponses,
    },
    async (c) => {
      const parameters = pageParameters(c, MAP_SIZE)
      return answerStyle(c, parameters, await viewedMap(c, parameters))
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers/{id}/style'], tags: ['Layers'] },
      summary: 'A layer as a style for MapLibre',
      request: { params: idParameter },
      responses: styleResponses,
    },
    async (c) => answerStyle(c, pageParameters(c, LAYER_SIZE), await viewedLayer(c)),
  )
}

async function mapPage(c: RequestContext<AppEnv>): Promise<Response> {
  const parameters = pageParameters(c, MAP_SIZE)
  return answerView(c, parameters, await viewedMap(c, parameters))
}

async function viewedMap(c: RequestContext<AppEnv>, parameters: PageParameters): Promise<Viewed> {
  const id = idOf(c, 'id', 'Map')
  const { map, ...drawn } = await readDrawnMap(c.var.context, c.var.principal, id)
  return {
    ...drawn,
    ...{ name: map.name, bounds: boundsOfMap(map), srid: map.srid, background: map.background },
    ...{ copyright: map.copyright, maxZoom: map.maxZoom, isImperial: map.units.startsWith('foot') },
    styleSheet:
      parameters.style && `/1/maps/${id}/page.css?${new URLSearchParams({ style: parameters.style })}`,
  }
}

async function layerPage(c: RequestContext<AppEnv>): Promise<Response> {
  const parameters = pageParameters(c, LAYER_SIZE)
  return answerView(c, parameters, await viewedLayer(c))
}

async function viewedLayer(c: RequestContext<AppEnv>): Promise<Viewed> {
  const id = idOf(c, 'id', 'Layer')
  const { layer, ...drawn } = await readDrawnLayer(c.var.context, c.var.principal, id)
  const extent = drawn.datasets.get(id)?.extent ?? null
  const own = layer.bounds && { bounds: layer.bounds, srid: layer.srid ?? layer.mapSrid }
  return {
    ...drawn,
    ...{ name: layer.name, ...(extent ? { bounds: extent, srid: 4326 } : (own ?? NOWHERE)) },
    ...{ background: null, copyright: null, maxZoom: null, isImperial: false, styleSheet: null },
  }
}

const NOWHERE = { bounds: null, srid: 4326 }

function answerView(
  c: RequestContext<AppEnv>,
  parameters: PageParameters,
  viewed: Viewed,
): Promise<Response> {
  const { view, origins } = mapView(new URL(c.req.url).origin, viewed, parameters)
  return page(c, { title: viewed.name, head: mapHead, body: mapPlace(viewed.name, view), origins })
}

function answerStyle(c: RequestContext<AppEnv>, parameters: PageParameters, viewed: Viewed): Response {
  const { origin } = new URL(c.req.url)
  return json(c, styleDocument(origin, mapView(origin, viewed, parameters).view))
}

/** A page, or one that says what is wrong, by the dialect's own table of errors. */
async function asPage(c: RequestContext<AppEnv>, make: () => Promise<Response>): Promise<Response> {
  try {
    return await make()
  } catch (error) {
    const answer = answerError(error as Error, c)
    const { msg } = (await answer.json()) as { msg: string }
    return problemPage(c, answer.status, msg)
  }
}
