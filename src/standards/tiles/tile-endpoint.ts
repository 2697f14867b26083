import { TILE_ZOOM_MAX } from '../../domain/render/tile-pyramid.ts'
import { forgetSource, lookUpSource } from '../../domain/render/tile-source.ts'
import { chooseTileType } from '../../formats/tile-image.ts'
import type { TileSource } from '../../store/rectifications.ts'
import { answer, refusal } from './answers.ts'
import { YEAR_SECONDS } from './cache-policy.ts'
import { parseTileAddress, type TileAddress } from './tile-address.ts'
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
    const warm = await call.cache.match(cacheKey(address, address.version, type))
    if (warm) return respond(new Uint8Array(await warm.arrayBuffer()), address.version, true)
  }
  const source = await lookUpSource(call.db, call.principal, address)
  if (!source) return refusal(404, 'Not found', notFound(address))
  const key = cacheKey(address, source.rectificationId, type)
  if (!versioned && source.isPublic) {
    const warm = await call.cache.match(key)
    if (warm) return respond(new Uint8Array(await warm.arrayBuffer()), source.rectificationId, true)
  }
  const bytes = await drawn(call, source, address, type)
  if (source.isPublic)
    call.background(
      call.cache.put(
        key,
        new Response(bytes as Uint8Array<ArrayBuffer>, {
          headers: { 'content-type': type, 'cache-control': `public, max-age=${YEAR_SECONDS}` },
        }),
      ),
    )
  return respond(bytes, source.rectificationId, source.isPublic)
}

/** Draws the tile; if what this isolate knew of its objects is out of date, asks again and draws once more. */
async function drawn(
  call: TileRequest,
  source: TileSource,
  address: TileAddress,
  type: 'image/png' | 'image/webp',
): Promise<Uint8Array> {
  try {
    return await tileImage(call.tools, source, address, type)
  } catch (error) {
    forgetSource(source)
    const fresh = await lookUpSource(call.db, call.principal, {
      scanId: source.scanId,
      version: source.rectificationId,
    })
    if (!fresh || fresh.archiveKey === source.archiveKey) throw error
    return tileImage(call.tools, fresh, address, type)
  }
}

/** One key for every host and address a tile has. */
function cacheKey({ scanId, z, x, y, scale }: TileAddress, version: number, type: string): Request {
  return new Request(`https://tiles.graticule.internal/${scanId}/${version}/${z}/${x}/${y}/${scale}/${type}`)
}

const notFound = ({ scanId, version }: TileAddress): string =>
  version === null
    ? `Couldn't find Map with 'id'=${scanId}, or it has not been rectified`
    : `Couldn't find version ${version} of Map with 'id'=${scanId}`
