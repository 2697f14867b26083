import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { changeLayer, createLayer, removeLayer } from '../../domain/maps/layer-changes.ts'
import {
  type LayerExpansion,
  type LayerListing,
  type LayerSort,
  listLayers,
  readListedLayer,
} from '../../domain/maps/layers.ts'
import { LAYER_TYPES } from '../../domain/maps/map-input.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { json } from '../../http/json.ts'
import type { LayerType } from '../../store/map-types.ts'
import {
  answers,
  created,
  deleted,
  expandParameter,
  idParameter,
  jsonBody,
  listOf,
  listParameters,
} from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { attributesOfNew } from './kept-members.ts'
import { layerInput } from './layer-body.ts'
import { KEPT_OF_LAYERS, LAYER_EXPANSIONS, layerDocument } from './layer-serialize.ts'
import { commaList, createdAnswer, expansions, listAnswer, orderOf, pageOf, searchOf } from './listing.ts'
import { idOf, invalid, readMembers, requiredText } from './request-form.ts'
import { STYLES_MAX_CHARACTERS } from './styles.ts'

/** Styles as JSON within JSON, and all the rest. */
const LAYER_BODY_MAX_BYTES = 4 * STYLES_MAX_CHARACTERS

/** Attributes of a layer's document by which lists are ordered, and what they are called here. */
const SORTS: Readonly<Record<string, LayerSort>> = {
  ...{
    id: 'id',
    name: 'name',
    owner: 'ownerId',
    type: 'type',
    map_id: 'mapId',
    source: 'source',
    epsg: 'srid',
  },
  ...{
    datasource_id: 'dataId',
    resource_id: 'id',
    onscale: 'fromScale',
    offscale: 'toScale',
    label: 'label',
  },
  ...{ created: 'createdAt', modified: 'modifiedAt', textfield: 'labelProperty', alpha: 'alpha' },
  ...{ visible: 'isVisible', lock: 'isLocked', exportable: 'isExportable', parent: 'parentId' },
  ...{ tooltip: 'tooltip', order: 'position' },
  ...Object.fromEntries(KEPT_OF_LAYERS.map((name) => [name, `attributes.${name}` as const])),
}
/** Those in which `query` is looked for. */
const SEARCHED: Readonly<Record<string, LayerSort>> = {
  ...{
    id: 'id',
    name: 'name',
    owner: 'ownerLogin',
    type: 'type',
    map_id: 'mapId',
    source: 'source',
    epsg: 'srid',
  },
  ...{ label: 'label', textfield: 'labelProperty', tooltip: 'tooltip' },
}

const tags = ['Layers']
const text = z.string().nullable()
const truth = z.enum(['t', 'f'])
const layerSchema = z
  .object({
    ...{ id: z.string(), name: z.string(), owner: text, type: z.enum(LAYER_TYPES), map_id: z.string() },
    source: z.string().openapi({ description: 'JSON', example: '{"type":"pg","src":"counties"}' }),
    ...{ datasource_id: text, resource_id: z.string(), epsg: z.string(), onscale: text, offscale: text },
    ...{ label: text, created: z.number().int(), modified: z.number().int() },
    ...{ x_min: text, x_max: text, y_min: text, y_max: text, textfield: text },
    styles: text.openapi({
      description: 'JSON: an array of styles, of which a feature has the first that fits',
    }),
    ...{ alpha: z.string(), visible: truth, lock: truth, exportable: truth, parent: text, tooltip: text },
    ...{ hidegeometry: truth, use_info_window: truth, order: z.string() },
  })
  .catchall(z.unknown())
  .openapi('Layer')
const layerMembers = {
  type: z.enum(LAYER_TYPES).optional().openapi({ description: 'Found out from the source unless given' }),
  source: z
    .union([z.string(), z.object({ type: z.string(), src: z.string().optional() }).catchall(z.unknown())])
    .optional()
    .openapi({
      description:
        'As an object or as JSON in a text: `pg` or `dataset` (`src`: name or number of a table), `file` (`src`: a path of ' +
        "one's storage, which becomes a table; `layer`: which one of it), `scan` or `mosaic` (`src`: its number), `tile` " +
        '(`src`: `osm`, or an address with {z}, {x}, {y}), `wms` (`url`, `layer`, `version`, `srs`, `style`), `wfs` (`url`, ' +
        '`layer_id`, `srs`, or a `datasource_id` beside it), `folder`',
    }),
  styles: z.union([z.string(), z.array(z.object({}).catchall(z.unknown()))]).optional(),
  alpha: z.union([z.string(), z.number()]).optional(),
  visible: z.string().optional(),
  order: z
    .union([z.string(), z.number()])
    .optional()
    .openapi({ description: 'The lowest first; on top unless given' }),
  parent: z
    .union([z.string(), z.number()])
    .nullable()
    .optional()
    .openapi({ description: 'A folder of the map' }),
  epsg: z.union([z.string(), z.number()]).optional(),
  datasource_id: z.union([z.string(), z.number()]).nullable().optional(),
}
const newLayerSchema = z
  .object({ mid: z.union([z.string(), z.number()]), name: z.string(), ...layerMembers })
  .catchall(z.unknown())
  .openapi('NewLayer')
const layerChangeSchema = z
  .object({
    mid: z.union([z.string(), z.number()]).optional().openapi({ description: 'The map it is moved to' }),
    name: z.string().optional(),
    ...layerMembers,
  })
  .catchall(z.unknown())
  .openapi('LayerChange')

/** `/1/layers`, and the lists of maps' layers. */
export function mountLayers(app: OpenAPIHono<AppEnv>): void {
  const listQuery = listParameters(Object.keys(SORTS)).extend({
    type: z
      .string()
      .optional()
      .openapi({ description: `Types with commas, of ${LAYER_TYPES.join(', ')}` }),
    ...expandParameter(...LAYER_EXPANSIONS),
    query_on: z
      .string()
      .optional()
      .openapi({
        description: `Attributes with commas: ${Object.keys(SEARCHED).join(', ')}; \`name\` unless given`,
      }),
    query: z.string().optional().openapi({ description: 'A text that is looked for, in whatever case' }),
  })
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers'], tags, summary: 'The layers that one may see' },
      request: { query: listQuery },
      responses: answers({ 200: ['A page of the layers', listOf(layerSchema)] }, 400, 401),
    },
    (c) => list(c, null),
  )
  endpoint(
    app,
    {
      ...{
        methods: ['get'],
        paths: ['/1/maps/{id}/layers'],
        tags,
        summary: 'The layers of a map, the lowest first',
      },
      description:
        'Everything under `/1/layers/{layer}` is at `/1/maps/{id}/layers/{layer}`, too, where the layer is one of the map.',
      request: { params: idParameter, query: listQuery },
      responses: answers({ 200: ['A page of the layers', listOf(layerSchema)] }, 400, 401, 404),
    },
    (c) => list(c, idOf(c, 'id', 'Map')),
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/layers/{id}'], tags, summary: 'A layer' },
      request: { params: idParameter, query: z.object(expandParameter(...LAYER_EXPANSIONS)) },
      responses: answers({ 200: ['The layer', layerSchema] }, 401, 404),
    },
    async (c) => {
      const expand = expansions(c)
      const { context, principal } = c.var
      const layer = await readListedLayer(context, principal, idOf(c, 'id', 'Layer'), expansionOf(expand))
      return json(c, layerDocument(layer, expand))
    },
  )
  endpoint(
    app,
    {
      ...{
        methods: ['post'],
        paths: ['/1/layers', '/1/maps/{id}/layers'],
        tags,
        summary: 'Make a layer in a map',
      },
      description:
        'For who may edit the map and sees what the layer is to show. In the second address, `mid` is its map.',
      request: jsonBody(newLayerSchema),
      responses: answers({ 201: created('Made') }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const members = await readMembers(c, LAYER_BODY_MAX_BYTES)
      const name = requiredText(members, 'name', 500)
      const input = layerInput(members)
      const mapId = c.req.param('id') === undefined ? input.mapId : idOf(c, 'id', 'Map')
      if (mapId === undefined) throw invalid('mid', 'must be given, the number of the map')
      const attributes = attributesOfNew(input.attributes)
      const id = await createLayer(c.var.context, c.var.principal, { ...input, name, mapId, attributes })
      return createdAnswer(c, `/1/layers/${id}`)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['put'], paths: ['/1/layers/{id}', '/1/layers'], tags, summary: 'Change a layer' },
      description: 'What is not sent stays as it is. Without an id in its address it is taken from the body.',
      request: jsonBody(layerChangeSchema),
      responses: answers({ 204: 'Changed' }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const members = await readMembers(c, LAYER_BODY_MAX_BYTES)
      const id = c.req.param('id') === undefined ? idMember(members) : idOf(c, 'id', 'Layer')
      await changeLayer(c.var.context, c.var.principal, id, layerInput(members))
      return c.body(null, 204)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: ['/1/layers/{id}'], tags, summary: 'Delete a layer' },
      description: 'What it shows stays, and so do the layers in a folder.',
      request: { params: idParameter },
      responses: answers({ 204: deleted }, 401, 403, 404),
    },
    async (c) => {
      await removeLayer(c.var.context, c.var.principal, idOf(c, 'id', 'Layer'))
      return c.body(null, 204)
    },
  )
}

const expansionOf = (expand: ReadonlySet<string>): LayerExpansion => ({
  withOptions: expand.has('options'),
  withColumns: expand.has('columns'),
  withDatasource: expand.has('datasource'),
})

async function list(c: RequestContext<AppEnv>, mapId: number | null): Promise<Response> {
  const page = pageOf(c)
  const expand = expansions(c)
  const order = orderOf(c, Object.keys(SORTS))
  const listing: LayerListing = {
    ...page,
    order: order && { ...order, attribute: SORTS[order.attribute]! },
    mapId,
    types: typesOf(c),
    search: searchOf(c, SEARCHED, ['name']),
    ...expansionOf(expand),
  }
  const { data, total } = await listLayers(c.var.context, c.var.principal, listing)
  return listAnswer(c, 'layers', page, { total, data: data.map((layer) => layerDocument(layer, expand)) })
}

function typesOf(c: RequestContext): LayerType[] | null {
  const names = commaList(c.req.query('type'))
  if (names.length === 0) return null
  return names.map((name) => {
    const type = LAYER_TYPES.find((known) => known === name.toLowerCase())
    if (!type) throw new InvalidParameterError('type', `must be of ${LAYER_TYPES.join(', ')}`)
    return type
  })
}

/** The id of a layer in a body. @throws ValidationError */
function idMember({ id }: Record<string, unknown>): number {
  const number = parseId(typeof id === 'number' || typeof id === 'string' ? String(id) : undefined)
  if (number === null)
    throw invalid('id', 'of the layer must be given, in the address (/1/layers/{id}.json) or in the body')
  return number
}
