import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context as RequestContext } from 'hono'
import { type LayerQuery, type SearchAnswer, search } from '../../domain/search/search.ts'
import { isStorableText } from '../../domain/storable-text.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { endpoint } from '../../http/endpoint.ts'
import { parseId } from '../../http/ids.ts'
import { json } from '../../http/json.ts'
import { answers, listOf, listParameters } from './descriptions.ts'
import { InvalidParameterError } from './errors.ts'
import { flag, pageOf } from './listing.ts'
import { parseSearchFields } from './search-fields.ts'
import { typeNameOf } from './table-input.ts'

const SRID = 4326
const SRID_MAX = 999_999

const columnsMeta = z.record(
  z.string(),
  z.record(z.string(), z.object({ type: z.string(), alias: z.string().nullable() })),
)
const foundFeature = z
  .object({
    layer_id: z.number().int(),
    __id: z.number().int(),
    data: z.record(z.string(), z.any()).openapi({ description: 'Values of the columns that were searched' }),
    x: z.number().nullable(),
    y: z.number().nullable(),
    distance: z.number().optional().openapi({ description: 'Metres from x, y' }),
  })
  .openapi('FoundFeature')

const parameter = (description: string) => z.string().optional().openapi({ description })

/** `GET /1/search` */
export function mountSearch(app: OpenAPIHono<AppEnv>): void {
  endpoint(
    app,
    {
      methods: ['get'],
      paths: ['/1/search'],
      tags: ['Search'],
      summary: 'Features of several layers that contain a text',
      request: {
        query: listParameters().extend({
          query: z.string().openapi({ description: 'What is searched, whatever the case' }),
          fields: parameter(
            '{layer_id}~{field1},{field2}~[{field1:DESC},{field2}][;{layer_id}~...]; no fields: all of texts and numbers',
          ),
          x: parameter('Longitude, or easting, of the place near which is searched'),
          y: parameter('Latitude, or northing'),
          srid: parameter('EPSG code of x and y, here and in the answer; 4326 unless given'),
          replace_special_chars: parameter(
            'å, ä, ö, č, ć, đ, dž, š, ž are taken for a, a, o, c, c, d, dz, s, z',
          ),
          address_layer: parameter('Layer of addresses to search, too: each word in any of its fields'),
          columns_meta: parameter('Tell of the fields that were searched'),
        }),
      },
      responses: answers(
        {
          200: [
            'The first 10,000 of each layer at most: layer by layer, or by distance where x and y are given and no layer has an order',
            listOf(foundFeature).extend({ columns_meta: columnsMeta.optional() }),
          ],
        },
        400,
        401,
        404,
      ),
    },
    async (c) => {
      const page = pageOf(c)
      const answer = await search(c.var.context, c.var.principal, {
        ...{ text: textOf(c), layers: layersOf(c), near: placeOf(c), srid: sridOf(c) },
        isPlain: flag(c, 'replace_special_chars'),
        ...{ limit: page.perPage, offset: page.offset },
      })
      return json(c, {
        type: 'search',
        total: page.withTotal ? answer.total : 0,
        page: page.page,
        data: answer.features.map(({ layerId, fid, data, place, distance }) => ({
          ...{ layer_id: layerId, __id: fid, data, x: place?.[0] ?? null, y: place?.[1] ?? null },
          ...(distance === null ? {} : { distance }),
        })),
        ...(flag(c, 'columns_meta') ? { columns_meta: metaOf(answer) } : {}),
      })
    },
  )
}

/** @throws InvalidParameterError */
function textOf(c: RequestContext): string {
  const text = c.req.query('query') ?? ''
  if (!isStorableText(text)) throw new InvalidParameterError('query', 'has characters that no text has')
  return text.normalize('NFC')
}

/** `fields` and `address_layer`. @throws InvalidParameterError */
function layersOf(c: RequestContext): LayerQuery[] {
  const fields = c.req.query('fields')
  const layers: LayerQuery[] = fields?.trim() ? parseSearchFields(fields) : []
  const address = c.req.query('address_layer')
  if (!address) return layers
  const layerId = parseId(address)
  if (layerId === null) throw new InvalidParameterError('address_layer', 'must be the number of a layer')
  if (layers.some((layer) => layer.layerId === layerId)) return layers
  return [...layers, { layerId, columns: [], sort: [], isOfWords: true }]
}

/** `x` and `y`. @throws InvalidParameterError */
function placeOf(c: RequestContext): [number, number] | null {
  const [x, y] = [numberOf(c, 'x'), numberOf(c, 'y')]
  if (x === null && y === null) return null
  if (x === null || y === null)
    throw new InvalidParameterError(x === null ? 'x' : 'y', 'must be given with the other coordinate')
  return [x, y]
}

/** @throws InvalidParameterError */
function numberOf(c: RequestContext, name: string): number | null {
  const text = c.req.query(name)?.trim()
  if (!text) return null
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text)))
    throw new InvalidParameterError(name, 'must be a number')
  return Number(text)
}

/** @throws InvalidParameterError */
function sridOf(c: RequestContext): number {
  const text = c.req.query('srid')
  if (!text) return SRID
  if (!/^\d{1,6}$/.test(text) || Number(text) > SRID_MAX)
    throw new InvalidParameterError('srid', 'must be an EPSG code')
  return Number(text)
}

const metaOf = ({ columns }: SearchAnswer): z.infer<typeof columnsMeta> =>
  Object.fromEntries(
    [...columns].map(([layerId, searched]) => [
      String(layerId),
      Object.fromEntries(
        searched.map(({ name, type, title }) => [name, { type: typeNameOf(type), alias: title }]),
      ),
    ]),
  )
