import { z } from '@hono/zod-openapi'
import { pageLinks, pageMeta } from './schemas.ts'

const timestamp = z.iso.datetime().openapi({ example: '2016-02-07T17:52:19.479Z' })

const rectificationResource = z
  .object({
    id: z.string().openapi({ example: '17' }),
    type: z.literal('rectifications'),
    attributes: z.object({
      map_id: z.number().int(),
      transform_options: z.string().openapi({ description: 'As it was asked for' }),
      transform: z.string().openapi({ description: 'What that came to: `auto` is p1 or p2' }),
      resample_options: z.string(),
      srs: z.string().openapi({ description: 'Reference system of the fit', example: 'EPSG:4326' }),
      use_mask: z.boolean(),
      state: z.enum(['running', 'done', 'failed']),
      bbox: z.string().openapi({ description: 'west,south,east,north in degrees' }),
      failure: z.string().nullable().openapi({ description: 'Why it failed; null unless it did' }),
      created_at: timestamp,
      finished_at: timestamp.nullable(),
      gcps_count: z.number().int(),
      live: z.boolean().openapi({ description: 'It is the one that the map’s tiles show' }),
      image_replaced: z.boolean().openapi({
        description: 'It was of an image that the map has no more: it cannot be drawn, but reverted to',
      }),
      gcps: z
        .array(
          z.object({
            x: z.number(),
            y: z.number(),
            lon: z.number(),
            lat: z.number(),
            name: z.string().nullable(),
          }),
        )
        .optional()
        .openapi({ description: 'The points it was made of; where one rectification is asked for' }),
    }),
    relationships: z.object({
      map: z.object({ data: z.object({ id: z.string(), type: z.literal('maps') }) }),
      requested_by: z.object({ data: z.object({ id: z.string(), type: z.literal('users') }).nullable() }),
    }),
    links: z.object({
      self: z.url(),
      revert: z.url(),
      tiles: z
        .string()
        .optional()
        .openapi({ description: 'The tiles of this very rectification; absent where it cannot be drawn' }),
    }),
  })
  .openapi('Rectification')

export type RectificationResource = z.infer<typeof rectificationResource>

export const rectificationDocument = z
  .object({ data: rectificationResource })
  .openapi('RectificationDocument')
export const rectificationList = z
  .object({ data: z.array(rectificationResource), links: pageLinks, meta: pageMeta })
  .openapi('RectificationList')
