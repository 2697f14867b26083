import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { forgetSource, lookUpSource } from '../../domain/render/tile-source.ts'
import { chooseTileType } from '../../formats/tile-image.ts'
import type { TileSource } from '../../store/rectifications.ts'
import { answer, refusal } from './answers.ts'
import { parseTileAddress, type TileAddress } from './tile-address.ts'
import { cachedTile, keepTile, tileKey } from './tile-cache.ts'
import { tileImage } from './tile-images.ts'
import type { TileRequest } from './tile-request.ts'

/**
 * `GET /maps/tile/{id}/{z}/{x}/{y}[@2x].{png|webp}[?v={version}]`. A warm tile is the shared cache's: by its versioned
 * address that is all there is to do, by its plain address one look-up of the version comes first.
 */
export async function tileEndpoint(call: TileRequest): Promise<Response> {
  const { request, url } = call
  const address = parseTileAddress(url, TILE_ZOOM_MAX)
  if (!address) return refusal(404, 'Not found', `there is no tile ${url.pathname}`)
  const type = chooseTileType(address.extension, request.headers.get('accept'))
  const versioned = address.version !== null
  const respond = (bytes: Uint8Array, version: number, shared: boolean) =>
    answer(request, {
      body: bytes as Uint8Array<ArrayBuffer>,
      contentType: type,
      etag: `W/"${version}-${type.slice('image/'.length)}"`,
      freshness: { versioned, shared },
      headers: address.extension === 'png' ? { vary: 'Accept' } : {},
    })

  if (address.version !== null) {
    const warm = await cachedTile(call.cache, tileKey(address, address.version, type))
    if (warm) return respond(warm, address.version, true)
  }
  const source = await lookUpSource(call.db, call.principal, address)
  if (!source) return refusal(404, 'Not found', notFound(address))
  const { rectificationId, isPublic } = source
  const key = tileKey(address, rectificationId, type)
  const warm = !versioned && isPublic ? await cachedTile(call.cache, key) : null
  const bytes = warm ?? (await drawn(call, source, address, type))
  if (!bytes) return refusal(404, 'Not found', notFound(address))
  if (isPublic && !warm) call.background(keepTile(call.cache, key, bytes, type))
  return respond(bytes, rectificationId, isPublic)
}

/** Draws the tile; if what this isolate knew of its objects is out of date, asks again: null when the map is gone. */
async function drawn(
  call: TileRequest,
  source: TileSource,
  address: TileAddress,
  type: 'image/png' | 'image/webp',
): Promise<Uint8Array | null> {
  try {
    return await tileImage(call.tools, source, address, type)
  } catch (error) {
    forgetSource(source)
    const fresh = await lookUpSource(call.db, call.principal, {
      scanId: source.scanId,
      version: source.rectificationId,
    })
    if (!fresh) return null
    if (fresh.archiveKey === source.archiveKey) throw error
    return tileImage(call.tools, fresh, address, type)
  }
}

const notFound = ({ scanId, version }: TileAddress): string =>
  version === null
    ? `Couldn't find Map with 'id'=${scanId}, or it has not been rectified`
    : `Couldn't find version ${version} of Map with 'id'=${scanId}`
