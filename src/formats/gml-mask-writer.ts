import type { MaskPolygons, MaskRing } from '../geo/mask-polygons.ts'

/**
 * Polygons as a `wfs:FeatureCollection` in the form of OpenLayers, GML 2. The numbers are written as they are: whether
 * y runs up or down is the caller's.
 */
export function gmlMask(polygons: MaskPolygons): string {
  const members = polygons.map(
    (rings) =>
      '<gml:featureMember><feature:features><feature:geometry>' +
      `<gml:Polygon>${rings.map(boundary).join('')}</gml:Polygon>` +
      '</feature:geometry></feature:features></gml:featureMember>',
  )
  return (
    '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" ' +
    `xmlns:feature="http://mapserver.gis.umn.edu/mapserver">${members.join('')}</wfs:FeatureCollection>\n`
  )
}

/** Polygons with y counted from the other side of an image: the form in which masks are sent, or back from it. */
export const yUp = (polygons: MaskPolygons, height: number): MaskPolygons =>
  polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [x, height - y] as const)))

function boundary(ring: MaskRing, index: number): string {
  const name = index === 0 ? 'gml:outerBoundaryIs' : 'gml:innerBoundaryIs'
  const positions = ring.map(([x, y]) => `${x},${y}`).join(' ')
  return (
    `<${name}><gml:LinearRing><gml:coordinates decimal="." cs="," ts=" ">${positions}</gml:coordinates>` +
    `</gml:LinearRing></${name}>`
  )
}
