import { boxBetween } from '../../geo/crs/box-between.ts'
import { crsOfName } from '../../geo/crs/crs-name.ts'
import { crsTransform, type ReferenceSystem, WGS_84 } from '../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import type { PlaneBox } from '../../geo/warp/system-grid.ts'
import type { LayerSource } from '../../store/map-types.ts'
import type { DrawPart } from '../render/encoded-picture.ts'
import { type DecodedImage, decodedImage } from './decoded-image.ts'
import { type FetchLimits, fetchedBytes } from './fetched-bytes.ts'
import { degreesOf, type Frame } from './frame.ts'
import type { PictureTools } from './picture-tools.ts'
import { type PlacedImage, warpedImage } from './warped-image.ts'

export const WMS_MAX_BYTES = 8 * 1024 * 1024

/** A web map service that somebody else runs. */
export interface WmsService {
  url: URL
  version: '1.1.1' | '1.3.0'
  layers: string
  styles: string
  /** The system it is asked in; null for that of the map. */
  system: ReferenceSystem | null
}

/** The service of a layer; null where its source names none. */
export function wmsServiceOf(source: LayerSource): WmsService | null {
  const text = (...names: string[]): string | null => {
    const value = names.map((name) => source[name]).find((given) => typeof given === 'string' && given !== '')
    return typeof value === 'string' ? value : null
  }
  const address = text('url', 'src')
  const layers = text('layer', 'layers', 'layer_id')
  if (address === null || layers === null || !URL.canParse(address)) return null
  return {
    url: new URL(address),
    version: text('version')?.startsWith('1.3') ? '1.3.0' : '1.1.1',
    layers,
    styles: text('style', 'styles') ?? '',
    system: systemOf(text('srs', 'crs')),
  }
}

function systemOf(name: string | null): ReferenceSystem | null {
  if (name === null) return null
  try {
    return /^\d{1,6}$/.test(name) ? crsTransform(Number(name)) : crsOfName(name)
  } catch (error) {
    if (error instanceof UnknownCrsError) return null
    throw error
  }
}

/** The address of a map of a service. Parameters that the service's own address has stay. */
export function wmsAddress(
  { url, version, layers, styles }: WmsService,
  system: ReferenceSystem,
  [minX, minY, maxX, maxY]: PlaneBox,
  width: number,
  height: number,
): string {
  const address = new URL(url)
  const isTurned = version === '1.3.0' && system.axisOrder === 'yx'
  const parameters = {
    ...{ SERVICE: 'WMS', VERSION: version, REQUEST: 'GetMap', LAYERS: layers, STYLES: styles },
    [version === '1.3.0' ? 'CRS' : 'SRS']: `EPSG:${system.code}`,
    BBOX: (isTurned ? [minY, minX, maxY, maxX] : [minX, minY, maxX, maxY]).join(','),
    ...{ WIDTH: String(width), HEIGHT: String(height), FORMAT: 'image/png', TRANSPARENT: 'TRUE' },
  }
  for (const name of [...address.searchParams.keys()])
    if (Object.hasOwn(parameters, name.toUpperCase())) address.searchParams.delete(name)
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  return address.href
}

/**
 * Asks a service for what a picture shows.
 * @param maxPx of the map that it is asked for; a larger picture shows it enlarged
 * @throws FetchRefusedError, FormatError
 */
export async function fetchWms(
  { codecs }: Pick<PictureTools, 'codecs'>,
  service: WmsService,
  frame: Frame,
  maxPx: number,
  limits: Omit<FetchLimits, 'maxBytes'>,
): Promise<DrawPart> {
  const system = service.system ?? frame.system
  const isOwn = system.code === frame.system.code
  const box = isOwn ? frame.box : boxBetween(degreesOf(frame, 0), WGS_84, system.code)
  if (!box) return async () => null
  const shrunk = Math.min(1, Math.sqrt(maxPx / (frame.width * frame.height)))
  const [width, height] = [frame.width, frame.height].map((side) =>
    Math.max(1, Math.floor(side * shrunk)),
  ) as [number, number]
  const address = wmsAddress(service, system, box, width, height)
  const image = await decodedImage(
    codecs,
    await fetchedBytes(address, { ...limits, maxBytes: WMS_MAX_BYTES }),
    maxPx,
  )
  if (isOwn && image.width === frame.width && image.height === frame.height)
    return async (part, row) =>
      image.data.subarray(row * image.width * 4, (row + part.height) * image.width * 4)
  const placed = placedIn(system, box, image)
  return async (part) => warpedImage(placed, part)
}

function placedIn({ forward }: ReferenceSystem, box: PlaneBox, image: DecodedImage): PlacedImage {
  const { width, height, data } = image
  const [minX, , maxX, maxY] = box
  const scale = [width / (maxX - minX), height / (maxY - box[1])] as const
  return {
    ...{ width, height },
    backward(lon, lat, out) {
      forward(lon, lat, out)
      out[0] = (out[0]! - minX) * scale[0]
      out[1] = (maxY - out[1]!) * scale[1]
    },
    window(x0, y0, columns, rows) {
      const window = new Uint8Array(columns * rows * 4)
      for (let row = 0; row < rows; row++) {
        const from = ((y0 + row) * width + x0) * 4
        window.set(data.subarray(from, from + columns * 4), row * columns * 4)
      }
      return window
    },
  }
}
