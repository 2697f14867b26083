import type { GeoTransform } from '../geo/geo-transform.ts'
import type { ByteSource } from './probe/byte-source.ts'
import { ByteWindow } from './probe/byte-window.ts'
import { TiffDirectory } from './probe/tiff-directory.ts'

/** What a GeoTIFF says of the system its coordinates are in: an EPSG code, or words where it gives none. */
export type GeoTiffSystem = { code: number } | { wkt: string } | { name: string }

/** Where the pixels of a TIFF lie. */
export interface GeoTiffReference {
  /** Null where the file has no affine map of its pixels. */
  transform: GeoTransform | null
  /** How many control points it has in its place. */
  controlPoints: number
  /** Null where it says nothing. */
  system: GeoTiffSystem | null
}

/** Tags of GeoTIFF 1.1 (OGC 19-008r4, annex B). */
const TAG = {
  modelPixelScale: 33550,
  modelTiepoint: 33922,
  modelTransformation: 34264,
  geoKeyDirectory: 34735,
  geoDoubleParams: 34736,
  geoAsciiParams: 34737,
} as const

const KEY = {
  modelType: 1024,
  rasterType: 1025,
  citation: 1026,
  geodeticSystem: 2048,
  geodeticCitation: 2049,
  projectedSystem: 3072,
  projectedCitation: 3073,
  projection: 3074,
} as const

const MODEL_PROJECTED = 1
const MODEL_GEOGRAPHIC = 2
const MODEL_GEOCENTRIC = 3
const PIXEL_IS_POINT = 2
const USER_DEFINED = 32767
const TIEPOINT_NUMBERS = 6
const MATRIX_NUMBERS = 16

type Keys = ReadonlyMap<number, number | string>

/**
 * Reads the georeference of the first image of a TIFF.
 * @throws FormatError `truncated`, `corrupt`; `unsupported` for geocentric coordinates
 */
export async function readGeoTiffReference(source: ByteSource): Promise<GeoTiffReference> {
  const window = new ByteWindow(source, 'TIFF')
  const directory = await TiffDirectory.readFirst(window)
  const keys = await readKeys(window, directory)
  const tiepoints = await directory.doubles(TAG.modelTiepoint)
  const corner = await readTransform(window, directory, tiepoints)
  const transform = corner && keys.get(KEY.rasterType) === PIXEL_IS_POINT ? fromCentre(corner) : corner
  return {
    transform,
    controlPoints: transform ? 0 : Math.floor(tiepoints.length / TIEPOINT_NUMBERS),
    system: systemOf(window, keys),
  }
}

/** What the file places at pixel (0, 0), be it a corner or a centre. */
async function readTransform(
  window: ByteWindow,
  directory: TiffDirectory,
  tiepoints: readonly number[],
): Promise<GeoTransform | null> {
  const matrix = await directory.doubles(TAG.modelTransformation)
  if (matrix.length >= MATRIX_NUMBERS)
    return finite(window, [matrix[3]!, matrix[0]!, matrix[1]!, matrix[7]!, matrix[4]!, matrix[5]!])
  const [width = 0, height = 0] = await directory.doubles(TAG.modelPixelScale)
  if (width === 0 || height === 0 || tiepoints.length < TIEPOINT_NUMBERS) return null
  const [column, row, , x, y] = tiepoints as [number, number, number, number, number]
  // Rows go south whatever the sign of their height, which some programs get wrong.
  const down = Math.abs(height)
  return finite(window, [x - column * width, width, 0, y + row * down, 0, -down])
}

function finite(window: ByteWindow, transform: GeoTransform): GeoTransform {
  if (!transform.every(Number.isFinite))
    throw window.corrupt('the georeference has numbers that are not finite')
  return transform
}

const fromCentre = ([x, a, b, y, c, d]: GeoTransform): GeoTransform => [
  ...([x - (a + b) / 2, a, b, y - (c + d) / 2, c, d] as const),
]

async function readKeys(window: ByteWindow, directory: TiffDirectory): Promise<Keys> {
  const keys = new Map<number, number | string>()
  const entries = await directory.numbers(TAG.geoKeyDirectory)
  const count = entries[3] ?? 0
  if (count > 0 && entries.length < 4 + count * 4)
    throw window.corrupt(`the list of ${count} GeoTIFF keys is cut off`)
  const texts = (await directory.text(TAG.geoAsciiParams)) ?? ''
  const doubles = await directory.doubles(TAG.geoDoubleParams)
  for (let i = 1; i <= count; i++) {
    const [key, location, length, value] = entries.slice(i * 4, i * 4 + 4) as [number, number, number, number]
    if (location === 0) keys.set(key, value)
    else if (location === TAG.geoAsciiParams)
      keys.set(key, texts.slice(value, value + length).replace(/[|\0]+$/, ''))
    else if (location === TAG.geoDoubleParams && doubles[value] !== undefined) keys.set(key, doubles[value])
  }
  return keys
}

function systemOf(window: ByteWindow, keys: Keys): GeoTiffSystem | null {
  const model = keys.get(KEY.modelType)
  if (model === MODEL_GEOCENTRIC) throw window.unsupported('geocentric coordinates')
  const isProjected =
    model === MODEL_PROJECTED || (model !== MODEL_GEOGRAPHIC && keys.has(KEY.projectedSystem))
  const code = isProjected
    ? (codeOf(keys, KEY.projectedSystem) ?? utmCode(keys))
    : codeOf(keys, KEY.geodeticSystem)
  if (code !== null) return { code }
  const citations = [isProjected ? KEY.projectedCitation : KEY.geodeticCitation, KEY.citation]
  const name = citations.map((key) => keys.get(key)).find((text) => typeof text === 'string' && text !== '')
  return typeof name === 'string' ? named(name) : null
}

function codeOf(keys: Keys, key: number): number | null {
  const code = keys.get(key)
  return typeof code === 'number' && code > 0 && code !== USER_DEFINED ? code : null
}

/** What Esri's programs put into citations. */
const ESRI_WKT = /ESRI PE String = (.+)/s

function named(text: string): GeoTiffSystem {
  const wkt = ESRI_WKT.exec(text)?.[1]
  return wkt ? { wkt } : { name: text }
}

/** The systems of UTM's zones north of the equator on the datums GeoTIFF names them with, by their geodetic system. */
const UTM_NORTH: Readonly<Record<number, { base: number; zones: readonly [number, number] }>> = {
  4326: { base: 32600, zones: [1, 60] },
  4258: { base: 25800, zones: [28, 38] },
  4269: { base: 26900, zones: [1, 23] },
}
const UTM_SOUTH_WGS_84 = 32700

/** The code of a projected system that is only named by its projection, which is a zone of UTM: 160zz north, 161zz south. */
function utmCode(keys: Keys): number | null {
  const projection = codeOf(keys, KEY.projection) ?? 0
  const geodetic = codeOf(keys, KEY.geodeticSystem) ?? 0
  const zone = projection % 100
  const north = UTM_NORTH[geodetic]
  if (zone < 1 || zone > 60 || !north) return null
  if (projection < 16100 && projection > 16000)
    return zone >= north.zones[0] && zone <= north.zones[1] ? north.base + zone : null
  return projection > 16100 && projection <= 16160 && geodetic === 4326 ? UTM_SOUTH_WGS_84 + zone : null
}
