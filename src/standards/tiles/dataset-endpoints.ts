import { rasterOfName, readRasterFiles } from '../../domain/datasets/raster/raster-drawing.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../../domain/errors.ts'
import { lookUpDrawing } from '../../domain/render/drawing.ts'
import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import type { DrawingRoute } from '../../http/drawing-route.ts'
import { nothingDrawn } from '../../http/find-drawing.ts'
import { objectAnswer } from '../../http/object-answer.ts'
import { versionOf } from './tile-address.ts'
import { answerTile } from './tile-endpoint.ts'
import { tilejsonOf } from './tilejson-endpoint.ts'

type Groups = Record<string, string>

const ID_MAX = 2 ** 31 - 1
const NUMBER = /^[1-9]\d{0,9}$/

/**
 * `GET /tiles/{dataset}/{z}/{x}/{y}[@2x].{png|webp}[?v={version}]` and
 * `GET /ogc/collections/{dataset}/map/tiles/WebMercatorQuad/{z}/{y}/{x}`: a tile of a raster dataset.
 */
async function tileEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const { z, x, y } = { z: Number(groups.z), x: Number(groups.x), y: Number(groups.y) }
  const extension = extensionOf(call.url, groups.extension)
  if (extension === null)
    return refusal(400, 'Invalid param', 'f should be png or webp, the formats of these tiles')
  if (z > TILE_ZOOM_MAX || x >= 2 ** z || y >= 2 ** z)
    return refusal(404, 'Not found', `there is no tile ${call.url.pathname}`)
  const id = await idOf(call, groups.dataset!)
  if (id === null) return notFound(groups)
  return answerTile(call, {
    ...{ kind: 'datasets', id, z, x, y, scale: groups.retina ? 2 : 1, extension },
    version: versionOf(call.url),
  })
}

/** `GET /tiles/{dataset}.json`: TileJSON of a raster dataset. */
async function tilejsonEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const id = await idOf(call, groups.dataset!)
  const query = { kind: 'datasets', version: null } as const
  const drawing = id === null ? null : await lookUpDrawing(call.db, call.principal, { ...query, id })
  return drawing ? tilejsonOf(call, drawing) : notFound(groups)
}

/** `GET /tiles/{dataset}.{tif|pmtiles}`: the file of a raster dataset as it was uploaded; the archive of its tiles. */
async function fileEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const reference = decoded(groups.dataset!)
  try {
    const files = await readRasterFiles(call.db, await call.principal(), reference)
    const { dataset, original, archive } = files
    const key = groups.extension === 'tif' ? original : archive
    if (key === null)
      return refusal(503, 'Not ready', 'the tiles are still being made; their addresses work already', {
        'retry-after': String(RETRY_SECONDS),
      })
    const freshness = { versioned: false, shared: dataset.isPublic }
    return await objectAnswer(
      call.request,
      call.tools.bucket,
      key,
      freshness,
      `${dataset.id}.${groups.extension}`,
    )
  } catch (error) {
    if (error instanceof NotFoundError) return notFound(groups)
    if (error instanceof UnauthenticatedError) return refusal(401, 'Unauthorized', error.message)
    if (error instanceof ForbiddenError) return refusal(403, 'Forbidden', error.message)
    throw error
  }
}

const RETRY_SECONDS = 5

const notFound = ({ dataset }: Groups): Response =>
  refusal(404, 'Not found', nothingDrawn('datasets', decoded(dataset!)))

/** The format an address names; null for one that there is not. */
function extensionOf(url: URL, named: string | undefined): 'png' | 'webp' | null {
  const extension = named ?? url.searchParams.get('f') ?? 'png'
  return extension === 'png' || extension === 'webp' ? extension : null
}

/** The number of the dataset that a path names by it or by its name; null where no such raster is to be seen. */
async function idOf(call: DrawingRequest, reference: string): Promise<number | null> {
  if (NUMBER.test(reference) && Number(reference) <= ID_MAX) return Number(reference)
  return rasterOfName(call.db, await call.principal(), decoded(reference))
}

/** A part of a path without its escapes; one that has malformed ones as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const DATASET = '(?<dataset>[^/]{1,300})'
const path = (pattern: string) => new RegExp(`^/${pattern}$`)

/** Everything of raster datasets; addresses of descriptions and files that vector datasets have too come after theirs. */
export const rasterDatasetRoutes: readonly DrawingRoute[] = [
  {
    path: path(
      `tiles/${DATASET}/(?<z>\\d{1,2})/(?<x>\\d{1,9})/(?<y>\\d{1,9})(?<retina>@2x)?\\.(?<extension>png|webp)`,
    ),
    answer: tileEndpoint,
  },
  {
    path: path(
      `ogc/collections/${DATASET}/map/tiles/WebMercatorQuad/(?<z>\\d{1,2})/(?<y>\\d{1,9})/(?<x>\\d{1,9})`,
    ),
    answer: tileEndpoint,
  },
  { path: path(`tiles/${DATASET}\\.json`), answer: tilejsonEndpoint },
  { path: path(`tiles/${DATASET}\\.(?<extension>tif|pmtiles)`), answer: fileEndpoint },
]
