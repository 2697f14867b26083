import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import {
  changeMap,
  createMap,
  listMaps,
  type MapExpansion,
  type MapListing,
  type MapShelf,
  type MapSort,
  removeMap,
  visitMap,
} from '../../domain/maps/maps.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { json } from '../../http/json.ts'
import {
  answers,
  created,
  expandParameter,
  idParameter,
  jsonBody,
  listOf,
  listParameters,
} from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { attributesOfNew } from './kept-members.ts'
import { commaList, createdAnswer, expansions, listAnswer, orderOf, pageOf, searchOf } from './listing.ts'
import { mapAttributes } from './map-body.ts'
import { KEPT_OF_MAPS, MAP_EXPANSIONS, mapDocument } from './map-serialize.ts'
import { idOf, invalid, readMembers, requiredText, truthMember } from './request-form.ts'

const SHELVES: readonly MapShelf[] = ['public', 'private', 'shared', 'archived']

/** Attributes of a map's document by which lists are ordered, and what they are called here. */
const SORTS: Readonly<Record<string, MapSort>> = {
  ...{ id: 'id', name: 'name', owner: 'ownerId', copyright: 'copyright', proj4: 'proj4', epsg: 'srid' },
  ...{ units: 'units', maxzoom: 'maxZoom', bgcolor: 'background', modified: 'modifiedAt' },
  ...{ accessed: 'accessedAt', created: 'createdAt', visited: 'visitedAt', archived: 'isArchived' },
  ...{ resource_id: 'id', measure_unit: 'measureUnit', visible: 'isVisible', description: 'description' },
  ...Object.fromEntries(KEPT_OF_MAPS.map((name) => [name, `attributes.${name}` as const])),
}
/** Those that are texts, in which `query` is looked for. */
const SEARCHED: Readonly<Record<string, MapSort>> = {
  ...{ id: 'id', name: 'name', owner: 'ownerLogin', copyright: 'copyright', proj4: 'proj4', epsg: 'srid' },
  ...{ units: 'units', bgcolor: 'background', resource_id: 'id', measure_unit: 'measureUnit' },
  description: 'description',
}

const tags = ['Maps']
const mapSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    owner: z.union([z.string(), z.object({ id: z.string(), username: z.string().nullable() })]).nullable(),
    epsg: z.string(),
    proj4: z.string().nullable(),
    units: z.enum(['meter', 'foot', 'foot_us', 'degree']),
    bounds: z.object({ xmin: z.number(), xmax: z.number(), ymin: z.number(), ymax: z.number() }).nullable(),
    created: z.number().int(),
    modified: z.number().int(),
    accessed: z.number().int().nullable(),
    visited: z.number().int().nullable(),
    archived: z.enum(['t', 'f']),
    resource_id: z.string(),
  })
  .catchall(z.unknown())
  .openapi('Map')
const mapInput = {
  proj4: z.string().optional().openapi({ description: 'The system, where `epsg` does not name it' }),
  epsg: z.union([z.string(), z.number()]).optional(),
  units: z.enum(['meter', 'foot', 'foot_us', 'degree']).optional(),
}
const newMapSchema = z
  .object({ name: z.string(), ...mapInput })
  .catchall(z.unknown())
  .openapi('NewMap')
const mapChangeSchema = z
  .object({ name: z.string().optional(), ...mapInput })
  .catchall(z.unknown())
  .openapi('MapChange')

/** `/1/maps`. */
export function mountMaps(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/maps'], tags, summary: 'The maps that one may see' },
      request: {
        query: listParameters(Object.keys(SORTS)).extend({
          type: z
            .string()
            .optional()
            .openapi({
              description:
                "`private` (one's own), `shared` (granted to one), `public` (everyone's), `archived`, or several with " +
                'commas; all but the archived ones unless given',
            }),
          ...expandParameter(...MAP_EXPANSIONS),
          query_on: z
            .string()
            .optional()
            .openapi({
              description: `Attributes with commas: ${Object.keys(SEARCHED).join(', ')}; \`name\` unless given`,
            }),
          query: z
            .string()
            .optional()
            .openapi({ description: 'A text that is looked for, in whatever case' }),
        }),
      },
      responses: answers({ 200: ['A page of the maps', listOf(mapSchema)] }, 400, 401),
    },
    async (c) => {
      const page = pageOf(c)
      const expand = expansions(c)
      const order = orderOf(c, Object.keys(SORTS))
      const listing: MapListing = {
        ...page,
        order: order && { ...order, attribute: SORTS[order.attribute]! },
        shelves: shelvesOf(c),
        search: searchOf(c, SEARCHED, ['name']),
        ...expansionOf(expand),
      }
      const { data, total } = await listMaps(c.var.context, c.var.principal, listing)
      return listAnswer(c, 'maps', page, { total, data: data.map((map) => mapDocument(map, expand)) })
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['get'], paths: ['/1/maps/{id}'], tags, summary: 'A map' },
      request: { params: idParameter, query: z.object(expandParameter(...MAP_EXPANSIONS)) },
      responses: answers({ 200: ['The map', mapSchema] }, 401, 404),
    },
    async (c) => {
      const expand = expansions(c)
      const map = await visitMap(c.var.context, c.var.principal, idOf(c, 'id', 'Map'), expansionOf(expand))
      return json(c, mapDocument(map, expand))
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['post'], paths: ['/1/maps'], tags, summary: 'Make a map, which nobody else sees' },
      request: jsonBody(newMapSchema),
      responses: answers({ 201: created('Made') }, 400, 401, 413, 415),
    },
    async (c) => {
      const members = await readMembers(c)
      const name = requiredText(members, 'name', 500)
      const said = mapAttributes(members)
      const attributes = attributesOfNew(said.attributes)
      const id = await createMap(c.var.context, c.var.principal, { ...said, name, attributes })
      return createdAnswer(c, `/1/maps/${id}`)
    },
  )
  endpoint(
    app,
    {
      ...{
        methods: ['put'],
        paths: ['/1/maps/{id}', '/1/maps'],
        tags,
        summary: 'Change what is said of a map',
      },
      description: 'What is not sent stays as it is. Without an id in its address it is taken from the body.',
      request: {
        query: z.object({
          archived: z.string().optional().openapi({ description: 'Put it away, or bring it back' }),
        }),
        ...jsonBody(mapChangeSchema),
      },
      responses: answers({ 200: 'Changed' }, 400, 401, 403, 404, 413, 415),
    },
    async (c) => {
      const members = await readMembers(c)
      const id = c.req.param('id') === undefined ? idMember(members) : idOf(c, 'id', 'Map')
      const archived = c.req.query('archived')
      const isArchived =
        archived === undefined ? undefined : (truthMember({ archived: archived || 't' }, 'archived') ?? true)
      const attributes = mapAttributes(members)
      await changeMap(c.var.context, c.var.principal, id, {
        ...attributes,
        isArchived: isArchived ?? attributes.isArchived,
      })
      return c.body(null, 200)
    },
  )
  endpoint(
    app,
    {
      ...{ methods: ['delete'], paths: ['/1/maps/{id}'], tags, summary: 'Delete a map with its layers' },
      description: 'What the layers show stays.',
      request: { params: idParameter },
      responses: answers({ 200: 'Deleted' }, 401, 403, 404),
    },
    async (c) => {
      await removeMap(c.var.context, c.var.principal, idOf(c, 'id', 'Map'))
      return c.body(null, 200)
    },
  )
}

const expansionOf = (expand: ReadonlySet<string>): MapExpansion => ({
  withOptions: expand.has('options'),
  withShares: expand.has('permissions'),
})

/** The id of a map in a body. @throws ValidationError */
function idMember({ id }: Record<string, unknown>): number {
  const number = parseId(typeof id === 'number' || typeof id === 'string' ? String(id) : undefined)
  if (number === null)
    throw invalid('id', 'of the map must be given, in the address (/1/maps/{id}.json) or in the body')
  return number
}

function shelvesOf(c: RequestContext): MapShelf[] | null {
  const text = c.req.query('type')
  if (!text) return null
  return commaList(text).map((name) => {
    const shelf = SHELVES.find((known) => known === name.toLowerCase())
    if (!shelf) throw new InvalidParameterError('type', `must be of ${SHELVES.join(', ')}`)
    return shelf
  })
}
