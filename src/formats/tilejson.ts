import { FormatError } from './format-error.ts'

/** TileJSON 3.0.0 (https://github.com/mapbox/tilejson-spec/tree/master/3.0.0), the members a raster tileset uses. */
export interface TileJson {
  tilejson: '3.0.0'
  name?: string
  description?: string
  attribution?: string
  version: string
  scheme: 'xyz'
  tiles: string[]
  minzoom: number
  maxzoom: number
  /** west, south, east, north in degrees */
  bounds: [number, number, number, number]
  /** lon, lat, zoom */
  center: [number, number, number]
}

export interface TileJsonInput {
  /** URL templates with {z}, {x} and {y}. */
  tiles: string[]
  bounds: readonly [number, number, number, number]
  minZoom: number
  maxZoom: number
  /** Where a viewer starts; the middle of the bounds at the lowest zoom unless given. */
  center?: readonly [number, number, number]
  name?: string | undefined
  description?: string | undefined
  attribution?: string | undefined
  /** Semantic version of the tiles' content. */
  version?: string
}

/** @throws FormatError `tilejson` when there is no template or the zooms are not in order between 0 and 30. */
export function tileJson(input: TileJsonInput): TileJson {
  const { tiles, bounds, minZoom, maxZoom, name, description, attribution, version = '1.0.0' } = input
  if (!tiles.length || !tiles.every((template) => ['{z}', '{x}', '{y}'].every((v) => template.includes(v)))) {
    throw new FormatError('tilejson', 'tiles: at least one URL template with {z}, {x} and {y}')
  }
  if (![minZoom, maxZoom].every(Number.isInteger) || minZoom < 0 || minZoom > maxZoom || maxZoom > 30) {
    throw new FormatError('tilejson', `zooms ${minZoom} to ${maxZoom}: must be whole, in order, from 0 to 30`)
  }
  const [west, south, east, north] = bounds
  const [lon, lat, zoom] = input.center ?? [(west + east) / 2, (south + north) / 2, minZoom]
  return {
    tilejson: '3.0.0',
    ...(name ? { name } : {}),
    ...(description ? { description } : {}),
    ...(attribution ? { attribution } : {}),
    version,
    scheme: 'xyz',
    tiles,
    minzoom: minZoom,
    maxzoom: maxZoom,
    bounds: [west, south, east, north],
    center: [lon, lat, zoom],
  }
}
