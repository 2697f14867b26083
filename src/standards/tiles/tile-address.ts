/** The address of one raster tile, as its path and query give it. */
export interface TileAddress {
  scanId: number
  z: number
  x: number
  y: number
  /** 2 for `@2x`: a tile of twice the side for the same place. */
  scale: 1 | 2
  extension: 'png' | 'webp'
  /** The rectification the address names, if it names one. */
  version: number | null
}

const PATH = /^\/maps\/tile\/(\d{1,10})\/(\d{1,2})\/(\d{1,9})\/(\d{1,9})(@2x)?\.(png|webp)$/
const ID_MAX = 2 ** 31 - 1

/** Null when the path is not that of a tile that can exist (a number out of range included). */
export function parseTileAddress(url: URL, zoomMax: number): TileAddress | null {
  const match = PATH.exec(url.pathname)
  if (!match) return null
  const [scanId, z, x, y] = match.slice(1, 5).map(Number) as [number, number, number, number]
  if (scanId > ID_MAX || z > zoomMax || x >= 2 ** z || y >= 2 ** z) return null
  const version = url.searchParams.get('v')
  return {
    ...{ scanId, z, x, y },
    scale: match[5] ? 2 : 1,
    extension: match[6] === 'webp' ? 'webp' : 'png',
    version:
      version !== null && /^\d{1,10}$/.test(version) && Number(version) <= ID_MAX ? Number(version) : null,
  }
}
