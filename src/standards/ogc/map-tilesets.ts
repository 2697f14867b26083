import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { type DatasetRecord, readDataset } from '../../domain/datasets/datasets.ts'
import { NotFoundError } from '../../domain/errors.ts'
import { type Drawing, lookUpDrawing } from '../../domain/render/drawing.ts'
import { clipToWorld } from '../../geo/bbox.ts'
import { tileLimits, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix-set.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { CRS84 } from './crs.ts'
import { UnknownPathError } from './errors.ts'
import { type Link, ogcRel, rootOf, selfLinks } from './links.ts'
import { JSON_FORM } from './negotiation.ts'
import { answerJson, givenAs, type OgcContext, problems, resource } from './resource.ts'
import { collectionParams, linksSchema } from './schemas.ts'

const TILES = '/ogc/collections/{collectionId}/map/tiles' as const
const FORMS = [JSON_FORM] as const
const SET = WEB_MERCATOR_QUAD

const head = {
  ...{ title: z.string(), dataType: z.literal('map'), crs: z.string(), tileMatrixSetURI: z.string() },
  links: linksSchema,
}
const listSchema = z.object({ tilesets: z.array(z.object(head)), links: linksSchema }).openapi('MapTilesets')
const tilesetSchema = z.object(head).catchall(z.unknown()).openapi('MapTileset')

/** What map tiles a raster has: OGC API - Tiles - Part 1. The tiles Worker serves the tiles themselves. */
export function mountMapTilesets(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: [TILES], tags: ['Tiles'] },
      summary: 'The map tilesets of a raster collection',
      params: collectionParams,
      forms: FORMS,
      responses: { 200: givenAs('The tilesets', FORMS, listSchema), ...problems(404) },
    },
    async (c, form) => {
      const { dataset } = await readRaster(c)
      const tileset = { ...headOf(dataset), links: [selfOf(c, dataset), schemeOf(c)] }
      return answerJson(c, form, { tilesets: [tileset], links: selfLinks(c.req.raw, form, FORMS) })
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: [`${TILES}/{tileMatrixSetId}`], tags: ['Tiles'] },
      summary: 'A map tileset of a raster collection',
      params: { ...collectionParams, tileMatrixSetId: z.literal(SET.id) },
      forms: FORMS,
      responses: { 200: givenAs('The tileset', FORMS, tilesetSchema), ...problems(404) },
    },
    async (c, form) => {
      if (c.req.param('tileMatrixSetId') !== SET.id)
        throw new UnknownPathError(`There are map tiles in ${SET.id} only`)
      const { dataset, drawing } = await readRaster(c)
      const links = [...selfLinks(c.req.raw, form, FORMS), ...tileLinks(c, dataset, drawing), schemeOf(c)]
      return answerJson(c, form, { ...headOf(dataset), ...extentOf(drawing), links })
    },
  )
}

async function readRaster(c: OgcContext): Promise<{ dataset: DatasetRecord; drawing: Drawing }> {
  const reference = referenceOf(c)
  const { context, principal } = c.var
  const dataset = await readDataset(context, principal, reference)
  const query = { kind: 'datasets', id: dataset.id, version: null } as const
  const drawing =
    dataset.form === 'raster' ? await lookUpDrawing(context.db, async () => principal, query) : null
  if (!drawing) throw new NotFoundError('Dataset', reference)
  return { dataset, drawing }
}

const headOf = ({ title }: DatasetRecord) => ({
  ...{ title: `${title} (${SET.id})`, dataType: 'map' as const, crs: SET.crs, tileMatrixSetURI: SET.uri },
})

function extentOf({ bbox, minZoom, maxZoom }: Drawing) {
  const [west, south, east, north] = clipToWorld(bbox)
  return {
    tileMatrixSetLimits: Array.from({ length: maxZoom - minZoom + 1 }, (_, i) =>
      tileLimits(SET, [west, south, east, north], minZoom + i),
    ),
    boundingBox: { lowerLeft: [west, south], upperRight: [east, north], crs: CRS84.uri },
    centerPoint: { coordinates: [(west + east) / 2, (south + north) / 2], crs: CRS84.uri },
  }
}

const mapTilesUrl = (c: OgcContext, dataset: DatasetRecord): string =>
  `${collectionUrl(rootOf(c.req.raw), dataset)}/map/tiles/${SET.id}`

const selfOf = (c: OgcContext, dataset: DatasetRecord): Link => ({
  ...{ href: mapTilesUrl(c, dataset), rel: 'self', type: JSON_FORM.type, title: `Map tiles in ${SET.id}` },
})

const schemeOf = (c: OgcContext): Link => ({
  ...{ href: `${rootOf(c.req.raw)}/tileMatrixSets/${SET.id}`, rel: ogcRel('tiling-scheme') },
  ...{ type: JSON_FORM.type, title: SET.title },
})

function tileLinks(c: OgcContext, dataset: DatasetRecord, { version }: Drawing): Link[] {
  const template = `${mapTilesUrl(c, dataset)}/{tileMatrix}/{tileRow}/{tileCol}`
  const { origin } = new URL(c.req.url)
  return [
    ...(['png', 'webp'] as const).map((f) => ({
      ...{ href: `${template}?f=${f}&v=${version}`, rel: 'item', type: `image/${f}`, templated: true },
      title: `Tiles as ${f.toUpperCase()}`,
    })),
    {
      ...{ href: `${origin}/tiles/${dataset.id}.json`, rel: 'describedby', type: JSON_FORM.type },
      title: 'TileJSON',
    },
  ]
}
