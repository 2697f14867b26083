import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { type DatasetRecord, readDataset } from '../../domain/datasets/datasets.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { TILE_MATRIX_SETS } from '../../geo/tile-matrix-set.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { tilesetPage, tilesetsPage } from './html/tileset-pages.ts'
import { rootOf, selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { answerJson, givenAs, type OgcContext, problems, resource } from './resource.ts'
import { collectionParams, linksSchema, tileMatrixSetId } from './schemas.ts'
import { tileMatrixSetOf } from './tile-matrix-sets.ts'
import { tilesetDocument, tilesetItem } from './tileset-document.ts'

const tilesetItemSchema = z
  .object({
    ...{ title: z.string(), dataType: z.literal('vector'), crs: z.string(), tileMatrixSetURI: z.string() },
    links: linksSchema,
  })
  .openapi('TilesetItem')

const tilesetSchema = z
  .object({
    ...{ title: z.string(), dataType: z.literal('vector'), crs: z.string(), tileMatrixSetURI: z.string() },
    tileMatrixSetLimits: z.array(
      z.object({
        tileMatrix: z.string(),
        ...{ minTileRow: z.number().int(), maxTileRow: z.number().int() },
        ...{ minTileCol: z.number().int(), maxTileCol: z.number().int() },
      }),
    ),
    layers: z.array(z.object({ id: z.string(), dataType: z.literal('vector') }).catchall(z.unknown())),
    links: linksSchema,
  })
  .catchall(z.unknown())
  .openapi('Tileset')

const tilesetsSchema = z
  .object({ tilesets: z.array(tilesetItemSchema), links: linksSchema })
  .openapi('Tilesets')

const TILES = '/ogc/collections/{collectionId}/tiles' as const

/** What vector tiles a collection has: OGC API - Tiles - Part 1. The tiles Worker serves the tiles themselves. */
export function mountTilesets(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: [TILES], tags: ['Tiles'] },
      summary: 'The vector tilesets of a collection',
      params: collectionParams,
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The tilesets', JSON_OR_HTML, tilesetsSchema), ...problems(404) },
    },
    async (c, form) => {
      const dataset = await readTiled(c)
      const url = `${collectionUrl(rootOf(c.req.raw), dataset)}/tiles`
      const tilesets = [...TILE_MATRIX_SETS.values()].map((set) =>
        tilesetItem(dataset, set, url, rootOf(c.req.raw)),
      )
      if (form === HTML_FORM) return tilesetsPage(c, dataset, tilesets)
      return answerJson(c, form, { tilesets, links: selfLinks(c.req.raw, form, JSON_OR_HTML) })
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: [`${TILES}/{tileMatrixSetId}`], tags: ['Tiles'] },
      summary: 'A vector tileset of a collection',
      params: { ...collectionParams, tileMatrixSetId },
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The tileset', JSON_OR_HTML, tilesetSchema), ...problems(404) },
    },
    async (c, form) => {
      const set = tileMatrixSetOf(c)
      const dataset = await readTiled(c)
      const document = tilesetDocument(dataset, set, rootOf(c.req.raw))
      if (form === HTML_FORM) return tilesetPage(c, dataset, document)
      const links = [...selfLinks(c.req.raw, form, JSON_OR_HTML), ...document.links]
      return answerJson(c, form, { ...document, links })
    },
  )
  documentTile(app)
}

/** Puts the address of tiles, which the tiles Worker answers, into the API's description. */
function documentTile(app: OpenAPIHono<AppEnv>): void {
  const number = z.number().int().min(0)
  app.openAPIRegistry.registerPath({
    ...{
      method: 'get',
      path: `${TILES}/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`,
      tags: ['Tiles'],
    },
    summary: 'A vector tile of a collection',
    request: {
      params: z.object({
        ...{ ...collectionParams, tileMatrixSetId },
        ...{ tileMatrix: number, tileRow: number, tileCol: number },
      }),
      query: z.object({
        v: z.string().optional().openapi({ description: 'The version that is meant; it is kept for a year' }),
        properties: z
          .array(z.string())
          .optional()
          .openapi({
            param: { style: 'form', explode: false },
            description: 'Names of the wanted properties',
          }),
        filter: z.string().optional().openapi({ description: 'What must hold for a feature, in CQL2 text' }),
      }),
    },
    responses: {
      200: {
        description: 'The tile',
        content: {
          'application/vnd.mapbox-vector-tile': { schema: z.string().openapi({ format: 'binary' }) },
        },
      },
      204: { description: 'There is nothing in it' },
      ...problems(400, 404),
    },
  })
}

/** The dataset that a path names, which has tiles. @throws NotFoundError */
async function readTiled(c: OgcContext): Promise<DatasetRecord> {
  const reference = referenceOf(c)
  const dataset = await readDataset(c.var.context, c.var.principal, reference)
  if (dataset.form !== 'vector' || dataset.geometryType === null)
    throw new NotFoundError('Dataset', reference)
  return dataset
}
