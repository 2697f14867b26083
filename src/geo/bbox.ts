/** West, south, east, north in degrees. */
export type Bbox = [west: number, south: number, east: number, north: number]

/** A bbox as MapWarper prints it: "w,s,e,n" with 7 decimals. */
export function formatBbox(bbox: Bbox): string {
  return bbox.map((value) => value.toFixed(7)).join(',')
}

/** The part of a bbox between longitudes -180 and 180 and latitudes -90 and 90; without area where there is none. */
export function clipToWorld([west, south, east, north]: Bbox): Bbox {
  const within = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value))
  return [within(west, 180), within(south, 90), within(east, 180), within(north, 90)]
}
