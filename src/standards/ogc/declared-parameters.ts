import { z } from '@hono/zod-openapi'
import { ITEMS_LIMIT_DEFAULT, ITEMS_LIMIT_MAX } from './items-query.ts'

const text = (description: string) => z.string().optional().openapi({ description })
const uri = (description: string) => z.string().optional().openapi({ description, format: 'uri' })

/** Parameters of what gives features, for the API's description. */
export const crsQuery = {
  crs: uri('The system of the coordinates of the answer; one of the collection’s list'),
}

export const itemsQuery = {
  limit: z
    .number()
    .int()
    .min(1)
    .max(ITEMS_LIMIT_MAX)
    .default(ITEMS_LIMIT_DEFAULT)
    .openapi({ description: 'Features of the page; more than the maximum is taken for the maximum' }),
  offset: z.number().int().min(0).optional().openapi({ description: 'Features that are passed over' }),
  after: text('Goes on after a page; links to the next page have it'),
  bbox: z
    .array(z.number())
    .min(4)
    .max(6)
    .optional()
    .openapi({
      param: { style: 'form', explode: false },
      description:
        'Least and greatest coordinates, in the order of the axes; only what meets the box is given',
    }),
  'bbox-crs': uri('The system of bbox; CRS84 unless given'),
  datetime: text('A date or timestamp, or two with a slash between, one of which may be open: ..'),
  ...crsQuery,
  properties: z
    .array(z.string())
    .optional()
    .openapi({ param: { style: 'form', explode: false }, description: 'Names of the wanted properties' }),
  skipGeometry: z.boolean().optional().openapi({ description: 'Leaves the geometries out' }),
  sortby: z
    .array(z.string().regex(/^[+-]?.+$/))
    .optional()
    .openapi({
      param: { style: 'form', explode: false },
      description: 'Names of properties, each with + (ascending) or - before it',
    }),
  filter: text('What must hold for a feature, in CQL2'),
  'filter-lang': z
    .enum(['cql2-text', 'cql2-json'])
    .default('cql2-text')
    .openapi({ description: 'Its notation' }),
  'filter-crs': uri('The system of the coordinates in the filter; CRS84 unless given'),
}

/** Any property of the collection as a parameter, for the API's description: its own name is none. */
export const propertiesAsParameters = {
  property: z
    .record(z.string(), z.string())
    .optional()
    .openapi({
      param: { style: 'form', explode: true },
      description: 'Parameters with the names of properties: only features that have this value',
    }),
}
