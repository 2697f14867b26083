import type { JpegDecoder } from '../../formats/codecs.ts'
import { type Pieces, pieceRequest } from '../../formats/iiif/image-pieces.ts'
import type { ImageService, Size } from '../../formats/iiif/image-service.ts'
import { rawTiffHead, rawTile } from '../../formats/raw-tiff.ts'
import { FetchRefusedError } from '../intake/errors.ts'
import { type SafeFetchOptions, safeFetch } from '../intake/safe-fetch.ts'
import { joined } from './read-body.ts'

/** Requests under way at a time: servers of images stop answering those who ask for more. */
const REQUESTS_AT_ONCE = 4
const PIECE_MAX_BYTES = 8 * 1024 * 1024
const ATTEMPTS = 3
const PAUSE_MS = 500
/** By how much the sides of a reduced piece may differ from what is asked for: servers round differently. */
const ROUNDING_PX = 1

/** How pieces are fetched, `limits` asked anew for each. */
export interface PieceFetching {
  decodeJpeg: JpegDecoder
  limits: () => SafeFetchOptions
}

/**
 * The image as a tiled TIFF, written while its pieces come, a few in memory at a time.
 * @throws FetchRefusedError where a piece does not come or is not what was asked for
 */
export async function* assembled(
  service: ImageService,
  pieces: Pieces,
  fetching: PieceFetching,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield rawTiffHead(pieces, pieces.piece)
  const requests = Array.from({ length: pieces.columns * pieces.rows }, (_, i) =>
    pieceRequest(service, pieces, i % pieces.columns, Math.floor(i / pieces.columns)),
  )
  for await (const { bytes, request } of fetchedInOrder(requests, fetching))
    yield rawTile(await decoded(bytes, request, fetching.decodeJpeg), pieces.piece)
}

type PieceRequest = ReturnType<typeof pieceRequest>

async function* fetchedInOrder(
  requests: PieceRequest[],
  fetching: PieceFetching,
): AsyncGenerator<{ bytes: Uint8Array; request: PieceRequest }> {
  const underway: Promise<Uint8Array>[] = []
  let next = 0
  for (const request of requests) {
    for (; next < requests.length && underway.length < REQUESTS_AT_ONCE; next++) {
      const piece = fetchPiece(requests[next]!.url, fetching)
      piece.catch(() => undefined)
      underway.push(piece)
    }
    yield { bytes: await underway.shift()!, request }
  }
}

/** Fetches a piece; a server that is busy is asked again. */
async function fetchPiece(url: string, { limits }: PieceFetching): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { body } = await safeFetch(url, { ...limits(), maxBytes: PIECE_MAX_BYTES })
      return await joined(body)
    } catch (error) {
      const isPassing =
        error instanceof FetchRefusedError && (error.reason === 'status' || error.reason === 'unreachable')
      if (!isPassing || attempt === ATTEMPTS) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
  }
}

async function decoded(bytes: Uint8Array, asked: Size, decodeJpeg: JpegDecoder) {
  const image = await decodeJpeg(bytes).catch((error) => {
    throw new FetchRefusedError('status', 'a piece of it is no JPEG', error)
  })
  const isAsAsked =
    Math.abs(image.width - asked.width) <= ROUNDING_PX && Math.abs(image.height - asked.height) <= ROUNDING_PX
  if (isAsAsked) return image
  throw new FetchRefusedError(
    'status',
    `a piece of it has ${image.width} x ${image.height} pixels instead of ${asked.width} x ${asked.height}`,
  )
}
