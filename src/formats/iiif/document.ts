import { FormatError } from '../format-error.ts'
import { type ImageService, isImageService, parseImageService } from './image-service.ts'
import { isNode } from './json-ld.ts'
import { isPresentation, type Manifest, parseManifest } from './manifest.ts'

export type IiifDocument = { image: ImageService } | { manifest: Manifest }

/**
 * Reads an `info.json` or a manifest, whichever the text is.
 * @param address where it was found
 * @throws FormatError `bad-iiif`; its message can be read behind the name of the address
 */
export function parseIiifDocument(text: string, address: string): IiifDocument {
  const document = parseJson(text)
  if (isNode(document)) {
    if (isPresentation(document)) return { manifest: parseManifest(document) }
    if (isImageService(document)) return { image: parseImageService(document, address) }
  }
  throw new FormatError('bad-iiif', 'is neither an image nor a IIIF image or manifest')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new FormatError('bad-iiif', 'is neither an image nor valid JSON')
  }
}
