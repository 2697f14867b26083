import type { Context as RequestContext } from 'hono'
import type { PictureRequest } from '../../../domain/map-rendering/picture-plan.ts'
import type { PlaneBox } from '../../../geo/warp/system-grid.ts'
import { InvalidParameterError } from '../errors.ts'
import { flag } from '../listing.ts'

const SIDE_PX = 256
/** Sides of a picture, and all of it; pixels. */
export const SIDE_MAX_PX = 4096
export const PICTURE_MAX_PX = 8 * 1024 * 1024
const SCALE_MAX = 1e10

/** What is asked of a picture beside what it shows. */
export interface PictureHandling {
  /** Whether it is drawn where it has not been kept. */
  mayDraw: boolean
  /** It is drawn anew, though it has been kept. */
  isRenewed: boolean
  /** Nothing of it is kept anywhere. */
  isUnkept: boolean
  isDownload: boolean
  /** Path in the storage of who asks. */
  saveTo: string | null
}

type Shown = Omit<PictureRequest, 'of' | 'type'>

/** The parameters of a picture. @throws InvalidParameterError */
export function pictureParameters(c: RequestContext): Shown & PictureHandling {
  const width = side(c, 'width')
  const height = side(c, 'height')
  if (width * height > PICTURE_MAX_PX)
    throw new InvalidParameterError('width', `times height must be at most ${PICTURE_MAX_PX}`)
  checkTimestamp(c)
  const isUnkept = flag(c, 'justgenerate')
  return {
    ...{ width, height, bounds: bounds(c), scaleDenominator: scale(c), withLegend: flag(c, 'layerlist') },
    mayDraw: flag(c, 'phender', true),
    isRenewed: flag(c, 'invalidate'),
    isUnkept,
    isDownload: flag(c, 'download'),
    saveTo: isUnkept ? null : c.req.query('saveto') || null,
  }
}

function side(c: RequestContext, name: string): number {
  const text = c.req.query(name)
  if (text === undefined || text === '') return SIDE_PX
  const pixels = /^\d{1,6}(?:px)?$/.test(text) ? Number.parseInt(text, 10) : 0
  if (pixels < 1 || pixels > SIDE_MAX_PX)
    throw new InvalidParameterError(name, `must be a whole number from 1 to ${SIDE_MAX_PX}`)
  return pixels
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i

function bounds(c: RequestContext): PlaneBox | null {
  const text = c.req.query('bounds')
  if (text === undefined || text === '') return null
  // A plus sign in an address is a space.
  const parts = text.split(',').map((part) => part.trim().replace(/e (?=\d)/i, 'e+'))
  const numbers = parts.map((part) => (NUMBER.test(part) ? Number(part) : Number.NaN))
  const [minX, minY, maxX, maxY] = numbers as [number, number, number, number]
  if (parts.length !== 4 || !numbers.every(Number.isFinite) || minX > maxX || minY > maxY)
    throw new InvalidParameterError('bounds', 'must be xmin,ymin,xmax,ymax in the system of the map')
  return [minX, minY, maxX, maxY]
}

/** `20000`, or `1:20000`; `false` for none. */
function scale(c: RequestContext): number | null {
  const text = c.req.query('numscale')
  if (text === undefined || ['', '0', 'f', 'false'].includes(text.toLowerCase())) return null
  const number = text.replace(/^1:/, '')
  const denominator = NUMBER.test(number) ? Number(number) : 0
  if (!(denominator >= 1 && denominator <= SCALE_MAX))
    throw new InvalidParameterError('numscale', `must be a number from 1 to ${SCALE_MAX}`)
  return denominator
}

/** A time makes an address another one; what is drawn is as it is now in any case. */
function checkTimestamp(c: RequestContext): void {
  const text = c.req.query('timestamp')
  if (text === undefined || text === '' || /^\d{1,16}(?:\.\d{1,9})?$/.test(text)) return
  // A plus sign in an address is a space.
  if (text.length > 40 || Number.isNaN(Date.parse(text.replace(/ (?=\d\d:?\d\d$)/, '+'))))
    throw new InvalidParameterError('timestamp', 'must be a time: seconds since 1970, or a date')
}
