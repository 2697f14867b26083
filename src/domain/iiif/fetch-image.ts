import { FormatError } from '../../formats/format-error.ts'
import { parseIiifDocument } from '../../formats/iiif/document.ts'
import type { ImageService } from '../../formats/iiif/image-service.ts'
import { chooseCanvas, type ImageAddress, type Manifest } from '../../formats/iiif/manifest.ts'
import { plainText } from '../../formats/iiif/plain-text.ts'
import { limitBytes } from '../intake/byte-limit.ts'
import { FetchRefusedError, formatBytes, UploadRejectedError } from '../intake/errors.ts'
import {
  type FetchedResource,
  type SafeFetchOptions,
  safeFetch,
  URL_FIRST_BYTE_MAX_MS,
  URL_TOTAL_MAX_MS,
} from '../intake/safe-fetch.ts'
import { fetchFault, type StagedImage, stageFetched } from '../intake/stage-image.ts'
import { joined } from './read-body.ts'
import { type FetchContext, fetchServiceImage } from './service-image.ts'

export const DOCUMENT_MAX_BYTES = 2 * 1024 * 1024

/** What a IIIF document says of its image, as plain text; empty where it says nothing. */
export interface Described {
  title: string
  description: string
}

export interface FetchedImage<T> {
  image: StagedImage
  /** What `prepare` made of the description. */
  prepared: T
  /** A remark on an image that is smaller than it is where it comes from. */
  note: string | null
}

/** What is said where nothing is. */
export const UNDESCRIBED: Described = { title: '', description: '' }
const BRACE = 0x7b
const BLANKS = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]

/**
 * Fetches the image that an address leads to into the bucket: the one that is there, or the one of the IIIF `info.json`
 * or manifest that is there, which is told from an image by its first byte. Everything together has the time of one
 * fetch.
 *
 * @param canvas id or number from 0 of a manifest's canvas; the first unless given
 * @param prepare called with what the document says before the image is fetched; what it throws ends the matter
 * @throws UploadRejectedError; nothing is left in the bucket then
 */
export async function fetchImage<T>(
  context: FetchContext,
  sourceUrl: string,
  canvas: string | null,
  prepare: (described: Described) => T,
): Promise<FetchedImage<T>> {
  const end = Date.now() + URL_TOTAL_MAX_MS
  const limits = (): SafeFetchOptions => {
    const totalMs = Math.max(1, end - Date.now())
    return { allow: context.fetchAllow, totalMs, firstByteMs: Math.min(URL_FIRST_BYTE_MAX_MS, totalMs) }
  }
  try {
    const found = await safeFetch(sourceUrl, limits())
    const { isJson, body } = await lookInto(found.body)
    if (!isJson) {
      const prepared = await orClose(body, async () => prepare(UNDESCRIBED))
      return { image: await stageFetched(context, { ...found, body }, sourceUrl), prepared, note: null }
    }
    const document = await readDocument({ ...found, body })
    const { address, described } =
      'image' in document
        ? { address: document.image, described: describedImage(document.image) }
        : describedCanvas(document.manifest, canvas)
    const prepared = prepare(described)
    return { ...(await imageAt(context, address, sourceUrl, limits)), prepared }
  } catch (error) {
    throw fault(error)
  }
}

/** What is known of a document's address is told; of one that was not known before, only that it did not answer. */
function fault(error: unknown): unknown {
  return error instanceof FormatError
    ? new UploadRejectedError('upload_url', error.message, error)
    : fetchFault(error)
}

async function imageAt(
  context: FetchContext,
  address: ImageService | ImageAddress,
  sourceUrl: string,
  limits: () => SafeFetchOptions,
): Promise<{ image: StagedImage; note: string | null }> {
  try {
    if ('file' in address) {
      const image = await stageFetched(context, await safeFetch(address.file, limits()), sourceUrl)
      return { image, note: null }
    }
    const service = 'service' in address ? await readService(address.service, limits()) : address
    return await fetchServiceImage(context, service, sourceUrl, limits)
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    throw new UploadRejectedError(
      'upload_url',
      `names a IIIF image that cannot be fetched: ${error.message}`,
      error,
    )
  }
}

async function readService(base: string, limits: SafeFetchOptions): Promise<ImageService> {
  const document = await readDocument(await safeFetch(`${base}/info.json`, limits))
  if ('image' in document) return document.image
  throw new FormatError('bad-iiif', 'is a IIIF manifest whose image service has no info.json')
}

async function readDocument({ url, body }: FetchedResource) {
  const tooLarge = () =>
    new FormatError('bad-iiif', `is a IIIF document of more than ${formatBytes(DOCUMENT_MAX_BYTES)}`)
  const bytes = await joined(limitBytes(body, DOCUMENT_MAX_BYTES, tooLarge))
  return parseIiifDocument(new TextDecoder().decode(bytes), url.href)
}

const describedImage = ({ attribution }: ImageService): Described => ({
  title: '',
  description: plainText(attribution),
})

function describedCanvas(
  manifest: Manifest,
  canvas: string | null,
): { address: ImageAddress; described: Described } {
  const { image } = chooseCanvas(manifest, canvas)
  return {
    address: image,
    described: { title: manifest.label.replaceAll('\n', ', '), description: manifest.description },
  }
}

/** Whether a body is JSON, and the body, still whole. No image begins with a brace. */
async function lookInto(body: AsyncIterable<Uint8Array>) {
  const chunks = body[Symbol.asyncIterator]()
  const { done, value } = await chunks.next()
  const first = done ? new Uint8Array() : value
  return { isJson: first.find((byte) => !BLANKS.includes(byte)) === BRACE, body: rejoined(first, chunks) }
}

async function* rejoined(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** Does `work`; should it throw, the body is left. */
async function orClose<T>(
  body: AsyncGenerator<Uint8Array, void, undefined>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // A generator that was never asked does not clean up.
    await body.next()
    await body.return()
    throw error
  }
}
