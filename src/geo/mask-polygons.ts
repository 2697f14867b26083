/** A closed ring of (x, y) in image pixels, y down; the last position repeats the first. */
export type MaskRing = readonly (readonly [x: number, y: number])[]

/**
 * What a mask keeps of an image: the area inside any of its polygons. A polygon's first ring is its shell, the others
 * are holes in it. Full resolution pixels of the image, y down.
 */
export type MaskPolygons = readonly (readonly MaskRing[])[]
