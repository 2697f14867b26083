import { openPyramid } from '../../domain/render/draw.ts'
import { drawRegion, REGION_MAX_PX, tileOfRegion } from '../../domain/render/image-region.ts'
import { lookUpScanImage } from '../../domain/render/scan-image.ts'
import { encodeJpeg } from '../../formats/jpeg-stream.ts'
import { answer, refusal } from '../../http/answers.ts'
import type { DrawingRequest } from '../../http/drawing-request.ts'
import type { DrawingRoute } from '../../http/drawing-route.ts'
import type { ScanImageSource } from '../../store/scan-images.ts'
import { IMAGE_CONTEXT, imageInfo } from './image-info.ts'
import { type ImageRequest, ImageRequestError, parseImageRequest } from './image-request.ts'
import { scanManifest } from './manifest.ts'
import { onWhite, toGray, turned } from './turn.ts'

type Groups = Record<string, string>

const CONTENT_TYPES = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' } as const
const JPEG_QUALITY = 85
const STORED_AS = { jpeg: 'jpg', png: 'png', webp: 'webp' } as const
const PROFILE_LINK = '<http://iiif.io/api/image/3/level1.json>;rel="profile"'

/** The image a path names, or the 404 where there is none for the caller. */
async function imageOf(call: DrawingRequest, { id }: Groups): Promise<ScanImageSource | Response> {
  const found = await lookUpScanImage(call.db, call.principal, Number(id))
  return found ?? refusal(404, 'Not found', `Couldn't find Map with 'id'=${id}, or it has no image`)
}

const serviceOf = ({ url }: DrawingRequest, { scanId }: ScanImageSource): string =>
  `${url.origin}/iiif/${scanId}`

/** JSON-LD to those who name it, else plain JSON. */
function linkedData(
  call: DrawingRequest,
  image: ScanImageSource,
  context: string,
  document: unknown,
): Response {
  const { request } = call
  const isLinkedData = request.headers.get('accept')?.includes('application/ld+json') ?? false
  return answer(request, {
    body: JSON.stringify(document),
    contentType: isLinkedData ? `application/ld+json;profile="${context}"` : 'application/json',
    etag: null,
    freshness: { versioned: false, shared: image.isPublic },
    headers: { vary: 'Accept' },
  })
}

async function infoEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const image = await imageOf(call, groups)
  if (image instanceof Response) return image
  return linkedData(call, image, IMAGE_CONTEXT, imageInfo(serviceOf(call, image), image.pyramid))
}

async function manifestEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const image = await imageOf(call, groups)
  if (image instanceof Response) return image
  const manifest = scanManifest(image, call.url.origin)
  return linkedData(call, image, manifest['@context'], manifest)
}

/** `GET /iiif/{id}/{region}/{size}/{rotation}/{quality}.{format}`. */
async function imageEndpoint(call: DrawingRequest, groups: Groups): Promise<Response> {
  const image = await imageOf(call, groups)
  if (image instanceof Response) return image
  const asked = parsed(groups.path ?? '', image)
  if (asked instanceof Response) return asked
  return answer(call.request, {
    body: call.request.method === 'HEAD' ? null : await drawn(call, image, asked),
    contentType: CONTENT_TYPES[asked.format],
    etag: `W/"${image.pyramidKey.split('/').at(-1)}"`,
    freshness: { versioned: false, shared: image.isPublic },
    headers: { link: `${PROFILE_LINK}, <${serviceOf(call, image)}/${asked.canonical}>;rel="canonical"` },
  })
}

function parsed(path: string, { pyramid }: ScanImageSource): ImageRequest | Response {
  try {
    return parseImageRequest(decodeURIComponent(path), pyramid, REGION_MAX_PX)
  } catch (error) {
    if (error instanceof URIError) return refusal(400, 'Bad request', 'the address is not well encoded')
    if (!(error instanceof ImageRequestError)) throw error
    return refusal(error.status, error.status === 400 ? 'Bad request' : 'Not implemented', error.message)
  }
}

async function drawn(
  { tools }: DrawingRequest,
  source: ScanImageSource,
  { region, size, mirrored, rotation, quality, format }: ImageRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  const pyramid = openPyramid(tools, source)
  const isPlain = !mirrored && rotation === 0 && quality !== 'gray'
  const tile =
    isPlain && STORED_AS[source.pyramid.tileFormat] === format
      ? tileOfRegion(source.pyramid, region, size)
      : null
  if (tile) return pyramid.storedTile(tile.level, tile.x, tile.y)
  const data = await drawRegion(pyramid, region, size)
  if (quality === 'gray') toGray(data)
  const image = turned({ ...size, data }, mirrored, rotation)
  switch (format) {
    case 'jpg':
      onWhite(image.data)
      return encodeJpeg(image, JPEG_QUALITY)
    case 'png':
      return tools.codecs.encodePng(image)
    case 'webp':
      return tools.codecs.encodeWebp(image)
  }
}

const toInfo = ({ url }: DrawingRequest, { id }: Groups): Response =>
  new Response(null, {
    status: 303,
    headers: { location: `${url.origin}/iiif/${id}/info.json`, 'access-control-allow-origin': '*' },
  })

/** The images of scans by the IIIF Image API 3.0, and scans as IIIF Presentation 3.0 manifests. */
export const iiifRoutes: readonly DrawingRoute[] = [
  { path: /^\/iiif\/(?<id>\d{1,9})\/?$/, answer: toInfo },
  { path: /^\/iiif\/(?<id>\d{1,9})\/info\.json$/, answer: infoEndpoint },
  { path: /^\/iiif\/(?<id>\d{1,9})\/manifest(?:\.json)?$/, answer: manifestEndpoint },
  { path: /^\/iiif\/(?<id>\d{1,9})\/(?<path>.+)$/, answer: imageEndpoint },
]
