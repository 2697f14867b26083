/** The tiles Worker's addresses: in production its routes send them there, locally the api Worker does. */
const DRAWN_PATHS: readonly RegExp[] = [
  /^\/(?:maps|mosaics|layers)\/(?:tile|wms|wmts|tms)\//,
  /^\/maps\/\d+\/export\.[a-z_.]+$/,
  /^\/(?:maps|mosaics|layers)\/\d+\.kml$/,
  /^\/iiif\//,
  /^\/(?:tiles|wms)\/./,
  /^\/1\/layers\/\d{1,10}\/tiles(?:\.json|\/\d{1,2}\/\d{1,9}\/\d{1,9}\.(?:mvt|pbf|png|webp))?$/,
  /^\/ogc\/collections\/[^/]+\/tiles\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/,
  /^\/ogc\/collections\/[^/]+\/map\/tiles\/WebMercatorQuad\/\d+\/\d+\/\d+$/,
]

export const isDrawnPath = (pathname: string): boolean => DRAWN_PATHS.some((path) => path.test(pathname))
