import { FormatError } from '../format-error.ts'
import {
  asNode,
  contextsOf,
  idOf,
  isNode,
  kindsOf,
  type Node,
  nodesOf,
  textsOf,
  wholeNumber,
} from './json-ld.ts'

export interface Size {
  /** Pixels. */
  width: number
  height: number
}

/** An image as its `info.json` describes it, the same for every version of the Image API. */
export interface ImageService extends Size {
  version: 1 | 2 | 3
  /** What addresses of the image begin with, without a slash at its end. */
  base: string
  /** Whether any region of it is given at any size; else only those that are listed are. */
  isCut: boolean
  /** The most that is given at once; infinite where nothing is said. */
  limits: { width: number; height: number; area: number }
  /** Sizes that the whole image is there in, as they are listed. */
  sizes: Size[]
  /** Tiles that are there, with the reductions they are there in. */
  tiles: (Size & { scaleFactors: number[] })[]
  attribution: unknown
}

const IMAGE_API = /iiif\.io\/api\/image|iiif\/image-api/
const INFO_NAME = /\/info\.json$/

/** Whether a document is an `info.json`: by its protocol, context or type, else (version 1.0) by its members. */
export function isImageService(document: Node): boolean {
  if ([document.protocol, ...contextsOf(document)].some((text) => IMAGE_API.test(String(text)))) return true
  if (kindsOf(document).some((kind) => /^ImageService\d$/.test(kind))) return true
  return 'identifier' in document && 'width' in document && 'height' in document
}

/**
 * Reads an `info.json` of the IIIF Image API 1.0 to 3.0.
 * @param address where it was found; its folder is the image where the document does not name it
 * @throws FormatError `bad-iiif`
 */
export function parseImageService(document: unknown, address: string): ImageService {
  const info = asNode(document)
  const [width, height] = [wholeNumber(info.width), wholeNumber(info.height)]
  if (width === null || height === null)
    throw new FormatError('bad-iiif', 'the IIIF image has no width and height in whole pixels')
  const version = versionOf(info)
  const profile = Array.isArray(info.profile) ? info.profile : [info.profile]
  const extra = asNode(profile.find(isNode))
  const limited = version === 3 ? info : extra
  const maxWidth = wholeNumber(limited.maxWidth) ?? Number.POSITIVE_INFINITY
  return {
    ...{ version, width, height },
    base: baseOf(info, address),
    isCut: isCut(textsOf(profile)[0] ?? '', [...textsOf(info.extraFeatures), ...textsOf(extra.supports)]),
    limits: {
      width: maxWidth,
      height: wholeNumber(limited.maxHeight) ?? maxWidth,
      area: wholeNumber(limited.maxArea) ?? Number.POSITIVE_INFINITY,
    },
    sizes: nodesOf(info.sizes).flatMap(sizeOf),
    tiles: (version === 1
      ? [{ ...info, width: info.tile_width, height: info.tile_height }]
      : nodesOf(info.tiles)
    )
      .map((tile) => ({ scaleFactors: tile.scaleFactors ?? tile.scale_factors, ...tile }))
      .flatMap(tileOf),
    attribution: info.attribution,
  }
}

function versionOf(info: Node): 1 | 2 | 3 {
  const named = [...contextsOf(info), ...kindsOf(info), ...textsOf(info.profile)].join(' ')
  const found = /image\/(\d)|ImageService(\d)|image-api\/(1)/.exec(named)
  const digit = found?.[1] ?? found?.[2] ?? found?.[3]
  if (digit === '3' || digit === '2' || digit === '1') return Number(digit) as 1 | 2 | 3
  return 'protocol' in info ? 2 : 1
}

/** Level 1 means regions and widths; a server may have them beyond its level. */
function isCut(profile: string, features: string[]): boolean {
  const level = /level(\d)/.exec(profile)?.[1]
  if (level !== undefined && level !== '0') return true
  return features.includes('regionByPx') && ['sizeByW', 'sizeByWh'].some((size) => features.includes(size))
}

function baseOf(info: Node, address: string): string {
  const named = idOf(info)
  const text = named !== null && URL.canParse(named) ? named : address.replace(/[?#].*$/s, '')
  return text.replace(INFO_NAME, '').replace(/\/+$/, '')
}

function sizeOf(node: Node): Size[] {
  const [width, height] = [wholeNumber(node.width), wholeNumber(node.height)]
  return width === null || height === null ? [] : [{ width, height }]
}

/** A tile without a height is a square. */
function tileOf(node: Node): ImageService['tiles'] {
  const width = wholeNumber(node.width)
  if (width === null) return []
  const factors = (Array.isArray(node.scaleFactors) ? node.scaleFactors : []).flatMap(
    (factor) => wholeNumber(factor) ?? [],
  )
  const scaleFactors = factors.length === 0 ? [1] : [...new Set(factors)].sort((a, b) => a - b)
  return [{ width, height: wholeNumber(node.height) ?? width, scaleFactors }]
}
