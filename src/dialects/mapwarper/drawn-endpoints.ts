import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from '../../http/app-env.ts'
import { NOT_FOUND } from './responses.ts'

/** One address that the tiles Worker answers, for the document of this API. */
interface DrawnEndpoint {
  path: string
  summary: string
  /** Parameters of the path, and what they must be. */
  params: Record<string, z.ZodType>
  query?: Record<string, z.ZodType>
  type: string
  tag: string
}

const number = z.string().regex(/^\d{1,9}$/)
const id = number.openapi({ example: '260' })
const place = { id, z: number, x: number, y: number }
const version = z
  .string()
  .optional()
  .openapi({ description: 'The version that is meant; what it names is kept for a year' })
const text = z.string().optional()

/** Addresses that maps and mosaics have alike; mosaics answer under `/layers/` as well. */
const ofBoth = (family: 'maps' | 'mosaics', name: string): DrawnEndpoint[] => [
  {
    path: `/${family}/tile/{id}/{z}/{x}/{y}.png`,
    summary: `A web mercator tile of a ${name}; also .webp, and @2x before the extension`,
    ...{ params: place, query: { v: version }, type: 'image/png', tag: 'Tiles' },
  },
  {
    path: `/${family}/tile/{id}/tilejson.json`,
    summary: `TileJSON 3.0 of a ${name}`,
    ...{ params: { id }, type: 'application/json', tag: 'Tiles' },
  },
  {
    path: `/${family}/tms/{id}/{z}/{x}/{y}.png`,
    summary: `A tile of a ${name} whose row is counted from the south`,
    ...{ params: place, query: { v: version }, type: 'image/png', tag: 'Tiles' },
  },
  {
    path: `/${family}/tms/{id}`,
    summary: `The TileMap resource (TMS 1.0.0) of a ${name}`,
    ...{ params: { id }, type: 'text/xml', tag: 'Tiles' },
  },
  {
    path: `/${family}/wmts/{id}`,
    summary: `WMTS 1.0.0 of a ${name}, key-value requests`,
    params: { id },
    query: {
      ...{ service: text, request: z.string(), version: text, layer: text, style: text, format: text },
      ...{ tilematrixset: text, tilematrix: text, tilerow: text, tilecol: text },
    },
    ...{ type: 'text/xml', tag: 'Web services' },
  },
  {
    path: `/${family}/wmts/{id}/1.0.0/WMTSCapabilities.xml`,
    summary: `WMTS 1.0.0 of a ${name}: its description, with the addresses of tiles`,
    ...{ params: { id }, type: 'text/xml', tag: 'Web services' },
  },
  {
    path: `/${family}/wms/{id}`,
    summary: `WMS 1.1.1 and 1.3.0 of a ${name}; names of parameters in any case`,
    params: { id },
    query: {
      ...{ service: text, request: z.string(), version: text, layers: text, styles: text, format: text },
      ...{ srs: text, crs: text, bbox: text, width: text, height: text, transparent: text, bgcolor: text },
      ...{ exceptions: text, status: text },
    },
    ...{ type: 'image/png', tag: 'Web services' },
  },
  {
    path: `/${family}/{id}.kml`,
    summary: `A ${name} as KML super-overlay`,
    params: { id },
    query: { DBOX: text.openapi({ description: 'One cell: west,south,east,north,drawing order' }) },
    ...{ type: 'application/vnd.google-earth.kml+xml', tag: 'Web services' },
  },
]

const exportOf = (name: string, summary: string, type: string): DrawnEndpoint => ({
  ...{ path: `/maps/{id}/export.${name}`, summary, params: { id }, type, tag: 'Files of a map' },
})

const ENDPOINTS: readonly DrawnEndpoint[] = [
  ...ofBoth('maps', 'map'),
  ...ofBoth('mosaics', 'mosaic'),
  exportOf('tif', 'The rectified map as GeoTIFF', 'image/tiff'),
  exportOf('cog.tif', 'The rectified map as Cloud Optimized GeoTIFF', 'image/tiff'),
  exportOf('png', 'The rectified map as PNG', 'image/png'),
  exportOf('aux_xml', 'Where the PNG lies, as GDAL reads it', 'application/xml'),
  exportOf('pmtiles', 'All tiles of the rectified map in one file', 'application/vnd.pmtiles'),
  {
    path: '/iiif/{id}/info.json',
    summary: 'The image of a map as IIIF Image API 3 service',
    ...{ params: { id }, type: 'application/ld+json', tag: 'IIIF' },
  },
  {
    path: '/iiif/{id}/{region}/{size}/{rotation}/{quality}.{format}',
    summary: 'A part of the image of a map (IIIF Image API 3)',
    params: {
      ...{ id, region: z.string(), size: z.string(), rotation: z.string(), quality: z.string() },
      format: z.string(),
    },
    ...{ type: 'image/jpeg', tag: 'IIIF' },
  },
  {
    path: '/iiif/{id}/manifest.json',
    summary: 'A map as IIIF Presentation 3 manifest',
    ...{ params: { id }, type: 'application/ld+json', tag: 'IIIF' },
  },
]

/** Puts what the tiles Worker answers into this API's document. */
export function documentDrawn(app: OpenAPIHono<AppEnv>): void {
  for (const { path, summary, params, query, type, tag } of ENDPOINTS)
    app.openAPIRegistry.registerPath({
      ...{ method: 'get', path, summary, tags: [tag] },
      request: { params: z.object(params), ...(query ? { query: z.object(query) } : {}) },
      responses: {
        200: { description: summary, content: { [type]: { schema: z.string() } } },
        ...NOT_FOUND,
      },
    })
}
