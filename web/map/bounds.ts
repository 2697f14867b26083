/** West, south, east, north in degrees; east may be beyond 180. */
export type Bounds = [west: number, south: number, east: number, north: number]
