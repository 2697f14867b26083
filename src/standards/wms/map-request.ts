import type { PictureStyle } from '../../domain/render/encoded-picture.ts'
import { crsOfName } from '../../geo/crs/crs-name.ts'
import type { ReferenceSystem } from '../../geo/crs/reference-system.ts'
import { UnknownCrsError } from '../../geo/crs/unknown-crs-error.ts'
import type { PlaneBox } from '../../geo/warp/system-grid.ts'
import { required, shown, type WmsParameters } from './parameters.ts'
import { WmsError, type WmsVersion } from './service-exception.ts'

/** The one layer and the one style of a drawing; neither need be named. */
export const WMS_LAYER = 'image'
const WMS_STYLE = 'default'
/** The longest side of a picture, pixels. */
export const SIDE_MAX_PX = 4096

/** A picture's size, how it is sent and what lies under it. */
export interface SizedStyle extends PictureStyle {
  width: number
  height: number
}

/** A GetMap request; the box has the easting first, whatever the version. */
export interface MapRequest extends SizedStyle {
  system: ReferenceSystem
  box: PlaneBox
}

/** @throws WmsError for the first parameter that does not hold */
export function parseMapRequest(parameters: WmsParameters, version: WmsVersion): MapRequest {
  requireKnownLayer(parameters)
  const system = parseSystem(parameters, version)
  const box = parseBox(parameters, version === '1.3.0' && system.axisOrder === 'yx')
  return { system, box, ...parsePictureStyle(parameters) }
}

/** A request for the image before it was rectified: its box counts pixels, y up, in any reference system. */
export function parseUnwarpedRequest(parameters: WmsParameters): SizedStyle & { box: PlaneBox } {
  return { box: parseBox(parameters, false), ...parsePictureStyle(parameters) }
}

function requireKnownLayer(parameters: WmsParameters): void {
  for (const layer of (parameters.get('layers') ?? '').split(','))
    if (layer !== '' && layer !== WMS_LAYER)
      throw new WmsError(
        'LayerNotDefined',
        'layers',
        `the layer is ${WMS_LAYER}; there is no ${shown(layer)}`,
      )
  for (const style of (parameters.get('styles') ?? '').split(','))
    if (style !== '' && style !== WMS_STYLE)
      throw new WmsError('StyleNotDefined', 'styles', `there is no style ${shown(style)}`)
}

function parseSystem(parameters: WmsParameters, version: WmsVersion): ReferenceSystem {
  const [name, other] = version === '1.3.0' ? (['crs', 'srs'] as const) : (['srs', 'crs'] as const)
  const value = parameters.get(name) || parameters.get(other) || required(parameters, name)
  try {
    return crsOfName(value)
  } catch (error) {
    if (error instanceof UnknownCrsError) throw new WmsError('InvalidSRS', name, error.message)
    throw error
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i

function parseBox(parameters: WmsParameters, isNorthingFirst: boolean): PlaneBox {
  const value = required(parameters, 'bbox')
  // A plus sign in an address is a space, so that of an exponent is one, too.
  const parts = value.split(',').map((part) => part.trim().replace(/e (?=\d)/i, 'e+'))
  const numbers = parts.map((part) => (NUMBER.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== 4 || !numbers.every(Number.isFinite))
    throw new WmsError('InvalidParameterValue', 'bbox', `BBOX must be four numbers, not ${shown(value)}`)
  const [a, b, c, d] = numbers as [number, number, number, number]
  const box: PlaneBox = isNorthingFirst ? [b, a, d, c] : [a, b, c, d]
  if (!(box[0] < box[2] && box[1] < box[3]))
    throw new WmsError(
      'InvalidParameterValue',
      'bbox',
      `BBOX ${shown(value)} must have its least corner first`,
    )
  return box
}

/** @throws WmsError */
export function parsePictureStyle(parameters: WmsParameters): SizedStyle {
  const width = parseSide(parameters, 'width')
  const height = parseSide(parameters, 'height')
  const type = parseType(parameters.get('format') || 'image/png')
  const transparent = parameters.get('transparent') || parameters.get('transparency')
  return {
    width,
    height,
    type,
    transparent: type === 'image/png' && transparent?.toLowerCase() === 'true',
    background: parseColour(parameters.get('bgcolor') || '0xFFFFFF'),
  }
}

function parseSide(parameters: WmsParameters, name: 'width' | 'height'): number {
  const value = required(parameters, name)
  const side = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (side < 1 || side > SIDE_MAX_PX)
    throw new WmsError(
      'InvalidParameterValue',
      name,
      `${name.toUpperCase()} must be a whole number from 1 to ${SIDE_MAX_PX}, not ${shown(value)}`,
    )
  return side
}

function parseType(format: string): PictureStyle['type'] {
  switch (format.toLowerCase().replaceAll(' ', '').split(';')[0]) {
    case 'image/png':
    case 'image/png8':
    case 'image/png24':
    case 'png':
    case 'png8':
      return 'image/png'
    case 'image/jpeg':
    case 'image/jpg':
    case 'jpeg':
      return 'image/jpeg'
    default:
      throw new WmsError(
        'InvalidFormat',
        'format',
        `pictures are image/png or image/jpeg, not ${shown(format)}`,
      )
  }
}

function parseColour(value: string): [number, number, number] {
  const digits = /^(?:0x|#)?([0-9a-f]{6})$/i.exec(value)?.[1]
  if (digits === undefined)
    throw new WmsError('InvalidParameterValue', 'bgcolor', `BGCOLOR must be 0xRRGGBB, not ${shown(value)}`)
  const colour = Number.parseInt(digits, 16)
  return [colour >> 16, (colour >> 8) & 255, colour & 255]
}
