import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { readDrawnLayer, readDrawnMap } from '../../../domain/maps/map-drawing.ts'
import { boundsOfMap } from '../../../domain/maps/maps.ts'
import type { AppEnv } from '../../../http/app-env.ts'
import { endpoint } from '../../../http/endpoint.ts'
import { idParameter } from '../descriptions.ts'
import { answerError } from '../errors.ts'
import { idOf } from '../request-form.ts'
import { mapView, type Viewed } from './map-view.ts'
import { mapHead, mapPlace, page, problemPage } from './page.ts'
import { type PageParameters, pageParameters } from './page-parameters.ts'

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

/** `/1/maps/{id}/render.iframe` and `/1/layers/{id}/render.iframe`. */
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
}

async function mapPage(c: RequestContext<AppEnv>): Promise<Response> {
  const id = idOf(c, 'id', 'Map')
  const parameters = pageParameters(c, MAP_SIZE)
  const { map, ...drawn } = await readDrawnMap(c.var.context, c.var.principal, id)
  return answerView(c, parameters, {
    ...drawn,
    ...{ name: map.name, bounds: boundsOfMap(map), srid: map.srid, background: map.background },
    ...{ copyright: map.copyright, maxZoom: map.maxZoom, isImperial: map.units.startsWith('foot') },
    styleSheet:
      parameters.style && `/1/maps/${id}/page.css?${new URLSearchParams({ style: parameters.style })}`,
  })
}

async function layerPage(c: RequestContext<AppEnv>): Promise<Response> {
  const id = idOf(c, 'id', 'Layer')
  const parameters = pageParameters(c, LAYER_SIZE)
  const { layer, ...drawn } = await readDrawnLayer(c.var.context, c.var.principal, id)
  const extent = drawn.datasets.get(id)?.extent ?? null
  const own = layer.bounds && { bounds: layer.bounds, srid: layer.srid ?? layer.mapSrid }
  return answerView(c, parameters, {
    ...drawn,
    ...{ name: layer.name, ...(extent ? { bounds: extent, srid: 4326 } : (own ?? NOWHERE)) },
    ...{ background: null, copyright: null, maxZoom: null, isImperial: false, styleSheet: null },
  })
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
