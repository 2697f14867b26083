import type { TileImageType } from '../../formats/tile-image.ts'
import { keptTile } from '../../http/tile-cache.ts'
import type { TileAddress } from './tile-address.ts'

export { keepTile } from '../../http/tile-cache.ts'

/** Names a tile's content: one key for every host and address it has. It carries the version, so it is never purged. */
export const tileKey = (
  { kind, id, z, x, y, scale }: TileAddress,
  version: string,
  type: TileImageType,
): string => `https://tiles.graticule.internal/${kind}/${id}/${version}/${z}/${x}/${y}/${scale}/${type}`

/** The bytes of a tile everyone may see; null when it was not drawn lately. */
export const cachedTile = async (cache: Cache, key: string): Promise<Uint8Array | null> =>
  (await keptTile(cache, key))?.bytes ?? null
