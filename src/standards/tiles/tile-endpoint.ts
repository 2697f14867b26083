import { drawTile } from '../../domain/render/draw.ts'
import { type Drawing, forgetDrawing, lookUpDrawing } from '../../domain/render/drawing.ts'
import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { chooseTileType } from '../../formats/tile-image.ts'
import { tileBounds } from '../../geo/mercator.ts'
import { answer, refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import { entityOf, nothingDrawn } from '../../http/find-drawing.ts'
import { parseTileAddress, type TileAddress } from './tile-address.ts'
import { cachedTile, keepTile, tileKey } from './tile-cache.ts'

/**
 * `GET /{maps|mosaics|layers}/tile/{id}/{z}/{x}/{y}[@2x].{png|webp}[?v={version}]`. A warm tile is the shared cache's: by
 * its versioned address that is all there is to do, by its plain address one look-up of the version comes first.
 */
export async function tileEndpoint(call: DrawingRequest): Promise<Response> {
  const address = parseTileAddress(call.url, TILE_ZOOM_MAX)
  return address
    ? answerTile(call, address)
    : refusal(404, 'Not found', `there is no tile ${call.url.pathname}`)
}

/** Answers a tile by whichever of its addresses it was asked for. */
export async function answerTile(call: DrawingRequest, address: TileAddress): Promise<Response> {
  const { request } = call
  const type = chooseTileType(address.extension, request.headers.get('accept'))
  const respond = (bytes: Uint8Array, version: string, shared: boolean) =>
    answer(request, {
      body: bytes as Uint8Array<ArrayBuffer>,
      contentType: type,
      etag: `W/"${version}-${type.slice('image/'.length)}"`,
      freshness: { versioned: version === address.version, shared },
      headers: address.extension === 'png' ? { vary: 'Accept' } : {},
    })

  if (address.version !== null) {
    const warm = await cachedTile(call.cache, tileKey(address, address.version, type))
    if (warm) return respond(warm, address.version, true)
  }
  const drawing = await lookUp(call, address)
  if (!drawing) return refusal(404, 'Not found', notFound(address))
  const { version, isPublic } = drawing
  const key = tileKey(address, version, type)
  const warm = version !== address.version && isPublic ? await cachedTile(call.cache, key) : null
  const bytes = warm ?? (await drawn(call, drawing, address, type))
  if (!bytes) return refusal(404, 'Not found', notFound(address))
  if (isPublic && !warm) call.background(keepTile(call.cache, key, bytes, type))
  return respond(bytes, version, isPublic)
}

const lookUp = ({ db, principal }: DrawingRequest, { kind, id, z, x, y, version }: TileAddress) =>
  lookUpDrawing(db, principal, { kind, id, version, window: tileBounds(z, x, y) })

/** Draws the tile; if what is known of its objects is out of date, asks again: null when the drawing is gone. */
async function drawn(
  call: DrawingRequest,
  drawing: Drawing,
  address: TileAddress,
  type: 'image/png' | 'image/webp',
): Promise<Uint8Array | null> {
  try {
    return await drawTile(call.tools, drawing, address, type)
  } catch (error) {
    forgetDrawing(drawing)
    const fresh = await lookUp(call, { ...address, version: drawing.version })
    if (!fresh) return null
    if (archives(fresh) === archives(drawing)) throw error
    return drawTile(call.tools, fresh, address, type)
  }
}

const archives = ({ layers }: Drawing): string => layers.map(({ archiveKey }) => archiveKey).join()

const notFound = ({ kind, id, version }: TileAddress): string =>
  version === null
    ? nothingDrawn(kind, id)
    : `Couldn't find version ${version} of ${entityOf(kind)} with 'id'=${id}`
