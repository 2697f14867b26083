import { z } from '@hono/zod-openapi'
import { pageLinks, pageMeta } from './schemas.ts'

const timestamp = z.iso.datetime().openapi({ example: '2016-02-09T13:34:15.355Z' })
const identifier = (type: string) => z.object({ id: z.string(), type: z.literal(type) })
const bbox = z.string().nullable().openapi({
  description: 'west,south,east,north in degrees',
  example: '26.111586,58.232919,27.358788,58.486400',
})
const percent = z.number().min(0).max(100)

export const layerResource = z
  .object({
    id: z.string().openapi({ example: '2' }),
    type: z.literal('layers'),
    attributes: z.object({
      name: z.string(),
      description: z.string().nullable(),
      created_at: timestamp,
      updated_at: timestamp,
      bbox,
      maps_count: z.number().int().openapi({ description: 'Maps of type is_map' }),
      rectified_maps_count: z.number().int().openapi({ description: 'Those of them that are warped' }),
      is_visible: z.boolean().openapi({ description: 'A layer that is not is not drawn' }),
      source_uri: z.string().nullable(),
      rectified_percent: percent,
      published: z.boolean(),
      map_order: z
        .array(z.number().int())
        .openapi({ description: 'The maps in the order they are drawn: the first lies at the bottom' }),
      depicts_year: z.string().nullable(),
    }),
    relationships: z.object({
      maps: z.object({ data: z.array(identifier('maps')) }),
      added_by: z.object({ data: identifier('users').nullable() }),
    }),
    links: z.object({
      self: z.url(),
      kml: z.url(),
      tiles: z.string().openapi({ example: 'https://example.org/mosaics/tile/2/{z}/{x}/{y}.png' }),
      tilejson: z.url(),
      wms: z.url(),
      wmts: z.url(),
      tms: z.string().openapi({ description: 'Rows are counted from the south' }),
    }),
  })
  .openapi('Layer')

export const layerFeature = z
  .object({
    id: z.number().int(),
    type: z.literal('Feature'),
    properties: z.object({
      name: z.string(),
      description: z.string().nullable(),
      created_at: timestamp,
      bbox,
      maps_count: z.number().int(),
      rectified_maps_count: z.number().int(),
      rectified_percent: percent,
      source_uri: z.string().nullable(),
    }),
    geometry: z.object({
      type: z.literal('Polygon'),
      coordinates: z.string().openapi({ description: 'A JSON array as text; empty without a bbox' }),
    }),
  })
  .openapi('LayerFeature')

export type LayerResource = z.infer<typeof layerResource>
export type LayerFeature = z.infer<typeof layerFeature>

export const layerDocument = z.object({ data: layerResource }).openapi('LayerDocument')
export const layerList = z
  .object({ data: z.array(layerResource), links: pageLinks, meta: pageMeta })
  .openapi('LayerList')

const text = z.union([z.string(), z.number()]).nullish()
const mapIds = z.array(z.number().int()).optional().openapi({
  description:
    'Maps to be laid on top, in this order; those that are in the layer already stay where they are',
})
const layerAttributesBody = z
  .object({
    name: z.string(),
    description: text,
    source_uri: text,
    depicts_year: text.openapi({ description: 'Numeric, 4 characters at most' }),
    map_order: z
      .array(z.number().int())
      .optional()
      .openapi({
        description:
          'Maps of the layer, the lowest first: they share out the places they have now in this order; maps that are ' +
          'not named stay where they are',
      }),
  })
  .openapi('LayerAttributes')

export const newLayerBody = z
  .object({
    data: z.object({ type: z.literal('layers'), attributes: layerAttributesBody, map_ids: mapIds }),
  })
  .openapi('NewLayer')
export const changedLayerBody = z
  .object({
    data: z.object({
      type: z.literal('layers'),
      attributes: layerAttributesBody.partial().optional().openapi({ description: 'Needed without map_ids' }),
      map_ids: mapIds,
    }),
  })
  .openapi('ChangedLayer')
export const removedMapBody = z.object({ map_id: z.number().int() }).openapi('RemovedMap')
export const mergedLayerBody = z
  .object({ dest_id: z.number().int().openapi({ description: 'The layer that gets the maps' }) })
  .openapi('MergedLayer')
