import { FormatError } from '../../formats/format-error.ts'
import { largestAtOnce, largestListed, planPieces, wholeImageUrl } from '../../formats/iiif/image-pieces.ts'
import type { ImageService, Size } from '../../formats/iiif/image-service.ts'
import { assertWithinBudget, probeImage } from '../../formats/probe/index.ts'
import { bucketSource } from '../../store/bucket-source.ts'
import type { Context } from '../context.ts'
import { FetchRefusedError } from '../intake/errors.ts'
import { sanitizeFileName } from '../intake/file-name.ts'
import { type SafeFetchOptions, safeFetch } from '../intake/safe-fetch.ts'
import {
  discardStaged,
  type IntakeContext,
  type StagedImage,
  stageBytes,
  stageFetched,
} from '../intake/stage-image.ts'
import { assembled } from './assemble.ts'

export type FetchContext = Pick<Context, 'bucket' | 'fetchAllow' | 'decodeJpeg'> &
  Pick<IntakeContext, 'createDigest'>

/** Time kept for fetching the image smaller should its pieces not come in time. */
const RESERVE_MS = 15_000

interface Attempt extends Size {
  image: StagedImage
}

type Limits = () => SafeFetchOptions

/**
 * Fetches the image of a IIIF service in the best size there is: whole if the server gives it whole, else put together
 * of its pieces, else as large as the server gives it at once; `note` says so then.
 * @param limits of a fetch, asked anew for each
 * @throws FetchRefusedError, FormatError; nothing is left in the bucket then
 */
export async function fetchServiceImage(
  context: FetchContext,
  service: ImageService,
  sourceUrl: string,
  limits: Limits,
): Promise<{ image: StagedImage; note: string | null }> {
  const isFull = ({ width, height }: Size) => width >= service.width && height >= service.height
  const faults: unknown[] = []
  const tried = (work: Promise<Attempt>): Promise<Attempt | null> =>
    work.catch((error) => {
      if (!(error instanceof FetchRefusedError || error instanceof FormatError)) throw error
      faults.push(error)
      return null
    })

  const atOnce = largestAtOnce(service)
  const whole = isFull(atOnce) ? await tried(atSize(context, service, atOnce, sourceUrl, limits)) : null
  if (whole && isFull(whole)) return { image: whole.image, note: null }
  const known = whole ?? (isFull(atOnce) ? null : atOnce)
  const pieced = await tried(inPieces(context, service, known?.width ?? 0, sourceUrl, limits)).catch(
    async (error) => {
      if (whole) await discardStaged(context, whole.image)
      throw error
    },
  )
  if (pieced && whole) await discardStaged(context, whole.image)
  const smaller = isFull(atOnce) ? largestListed(service) : atOnce
  const best =
    pieced ?? whole ?? (smaller && (await tried(atSize(context, service, smaller, sourceUrl, limits))))
  if (!best) throw faults.find((error) => error instanceof FetchRefusedError) ?? faults[0]
  return { image: best.image, note: isFull(best) ? null : noteOn(best, service) }
}

const noteOn = (given: Size, { width, height }: Size): string =>
  `The image has ${given.width} x ${given.height} pixels of the ${width} x ${height} at its source, ` +
  'which gives no more of it.'

async function atSize(
  context: FetchContext,
  service: ImageService,
  size: Size,
  sourceUrl: string,
  limits: Limits,
): Promise<Attempt> {
  const found = await safeFetch(wholeImageUrl(service, size), limits())
  return probed(context, {
    ...(await stageFetched(context, found, sourceUrl)),
    fileName: nameOf(service, '.jpg'),
  })
}

/** @param knownWidth of the image that is there already: pieces that make no larger one are not fetched */
async function inPieces(
  context: FetchContext,
  service: ImageService,
  knownWidth: number,
  sourceUrl: string,
  limits: Limits,
): Promise<Attempt> {
  const { decodeJpeg } = context
  const pieces = planPieces(service)
  if (!decodeJpeg || !pieces || pieces.width <= knownWidth)
    throw new FormatError('bad-iiif', 'names a IIIF image that its server does not give in full')
  const pieceLimits = (): SafeFetchOptions => {
    const given = limits()
    const totalMs = Math.max(1, (given.totalMs ?? 0) - RESERVE_MS)
    return { ...given, totalMs, firstByteMs: totalMs }
  }
  const stored = await stageBytes(context, assembled(service, pieces, { decodeJpeg, limits: pieceLimits }))
  return probed(context, {
    ...stored,
    fileName: nameOf(service, '.tif'),
    declaredType: 'image/tiff',
    attribute: 'upload_url',
    sourceUrl,
  })
}

/** The image with its size; one that cannot be used is deleted. @throws FormatError */
async function probed(context: FetchContext, image: StagedImage): Promise<Attempt> {
  try {
    const info = await probeImage(bucketSource(context.bucket, image.key, image.size))
    assertWithinBudget(info, image.size)
    return { image, width: info.width, height: info.height }
  } catch (error) {
    await discardStaged(context, image)
    throw error
  }
}

/** Images of a service are all called the same; what tells them apart is the service's own name. */
function nameOf({ base }: ImageService, extension: string): string {
  const last = base.split('/').at(-1) ?? ''
  const name = URL.canParse(base) && last !== '' ? decoded(last) : 'image'
  return sanitizeFileName(`${name.replace(/\.\w{1,5}$/, '').slice(0, 100)}${extension}`, null)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
