import { z } from '@hono/zod-openapi'
import { GCP_FORMAT_NAMES } from '../../formats/gcps/index.ts'
import { gcpResource } from './schemas.ts'

const item = z
  .object({
    id: z.number().int(),
    map_id: z.number().int(),
    x: z.number(),
    y: z.number(),
    lat: z.string(),
    lon: z.string(),
    name: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    error: z.number().openapi({ description: 'Image pixels' }),
  })
  .openapi('GcpItem')
export type GcpItem = z.infer<typeof item>

export const gcpItems = z.object({ stat: z.literal('ok'), items: z.array(item) }).openapi('GcpItems')

export const annotationDocument = z
  .object({
    id: z.url(),
    type: z.literal('Annotation'),
    motivation: z.literal('georeferencing'),
    target: z.object({}).loose(),
    body: z.object({ type: z.literal('FeatureCollection') }).loose(),
  })
  .loose()
  .openapi('GeoreferenceAnnotation', { description: 'https://iiif.io/api/extension/georef/' })

const flag = z.enum(['true', 'false']).optional()

export const gcpImportParameters = z
  .object({
    format: z.enum(GCP_FORMAT_NAMES).optional().openapi({ description: 'Found by the content unless given' }),
    replace: flag.openapi({ description: 'true: the points take the place of all that are there' }),
    srs: z.string().optional().openapi({
      description:
        'Reference system of the ground positions, where the file names none; EPSG:4326 unless given',
      example: 'EPSG:3857',
    }),
  })
  .openapi('GcpImportParameters')

export const gcpImportForm = gcpImportParameters
  .extend({ file: z.string().openapi({ format: 'binary' }) })
  .openapi('GcpImportForm')

export const importedGcpList = z
  .object({
    data: z.array(gcpResource),
    meta: z.object({
      format: z.enum(GCP_FORMAT_NAMES),
      read: z.number().int().openapi({ description: 'Points of the file' }),
      added: z.number().int(),
      disabled: z.number().int().openapi({ description: 'Points that the file says are not used' }),
      removed: z.number().int().openapi({ description: 'Points that went for the new ones' }),
      scaled_from: z.object({ width: z.number(), height: z.number() }).nullable().openapi({
        description: 'The size of the image the file’s pixels counted in, where it is not that of the map',
      }),
    }),
  })
  .openapi('ImportedGcpList')

export const gcpCopyBody = z
  .object({
    from: z
      .union([z.number().int(), z.string()])
      .openapi({ description: 'Id of the map whose points are taken' }),
    scale: z.boolean().optional().openapi({
      description: 'By the ratio of the sizes of the two images, as unless false; false keeps the pixels',
    }),
    replace: z.boolean().optional(),
  })
  .openapi('GcpCopy')

export const copiedGcpList = z
  .object({
    data: z.array(gcpResource),
    meta: z.object({ added: z.number().int(), removed: z.number().int() }),
  })
  .openapi('CopiedGcpList')

export const transformQuery = z.object({
  transform: z.enum(['auto', 'p1', 'p2', 'p3', 'tps', 'helmert', 'projective']).optional().openapi({
    description: 'Judge the points by this transform: residuals and warnings come with the points',
  }),
})

const pixels = { description: 'Image pixels' }
const residual = z
  .object({
    x: z.number().openapi({ description: 'Image pixels, fitted minus given' }),
    y: z.number(),
    pixels: z.number().openapi(pixels),
    metres: z.number().openapi({ description: 'On the ground' }),
    leave_one_out: z.number().nullable().openapi({
      description: 'Image pixels between the point and where the fit of all other points puts it',
    }),
  })
  .openapi('GcpResidual')

const warning = z
  .object({
    code: z.string().openapi({ example: 'collinear' }),
    detail: z.string(),
    points: z.array(z.number().int()).openapi({ description: 'Ids; empty when it is about all' }),
  })
  .openapi('GcpWarning')
export type GcpResidualMember = z.infer<typeof residual>

export const diagnosedGcpList = z
  .object({
    data: z.array(
      gcpResource.extend({
        attributes: gcpResource.shape.attributes.extend({
          residual: residual.nullable().optional().openapi({ description: 'With `transform`' }),
        }),
      }),
    ),
    meta: z.object({
      'map-error': z.number().openapi(pixels),
      map_error: z.number().openapi({ description: 'The same' }),
      transform: z.enum(['p1', 'p2', 'p3', 'tps', 'helmert', 'projective']).optional(),
      rms_pixels: z.number().nullable().optional(),
      rms_metres: z.number().nullable().optional(),
      outliers: z
        .array(z.number().int())
        .optional()
        .openapi({ description: 'Ids of the points that stand out, the worst first' }),
      warnings: z.array(warning).optional(),
    }),
  })
  .openapi('MapGcpList')
export type DiagnosedMeta = Omit<z.infer<typeof diagnosedGcpList>['meta'], 'map-error' | 'map_error'>
