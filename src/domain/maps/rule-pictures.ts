import { FormatError } from '../../formats/format-error.ts'
import { memorySource, probeImage } from '../../formats/probe/index.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { FetchRefusedError } from '../intake/errors.ts'
import { fetchedBytes } from '../map-rendering/fetched-bytes.ts'
import { findStoredFileOf, type StoredFile } from '../storage/storage.ts'
import { readLayer } from './layers.ts'

/** File of an icon or a pattern. */
export const PICTURE_MAX_BYTES = 256 * 1024
/** How long a picture from elsewhere is waited for, milliseconds. */
const FETCH_MAX_MS = 8000

export interface PictureReference {
  layerId: number
  /** Which rule of the layer, from 0. */
  rule: number
  part: 'icon' | 'hatch'
}

/** A file of the layer's owner, or what has been fetched from elsewhere. */
export type RulePicture = { file: StoredFile } | { bytes: Uint8Array; contentType: string }

/** A picture that a rule of a layer draws with, for who sees the layer. @throws NotFoundError */
export async function readRulePicture(
  context: Context,
  principal: Principal,
  { layerId, rule, part }: PictureReference,
): Promise<RulePicture> {
  const { rules, ownerId } = await readLayer(context, principal, layerId)
  const reference = rules?.[rule]?.[part]
  const missing = new NotFoundError('File', `${rule}/${part} of layer ${layerId}`)
  if (!reference) throw missing
  if (/^https?:\/\//i.test(reference)) {
    const picture = await fetchedPicture(context, reference)
    if (picture) return picture
  } else {
    const file = ownerId === null ? null : await findStoredFileOf(context, ownerId, reference)
    if (file?.contentType.startsWith('image/') && file.byteSize <= PICTURE_MAX_BYTES) return { file }
  }
  throw missing
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}

/** Null where it is not there, or is no picture. */
async function fetchedPicture({ fetchAllow }: Context, address: string): Promise<RulePicture | null> {
  try {
    const bytes = await fetchedBytes(address, {
      ...{ allow: fetchAllow, deadline: Date.now() + FETCH_MAX_MS, maxBytes: PICTURE_MAX_BYTES },
    })
    if (/^\uFEFF?\s*</.test(new TextDecoder().decode(bytes.subarray(0, 100))))
      return { bytes, contentType: 'image/svg+xml' }
    const contentType = CONTENT_TYPES[(await probeImage(memorySource(bytes))).format]
    return contentType ? { bytes, contentType } : null
  } catch (error) {
    if (error instanceof FetchRefusedError || error instanceof FormatError) return null
    throw error
  }
}
