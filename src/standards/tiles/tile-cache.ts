import { ByteLru } from '../../domain/render/byte-lru.ts'
import type { TileImageType } from '../../formats/tile-image.ts'
import { YEAR_SECONDS } from '../../http/cache-policy.ts'
import type { TileAddress } from './tile-address.ts'

/** Encoded tiles this isolate keeps at hand, bytes. */
const AT_HAND_MAX_BYTES = 8 * 1024 * 1024

const atHand = new ByteLru<Uint8Array>(AT_HAND_MAX_BYTES)

/** Names a tile's content: one key for every host and address it has. It carries the version, so it is never purged. */
export const tileKey = (
  { kind, id, z, x, y, scale }: TileAddress,
  version: string,
  type: TileImageType,
): string => `https://tiles.graticule.internal/${kind}/${id}/${version}/${z}/${x}/${y}/${scale}/${type}`

/** A tile everyone may see, from this isolate's memory or the shared cache; null when it was not drawn lately. */
export async function cachedTile(cache: Cache, key: string): Promise<Uint8Array | null> {
  const near = atHand.get(key)
  if (near) return near
  const shared = await cache.match(key)
  if (!shared) return null
  const bytes = new Uint8Array(await shared.arrayBuffer())
  atHand.set(key, bytes, bytes.byteLength)
  return bytes
}

/** Keeps a tile everyone may see. */
export function keepTile(cache: Cache, key: string, bytes: Uint8Array, type: TileImageType): Promise<void> {
  atHand.set(key, bytes, bytes.byteLength)
  const headers = { 'content-type': type, 'cache-control': `public, max-age=${YEAR_SECONDS}` }
  return cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>, { headers }))
}
