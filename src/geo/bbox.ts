/** West, south, east, north in degrees. */
export type Bbox = [west: number, south: number, east: number, north: number]

/** A bbox as MapWarper prints it: "w,s,e,n" with 7 decimals. */
export function formatBbox(bbox: Bbox): string {
  return bbox.map((value) => value.toFixed(7)).join(',')
}
