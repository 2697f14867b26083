import type { DrawingKind } from '../../domain/render/drawing.ts'

/** The address of one raster tile, as its path and query give it. */
export interface TileAddress {
  kind: DrawingKind
  id: number
  z: number
  x: number
  y: number
  /** 2 for `@2x`: a tile of twice the side for the same place. */
  scale: 1 | 2
  extension: 'png' | 'webp'
  /** The version the address names, if it names one. */
  version: string | null
}

const PATH = /^\/(maps|mosaics|layers)\/tile\/(\d{1,10})\/(\d{1,2})\/(\d{1,9})\/(\d{1,9})(@2x)?\.(png|webp)$/
const VERSION = /^[0-9a-f]{1,16}$/
const ID_MAX = 2 ** 31 - 1

/** Null when the path is not that of a tile that can exist (a number out of range included). */
export function parseTileAddress(url: URL, zoomMax: number): TileAddress | null {
  const match = PATH.exec(url.pathname)
  if (!match) return null
  const [id, z, x, y] = match.slice(2, 6).map(Number) as [number, number, number, number]
  if (id > ID_MAX || z > zoomMax || x >= 2 ** z || y >= 2 ** z) return null
  return {
    ...{ kind: match[1] === 'maps' ? 'maps' : 'mosaics', id, z, x, y },
    scale: match[6] ? 2 : 1,
    extension: match[7] === 'webp' ? 'webp' : 'png',
    version: versionOf(url),
  }
}

/** The version a query names; one that can be none counts as not named. */
export function versionOf(url: URL): string | null {
  const version = url.searchParams.get('v')
  return version !== null && VERSION.test(version) ? version : null
}
