import type { Rectangle } from '../../domain/render/resize.ts'

/** A request that the specification does not allow (400), or one for something that is not offered here (501). */
export class ImageRequestError extends Error {
  override readonly name = 'ImageRequestError'
  readonly status: 400 | 501

  constructor(status: 400 | 501, message: string) {
    super(message)
    this.status = status
  }
}

export type ImageFormat = 'jpg' | 'png' | 'webp'
type Quality = 'default' | 'color' | 'gray'

/** What is to be drawn, in terms of one image. */
export interface ImageRequest {
  /** Full resolution pixels, inside the image. */
  region: Rectangle
  /** Pixels of the result before it is turned. */
  size: { width: number; height: number }
  mirrored: boolean
  /** Clockwise, after mirroring. */
  rotation: 0 | 90 | 180 | 270
  quality: Quality
  format: ImageFormat
  /** The same request in the form every other form of it is redirected or linked to. */
  canonical: string
}

interface Size {
  width: number
  height: number
}

const refuse = (message: string): never => {
  throw new ImageRequestError(400, message)
}

const WHOLE = /^\d{1,9}$/
const DECIMAL = /^(\d{1,9}(\.\d{0,10})?|\.\d{1,10})$/

const numbers = (text: string, count: number, form: RegExp, what: string): number[] => {
  const parts = text.split(',')
  if (parts.length !== count || !parts.every((part) => form.test(part)))
    refuse(`${what} should be ${count} numbers without sign: ${text.slice(0, 50)}`)
  return parts.map(Number)
}

function parseRegion(text: string, image: Size): Rectangle {
  if (text === 'full') return { x: 0, y: 0, ...image }
  if (text === 'square') {
    const side = Math.min(image.width, image.height)
    return {
      x: Math.floor((image.width - side) / 2),
      y: Math.floor((image.height - side) / 2),
      ...{ width: side, height: side },
    }
  }
  const isShare = text.startsWith('pct:')
  const given = numbers(isShare ? text.slice(4) : text, 4, isShare ? DECIMAL : WHOLE, 'region')
  const [left, top, wide, high] = (
    isShare
      ? given.map((value, i) => Math.round((value / 100) * (i % 2 === 0 ? image.width : image.height)))
      : given
  ) as [number, number, number, number]
  const width = Math.min(left + wide, image.width) - left
  const height = Math.min(top + high, image.height) - top
  if (width <= 0 || height <= 0)
    refuse(`region has no part of the image, which is ${image.width} x ${image.height} px`)
  return { x: left, y: top, width, height }
}

/** The size itself, and whether it may be larger than the region. */
function parseSize(text: string, region: Size, maxArea: number): Size {
  const mayEnlarge = text.startsWith('^')
  const asked = mayEnlarge ? text.slice(1) : text
  const scaled = (factor: number): Size => ({
    width: Math.max(1, Math.round(region.width * factor)),
    height: Math.max(1, Math.round(region.height * factor)),
  })
  const size = sizeOf(asked, region, scaled, mayEnlarge, maxArea)
  if (size.width < 1 || size.height < 1) refuse('size should be at least one pixel on each side')
  if (!mayEnlarge && (size.width > region.width || size.height > region.height))
    refuse(`size is larger than the region, which is ${region.width} x ${region.height} px; ^ enlarges`)
  if (size.width * size.height > maxArea) refuse(`size should have ${maxArea} pixels at most`)
  return size
}

function sizeOf(
  asked: string,
  region: Size,
  scaled: (factor: number) => Size,
  mayEnlarge: boolean,
  maxArea: number,
): Size {
  // Of the names of earlier versions, "full" is still in use for what is now "max".
  if (asked === 'max' || asked === 'full') {
    const largest = Math.sqrt(maxArea / (region.width * region.height))
    if (!mayEnlarge && largest >= 1) return { width: region.width, height: region.height }
    return {
      width: Math.max(1, Math.floor(region.width * largest)),
      height: Math.max(1, Math.floor(region.height * largest)),
    }
  }
  if (asked.startsWith('pct:')) {
    const [share] = numbers(asked.slice(4), 1, DECIMAL, 'size') as [number]
    return scaled(share / 100)
  }
  if (asked.startsWith('!')) {
    const [width, height] = numbers(asked.slice(1), 2, WHOLE, 'size') as [number, number]
    const factor = Math.min(width / region.width, height / region.height)
    return scaled(mayEnlarge ? factor : Math.min(1, factor))
  }
  const [wide, high, more] = asked.split(',')
  if (wide === undefined || high === undefined || more !== undefined || (wide === '' && high === ''))
    refuse(`size is not understood: ${asked.slice(0, 50)}`)
  const [width, height] = [wide, high].map((part) =>
    part === '' ? null : numbers(part!, 1, WHOLE, 'size')[0]!,
  ) as [number | null, number | null]
  return {
    width: width ?? Math.max(1, Math.round((region.width * height!) / region.height)),
    height: height ?? Math.max(1, Math.round((region.height * width!) / region.width)),
  }
}

function parseRotation(text: string): Pick<ImageRequest, 'mirrored' | 'rotation'> {
  const mirrored = text.startsWith('!')
  const degrees = mirrored ? text.slice(1) : text
  if (!DECIMAL.test(degrees) || Number(degrees) > 360) refuse('rotation should be 0 to 360 degrees')
  const rotation = Number(degrees) % 360
  if (rotation !== 0 && rotation !== 90 && rotation !== 180 && rotation !== 270)
    throw new ImageRequestError(501, 'images are turned by multiples of 90 degrees only')
  return { mirrored, rotation }
}

const FORMATS_ELSEWHERE = ['tif', 'gif', 'jp2', 'pdf']

function parseFormat(text: string): ImageFormat {
  if (text === 'jpg' || text === 'png' || text === 'webp') return text
  if (FORMATS_ELSEWHERE.includes(text)) throw new ImageRequestError(501, `images are not made as ${text}`)
  return refuse(`format is not known: ${text.slice(0, 50)}`)
}

function parseQuality(text: string): Quality {
  if (text === 'default' || text === 'color' || text === 'gray') return text
  if (text === 'bitonic') throw new ImageRequestError(501, 'images are not made in two tones')
  return refuse(`quality is not known: ${text.slice(0, 50)}`)
}

/**
 * Reads `{region}/{size}/{rotation}/{quality}.{format}` of the IIIF Image API 3.0.
 *
 * @param path the five parts, decoded
 * @param image full size in pixels
 * @param maxArea the most pixels a result may have
 * @throws ImageRequestError
 */
export function parseImageRequest(path: string, image: Size, maxArea: number): ImageRequest {
  const [region = '', size = '', rotation = '', name = '', ...more] = path.split('/')
  const dot = name.lastIndexOf('.')
  if (more.length > 0 || dot < 0) refuse('an image is {region}/{size}/{rotation}/{quality}.{format}')
  const part = parseRegion(region, image)
  const result = parseSize(size, part, maxArea)
  const turn = parseRotation(rotation)
  const quality = parseQuality(name.slice(0, dot))
  const format = parseFormat(name.slice(dot + 1))
  return {
    ...{ region: part, size: result, ...turn, quality, format },
    canonical: canonicalPath(part, result, turn, quality, format, image, maxArea),
  }
}

/** The canonical form of a request (Image API 3.0, section 4.7). */
function canonicalPath(
  region: Rectangle,
  size: Size,
  { mirrored, rotation }: Pick<ImageRequest, 'mirrored' | 'rotation'>,
  quality: Quality,
  format: ImageFormat,
  image: Size,
  maxArea: number,
): string {
  const isFull = region.width === image.width && region.height === image.height
  const largest = parseSize('max', region, maxArea)
  const isEnlarged = size.width > region.width || size.height > region.height
  const isMax = size.width === largest.width && size.height === largest.height
  return [
    isFull ? 'full' : [region.x, region.y, region.width, region.height].join(','),
    isMax ? 'max' : `${isEnlarged ? '^' : ''}${size.width},${size.height}`,
    `${mirrored ? '!' : ''}${rotation}`,
    `${quality === 'color' ? 'default' : quality}.${format}`,
  ].join('/')
}
