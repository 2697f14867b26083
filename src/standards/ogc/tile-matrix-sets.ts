import { type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  TILE_MATRIX_MAX,
  TILE_MATRIX_SETS,
  type TileMatrixSet,
  tileMatrix,
} from '../../geo/tile-matrix-set.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { UnknownPathError } from './errors.ts'
import { tileMatrixSetPage, tileMatrixSetsPage } from './html/tile-matrix-set-pages.ts'
import { rootOf, selfLinks } from './links.ts'
import { HTML_FORM, JSON_OR_HTML } from './negotiation.ts'
import { shown } from './parameters.ts'
import { answerJson, givenAs, type OgcContext, problems, resource } from './resource.ts'
import { linksSchema, tileMatrixSetId } from './schemas.ts'

const tileMatrixSetsSchema = z
  .object({
    tileMatrixSets: z.array(
      z.object({ id: z.string(), title: z.string(), uri: z.string(), crs: z.string(), links: linksSchema }),
    ),
    links: linksSchema,
  })
  .openapi('TileMatrixSets')

const tileMatrixSetSchema = z
  .object({
    ...{ id: z.string(), title: z.string(), uri: z.string(), crs: z.string() },
    ...{ orderedAxes: z.array(z.string()), wellKnownScaleSet: z.string() },
    tileMatrices: z.array(
      z.object({
        ...{ id: z.string(), scaleDenominator: z.number(), cellSize: z.number() },
        ...{ cornerOfOrigin: z.literal('topLeft'), pointOfOrigin: z.array(z.number()) },
        ...{ tileWidth: z.number().int(), tileHeight: z.number().int() },
        ...{ matrixWidth: z.number().int(), matrixHeight: z.number().int() },
      }),
    ),
  })
  .openapi('TileMatrixSet')

/** `GET /ogc/tileMatrixSets` and `/ogc/tileMatrixSets/{tileMatrixSetId}`: the sets that tiles are served in. */
export function mountTileMatrixSets(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/tileMatrixSets'], tags: ['Tiles'] },
      summary: 'The tile matrix sets',
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The tile matrix sets', JSON_OR_HTML, tileMatrixSetsSchema) },
    },
    (c, form) => {
      const sets = [...TILE_MATRIX_SETS.values()]
      if (form === HTML_FORM) return tileMatrixSetsPage(c, sets)
      return answerJson(c, form, {
        tileMatrixSets: sets.map(({ id, title, uri, crs }) => ({
          ...{ id, title, uri, crs },
          links: [{ href: `${rootOf(c.req.raw)}/tileMatrixSets/${id}`, rel: 'self', type: form.type, title }],
        })),
        links: selfLinks(c.req.raw, form, JSON_OR_HTML),
      })
    },
  )
  resource(
    app,
    {
      ...{ methods: ['get'], paths: ['/ogc/tileMatrixSets/{tileMatrixSetId}'], tags: ['Tiles'] },
      summary: 'A tile matrix set',
      params: { tileMatrixSetId },
      forms: JSON_OR_HTML,
      responses: { 200: givenAs('The tile matrix set', JSON_OR_HTML, tileMatrixSetSchema), ...problems(404) },
    },
    (c, form) => {
      const document = tileMatrixSetDocument(tileMatrixSetOf(c))
      return form === HTML_FORM ? tileMatrixSetPage(c, document) : answerJson(c, form, document)
    },
  )
}

/** The set that a path names. @throws UnknownPathError */
export function tileMatrixSetOf(c: OgcContext): TileMatrixSet {
  const id = c.req.param('tileMatrixSetId') ?? ''
  const set = TILE_MATRIX_SETS.get(id)
  if (!set)
    throw new UnknownPathError(
      `There is no tile matrix set ${shown(id)}; there are ${[...TILE_MATRIX_SETS.keys()].join(', ')}`,
    )
  return set
}

/** A set as OGC 17-083r4 writes it in JSON. */
export function tileMatrixSetDocument(set: TileMatrixSet) {
  const { id, title, uri, crs, orderedAxes, wellKnownScaleSet } = set
  return {
    ...{ id, title, uri, crs, orderedAxes, wellKnownScaleSet },
    tileMatrices: Array.from({ length: TILE_MATRIX_MAX + 1 }, (_, zoom) => ({
      ...tileMatrix(set, zoom),
      cornerOfOrigin: 'topLeft' as const,
    })),
  }
}
export type TileMatrixSetDocument = ReturnType<typeof tileMatrixSetDocument>
