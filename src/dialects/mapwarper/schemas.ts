import { z } from '@hono/zod-openapi'

const timestamp = z.iso.datetime().openapi({ example: '2016-02-07T17:52:19.479Z' })
const identifier = (type: string) => z.object({ id: z.string(), type: z.literal(type) })

export const mapResource = z
  .object({
    id: z.string().openapi({ example: '260' }),
    type: z.literal('maps'),
    attributes: z.object({
      title: z.string(),
      description: z.string().nullable(),
      width: z.number().int().nullable().openapi({ description: 'Of the unwarped image, in pixels' }),
      height: z.number().int().nullable(),
      status: z.enum(['unloaded', 'loading', 'available', 'warping', 'warped', 'published']),
      mask_status: z.string().openapi({ description: 'unmasked, masking or masked' }),
      mask_stale: z.boolean().openapi({
        description: 'A mask was saved after the last crop; not in MapWarper’s own documents',
      }),
      created_at: timestamp,
      updated_at: timestamp,
      bbox: z
        .string()
        .nullable()
        .openapi({ description: 'west,south,east,north in degrees', example: '26.66,58.33,26.8,58.4' }),
      map_type: z.enum(['index', 'is_map', 'not_map']),
      source_uri: z.string().nullable(),
      unique_id: z.string().nullable(),
      date_depicted: z.string(),
      status_detail: z.string().nullable().openapi({
        description: 'Why the last ingest or rectification failed; not in MapWarper’s own documents',
      }),
      transform_options: z
        .string()
        .nullable()
        .openapi({ description: 'As the last rectification was asked for; the default of the next one' }),
      resample_options: z.string().nullable().openapi({ description: 'Of the last rectification' }),
      use_mask: z.boolean().nullable().openapi({ description: 'Of the last rectification' }),
      srs: z.string().nullable().openapi({
        description: 'Reference system of the last rectification’s fit',
        example: 'EPSG:4326',
      }),
    }),
    relationships: z.object({
      layers: z.object({ data: z.array(identifier('layers')) }),
      added_by: z.object({ data: identifier('users').nullable() }),
    }),
    links: z.object({
      self: z.url(),
      gcps_csv: z.url(),
      mask: z.url(),
      geotiff: z.url(),
      png: z.url(),
      aux_xml: z.url(),
      kml: z.url(),
      tiles: z.string().openapi({ example: 'https://example.org/maps/tile/260/{z}/{x}/{y}.png' }),
      tilejson: z.url(),
      pmtiles: z.url(),
      cog: z.url(),
      wms: z.url(),
      wmts: z.url(),
      tms: z.string().openapi({ description: 'Rows are counted from the south' }),
      iiif: z.url(),
      manifest: z.url(),
      annotation: z.url(),
      gcps_qgis: z.url(),
      gcps_gdal: z.url(),
      gcps_arcgis: z.url(),
      live: z.url().openapi({ description: 'A WebSocket' }),
      rectifications: z.url(),
      thumb: z.string().openapi({ description: 'A path without a host' }),
    }),
  })
  .openapi('Map')

export const layerSummary = z
  .object({
    id: z.string(),
    type: z.literal('layers'),
    attributes: z.object({ name: z.string(), description: z.string().nullable() }),
    links: z.object({ self: z.url() }),
  })
  .openapi('LayerSummary')

const includedLayers = z
  .array(layerSummary)
  .optional()
  .openapi({ description: 'The layers the relationships name; absent where they name none' })

export const mapFeature = z
  .object({
    id: z.number().int(),
    type: z.literal('Feature'),
    properties: z.object({
      title: z.string(),
      description: z.string().nullable(),
      width: z.number().int().nullable(),
      height: z.number().int().nullable(),
      status: z.string(),
      created_at: timestamp,
      bbox: z.string().nullable(),
      thumb_url: z.string(),
    }),
    geometry: z.object({
      type: z.literal('Polygon'),
      coordinates: z.string().openapi({ description: 'A JSON array as text; empty without a bbox' }),
    }),
  })
  .openapi('MapFeature')

export const gcpResource = z
  .object({
    id: z.string(),
    type: z.literal('gcps'),
    attributes: z.object({
      map_id: z.number().int(),
      x: z.number().openapi({ description: 'Pixels from the left edge of the image' }),
      y: z.number().openapi({ description: 'Pixels from the top edge of the image, downwards' }),
      lat: z.string().openapi({ description: 'Decimal degrees', example: '52.7603488553' }),
      lon: z.string().openapi({ description: 'Decimal degrees', example: '-4.6579885155' }),
      created_at: timestamp,
      updated_at: timestamp,
      error: z
        .number()
        .nullable()
        .openapi({ description: 'Image pixels; null unless asked for at /maps/{id}/gcps' }),
    }),
  })
  .openapi('Gcp')

export const userResource = z
  .object({
    id: z.string(),
    type: z.literal('users'),
    attributes: z.object({
      login: z.string(),
      created_at: timestamp,
      enabled: z.boolean(),
      provider: z.string().nullable(),
      email: z.string().optional().openapi({ description: 'For administrators only' }),
    }),
    relationships: z.object({ roles: z.object({ data: z.array(identifier('roles')) }) }).optional(),
    links: z.object({ self: z.url() }),
  })
  .openapi('User')

export const pageLinks = z
  .object({
    self: z.url().optional(),
    first: z.url().optional(),
    prev: z.url().optional(),
    next: z.url().optional(),
    last: z.url().optional(),
  })
  .openapi('PageLinks', { description: 'Empty when everything is on one page' })

export const pageMeta = z
  .object({ total_entries: z.number().int(), total_pages: z.number().int() })
  .openapi('PageMeta')

export type MapResource = z.infer<typeof mapResource>
export type LayerSummary = z.infer<typeof layerSummary>
export type MapFeature = z.infer<typeof mapFeature>
export type GcpResource = z.infer<typeof gcpResource>
export type UserResource = z.infer<typeof userResource>
export type PageLinks = z.infer<typeof pageLinks>
export type PageMeta = z.infer<typeof pageMeta>

export const mapDocument = z.object({ data: mapResource }).openapi('MapDocument')
export const mapWithLayersDocument = z
  .object({ data: mapResource, included: includedLayers })
  .openapi('MapWithLayersDocument')
export const mapList = z
  .object({ data: z.array(mapResource), included: includedLayers, links: pageLinks, meta: pageMeta })
  .openapi('MapList')
export const gcpDocument = z.object({ data: gcpResource }).openapi('GcpDocument')
export const gcpList = z
  .object({ data: z.array(gcpResource), links: pageLinks, meta: pageMeta })
  .openapi('GcpList')
export const newGcpList = z.object({ data: z.array(gcpResource) }).openapi('NewGcpList')
export const userDocument = z.object({ data: userResource }).openapi('UserDocument')
export const signedInDocument = z
  .object({ data: userResource, meta: z.object({ auth_token: z.string() }) })
  .openapi('SignedInDocument')

export const errorDocument = z
  .object({
    errors: z.array(
      z.object({
        title: z.string().optional(),
        source: z.object({ pointer: z.string() }).optional(),
        detail: z.string(),
      }),
    ),
  })
  .openapi('Errors')
export const loginError = z.object({ error: z.string() }).openapi('LoginError')

const text = z.union([z.string(), z.number()]).nullish()
const mapAttributesBody = z
  .object({
    title: z.string(),
    description: text,
    tag_list: z.string().nullish().openapi({ description: 'Comma separated', example: 'new york, foo, bar' }),
    map_type: z.enum(['index', 'is_map', 'not_map']).nullish(),
    subject_area: text,
    unique_id: text.openapi({ description: 'Unique among all maps' }),
    source_uri: text,
    call_number: text,
    publisher: text,
    publication_place: text,
    authors: text,
    date_depicted: text.openapi({ description: 'Numeric, 4 characters at most' }),
    scale: text,
    metadata_projection: text,
    metadata_lat: text.openapi({ description: 'Numeric' }),
    metadata_lon: text.openapi({ description: 'Numeric' }),
    issue_year: text.openapi({ description: 'Numeric, 4 characters at most' }),
  })
  .openapi('MapAttributes')

export const newMapBody = z
  .object({
    data: z.object({
      type: z.literal('maps'),
      attributes: mapAttributesBody.extend({
        upload: z.string().optional().openapi({ description: 'The image as a base64 data URI' }),
        upload_file_name: z.string().optional(),
        upload_url: z
          .url()
          .optional()
          .openapi({
            description:
              'Where to fetch the image, instead of `upload`: an image, the `info.json` of a IIIF image (Image API 1 to ' +
              '3) or a IIIF manifest (Presentation API 2 or 3), which gives title and description where they are left out',
          }),
        canvas: z
          .union([z.string(), z.number().int()])
          .nullish()
          .openapi({ description: 'Id, or number from 0, of the manifest’s canvas; the first unless given' }),
      }),
    }),
  })
  .openapi('NewMap')

export const newMapForm = z
  .object({
    'data[type]': z.literal('maps'),
    'data[attributes][title]': z.string(),
    file: z.string().openapi({ format: 'binary' }),
  })
  .openapi('NewMapForm', { description: 'Any other attribute as data[attributes][name]' })

export const changedMapBody = z
  .object({ data: z.object({ type: z.literal('maps'), attributes: mapAttributesBody.partial() }) })
  .openapi('ChangedMap')

const coordinate = z.union([z.number(), z.string()])
const gcpAttributesBody = z.object({
  map_id: z.number().int(),
  x: coordinate,
  y: coordinate,
  lat: coordinate.openapi({ description: 'Degrees, -90 to 90' }),
  lon: coordinate.openapi({ description: 'Degrees, -360 to 360' }),
})
export const newGcpBody = z
  .object({ data: z.object({ type: z.literal('gcps'), attributes: gcpAttributesBody }) })
  .openapi('NewGcp')
export const changedGcpBody = z
  .object({ data: z.object({ type: z.literal('gcps'), attributes: gcpAttributesBody.partial() }) })
  .openapi('ChangedGcp')
export const manyGcpsBody = z
  .object({
    gcps: z.array(
      z.object({
        mapid: z.number().int(),
        x: coordinate,
        y: coordinate,
        lat: coordinate,
        lon: coordinate,
        name: z.string().optional(),
      }),
    ),
  })
  .openapi('ManyGcps')

export const rectifyParameters = z
  .object({
    transform_options: z
      .enum(['auto', 'p1', 'p2', 'p3', 'tps', 'helmert', 'projective'])
      .optional()
      .openapi({ description: 'What is not known counts as auto' }),
    resample_options: z
      .enum(['near', 'bilinear', 'cubic', 'cubicspline', 'lanczos'])
      .optional()
      .openapi({ description: 'What is not known counts as near' }),
    use_mask: z.enum(['true', 'false']).optional(),
    srs: z.string().optional().openapi({
      description:
        'Reference system in which the fit is made, any that has an EPSG code; degrees unless given',
      example: 'EPSG:3857',
    }),
  })
  .openapi('RectifyParameters', {
    description: 'What is left out is as in the map’s last rectification, else the first value',
  })

export const signInBody = z
  .object({ user: z.object({ email: z.string(), password: z.string() }) })
  .openapi('SignIn')
