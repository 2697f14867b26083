/** Units of a tile's side. */
export const TILE_EXTENT = 4096
/** How far geometry goes on beyond a tile's edge, units: four pixels of a tile drawn at 256. */
export const TILE_BUFFER = 64

/** Least and greatest coordinate, in x and in y alike, that a tile's geometry may have. */
export const GRID_MIN = -TILE_BUFFER
export const GRID_MAX = TILE_EXTENT + TILE_BUFFER
