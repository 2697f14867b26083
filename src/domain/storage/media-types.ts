import { nameOfPath } from './storage-path.ts'

const UTF_8 = '; charset=utf-8'
/** By the extension of a file. */
const TYPES: Readonly<Record<string, string>> = {
  txt: `text/plain${UTF_8}`,
  log: `text/plain${UTF_8}`,
  md: `text/markdown${UTF_8}`,
  csv: `text/csv${UTF_8}`,
  tsv: `text/tab-separated-values${UTF_8}`,
  css: `text/css${UTF_8}`,
  htm: `text/html${UTF_8}`,
  html: `text/html${UTF_8}`,
  js: `text/javascript${UTF_8}`,
  mjs: `text/javascript${UTF_8}`,
  cjs: `text/javascript${UTF_8}`,
  properties: `text/plain${UTF_8}`,
  json: 'application/json',
  map: 'application/json',
  topojson: 'application/json',
  webmanifest: 'application/manifest+json',
  wasm: 'application/wasm',
  xml: 'application/xml',
  xsd: 'application/xml',
  xsl: 'application/xml',
  xhtml: 'application/xhtml+xml',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  otf: 'font/otf',
  eot: 'application/vnd.ms-fontobject',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/vnd.microsoft.icon',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
  vtt: `text/vtt${UTF_8}`,
  mov: 'video/quicktime',
  pdf: 'application/pdf',
  zip: 'application/zip',
  geojson: 'application/geo+json',
  kml: 'application/vnd.google-earth.kml+xml',
  kmz: 'application/vnd.google-earth.kmz',
  gpx: 'application/gpx+xml',
  gml: 'application/gml+xml',
  gpkg: 'application/geopackage+sqlite3',
  fgb: 'application/vnd.flatgeobuf',
  dxf: 'image/vnd.dxf',
  shp: 'application/vnd.shp',
  shx: 'application/vnd.shx',
  dbf: 'application/vnd.dbf',
  mvt: 'application/vnd.mapbox-vector-tile',
  pbf: 'application/x-protobuf',
  glb: 'model/gltf-binary',
  gltf: 'model/gltf+json',
}
const UNKNOWN = 'application/octet-stream'
const TYPE_MAX_CHARACTERS = 100

/** The media type of a file: what its extension says, else what its sender has declared. */
export function mediaTypeOfFile(path: string, declared: string | null): string {
  const extension = /\.([^.]+)$/.exec(nameOfPath(path))?.[1]?.toLowerCase() ?? ''
  if (Object.hasOwn(TYPES, extension)) return TYPES[extension]!
  const isType = declared !== null && /^[\w.+-]+\/[\w.+-]+(; charset=utf-8)?$/.test(declared)
  return isType && declared.length <= TYPE_MAX_CHARACTERS ? declared : UNKNOWN
}

/** Whether a browser shows it by itself; anything else is there to be saved. */
export const isShown = (mediaType: string): boolean =>
  /^(text\/(plain|css|csv|html)|application\/(json|xml)|image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml|vnd\.microsoft\.icon)|audio\/.*|video\/.*)(;|$)/.test(
    mediaType,
  )
