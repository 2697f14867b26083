import type { ResolvedMethod } from '../../geo/transform.ts'
import { plainDecimal } from './decimals.ts'
import { type AnnotatedImage, type GcpFormat, type ImageSize, refuseFile } from './gcp-format.ts'
import { PointReader } from './point-reader.ts'

type Json = Record<string, unknown>

/** The transformations of the extension, and those that Allmaps knows beyond it. */
const TRANSFORMATIONS: Record<ResolvedMethod, Json> = {
  p1: { type: 'polynomial', options: { order: 1 } },
  p2: { type: 'polynomial', options: { order: 2 } },
  p3: { type: 'polynomial', options: { order: 3 } },
  tps: { type: 'thinPlateSpline' },
  helmert: { type: 'helmert' },
  projective: { type: 'projective' },
}

/**
 * IIIF Georeference Annotation (https://iiif.io/api/extension/georef/), version 1 and the draft before it: one
 * annotation, or a page with one. Its points alone are read; of the rest, the size of the image they count in.
 */
export const annotation: GcpFormat<AnnotatedImage> = {
  name: 'annotation',

  recognises: (text) => /^\s*[{[]/.test(text),

  read(text) {
    const found = onlyAnnotation(parsed(text))
    const features = record(found.body)?.features
    if (!Array.isArray(features)) refuseFile('the annotation has no features in its body')
    const reader = new PointReader({
      x: 'resourceCoords[0]',
      y: 'resourceCoords[1]',
      easting: 'coordinates[0]',
      northing: 'coordinates[1]',
    })
    features.forEach((feature: unknown, index) => {
      const properties = record(record(feature)?.properties)
      const [x, y] = list(properties?.resourceCoords ?? properties?.pixelCoords)
      const [easting, northing] = list(record(record(feature)?.geometry)?.coordinates)
      const name = typeof properties?.name === 'string' ? properties.name : null
      reader.add({ place: `feature ${index + 1}`, x, y, easting, northing, name })
    })
    return { points: reader.finish(), crs: 'OGC:CRS84', imageSize: imageSizeOf(found) }
  },

  write(points, image) {
    const { width, height } = image
    return JSON.stringify({
      id: image.annotationId,
      type: 'Annotation',
      '@context': [
        'http://iiif.io/api/extension/georef/1/context.json',
        'http://iiif.io/api/presentation/3/context.json',
      ],
      created: image.createdAt.toISOString(),
      modified: image.modifiedAt.toISOString(),
      motivation: 'georeferencing',
      target: {
        type: 'SpecificResource',
        source: { id: image.serviceId, type: 'ImageService3', height, width },
        selector: { type: 'SvgSelector', value: outlineSvg(image) },
      },
      body: {
        type: 'FeatureCollection',
        transformation: TRANSFORMATIONS[image.method],
        features: points.map(({ x, y, lon, lat, name }) => ({
          type: 'Feature',
          properties: { resourceCoords: [x, y], ...(name ? { name } : {}) },
          geometry: { type: 'Point', coordinates: [Number(lon), Number(lat)] },
        })),
      },
    })
  },
}

/** One polygon that does not repeat its first corner, as the extension asks for it. */
function outlineSvg({ width, height, outline }: AnnotatedImage): string {
  const corners = outline?.slice(0, -1) ?? [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ]
  const points = corners.map((corner) => corner.map(plainDecimal).join(',')).join(' ')
  return `<svg width="${width}" height="${height}"><polygon points="${points}" /></svg>`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuseFile('the file is not valid JSON')
  }
}

function onlyAnnotation(document: unknown): Json {
  const page = Array.isArray(document) ? document : record(document)?.items
  const items = Array.isArray(page) ? page : [document]
  if (items.length !== 1) refuseFile(`the page has ${items.length} annotations; send the one that is meant`)
  const only = record(items[0])
  if (only?.type !== 'Annotation') refuseFile('the file is not a Georeference Annotation nor a page with one')
  return only
}

/** From the source of the target, or from the SVG, where the draft has it. */
function imageSizeOf(found: Json): ImageSize | null {
  const target = record(found.target)
  const source = record(target?.source)
  const selector = record(target?.selector)?.value
  const svg = typeof selector === 'string' ? (/^\s*<svg[^>]*/.exec(selector)?.[0] ?? '') : ''
  const side = (name: 'width' | 'height'): number => {
    const stated = source?.[name]
    return typeof stated === 'number' ? stated : Number(new RegExp(`\\b${name}="(\\d{1,9})"`).exec(svg)?.[1])
  }
  const size = { width: side('width'), height: side('height') }
  return size.width > 0 && size.height > 0 && Number.isFinite(size.width * size.height) ? size : null
}

const record = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null

/** Numbers as text, which is what points are read from; of anything else the type, which is no number. */
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map((item) => (typeof item === 'number' ? String(item) : typeof item)) : []
