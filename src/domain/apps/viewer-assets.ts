const named = (folder: string, ...names: string[]): string[] =>
  names.map((name) => `/assets/${folder}/${name}`)

/**
 * Everything that the page of the template `viewer` loads, itself and through what it loads, as it is served: each names the
 * others by relative addresses, so that all of them together stand on any web server.
 */
export const VIEWER_ASSETS: readonly string[] = [
  ...named('ogc', 'maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl.css', 'maplibre-gl.LICENSE.txt'),
  ...named('ogc', 'icon.svg'),
  ...named('viewer', 'viewer.js', 'page.css', 'world.geojson'),
]
