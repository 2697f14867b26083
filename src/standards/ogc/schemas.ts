import { z } from '@hono/zod-openapi'

export const linkSchema = z
  .object({
    href: z.string(),
    rel: z.string(),
    type: z.string().optional(),
    title: z.string().optional(),
    hreflang: z.string().optional(),
    templated: z.boolean().optional(),
  })
  .openapi('Link')

export const linksSchema = z.array(linkSchema)

/** What paths below a collection have. */
export const collectionParams = {
  collectionId: z.string().openapi({ description: 'Name or number of the collection', example: 'places' }),
}

export const featureParams = {
  ...collectionParams,
  featureId: z.string().openapi({ description: 'Id of the feature', example: '1' }),
}

export const tileMatrixSetId = z
  .enum(['WebMercatorQuad', 'WorldCRS84Quad'])
  .openapi({ description: 'Id of the tile matrix set' })
