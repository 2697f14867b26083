import { encodedWhole, WHOLE_MAX_PX } from '../../domain/render/encoded-picture.ts'
import { writeText } from '../../formats/bitmap-text.ts'
import type { RasterCodecs } from '../../formats/codecs.ts'
import { parsePictureStyle, type SizedStyle } from './map-request.ts'
import type { WmsParameters } from './parameters.ts'
import { exceptionReport, exceptionType, WmsError, type WmsVersion } from './service-exception.ts'

const HEADERS = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }

/**
 * The answer to a request that cannot be carried out, in the form its EXCEPTIONS parameter asks for: a report, or a
 * picture of the requested size, blank or with the message in it. A report takes a picture's place where the size is
 * not known, or where it would be larger than one drawn in one piece.
 */
export async function exceptionAnswer(
  codecs: RasterCodecs,
  parameters: WmsParameters,
  version: WmsVersion,
  error: WmsError,
): Promise<Response> {
  const form = /(inimage|blank)$/i.exec(parameters.get('exceptions') ?? '')?.[1]?.toLowerCase()
  const style = form === undefined ? null : pictureStyle(parameters)
  if (!style) {
    const headers = { ...HEADERS, 'content-type': `${exceptionType(version)}; charset=utf-8` }
    return new Response(exceptionReport(error, version), { status: error.status, headers })
  }
  const image = blankImage(style)
  if (form === 'inimage') writeText(image.data, style.width, style.height, error.message)
  const bytes = await encodedWhole(codecs, style.type, image)
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { ...HEADERS, 'content-type': style.type },
  })
}

/** How the picture would have been sent; null where that cannot be told. */
function pictureStyle(parameters: WmsParameters): SizedStyle | null {
  const isGetMap = parameters.get('request')?.toLowerCase() === 'getmap'
  if (!isGetMap) return null
  // A fault of the format or colour itself leaves the others.
  for (const doubtful of [[], ['bgcolor'], ['format'], ['format', 'bgcolor']]) {
    const style = styleWithout(parameters, doubtful)
    if (style) return style.width * style.height <= WHOLE_MAX_PX ? style : null
  }
  return null
}

function styleWithout(parameters: WmsParameters, names: readonly string[]): SizedStyle | null {
  try {
    return parsePictureStyle(new Map([...parameters].filter(([name]) => !names.includes(name))))
  } catch (error) {
    if (error instanceof WmsError) return null
    throw error
  }
}

function blankImage({ width, height, transparent, background }: SizedStyle) {
  const data = new Uint8Array(width * height * 4)
  if (!transparent) new Uint32Array(data.buffer).fill(packed(background))
  return { width, height, data }
}

/** An opaque colour as four bytes in memory. */
function packed([red, green, blue]: SizedStyle['background']): number {
  return new Uint32Array(Uint8Array.of(red, green, blue, 255).buffer)[0]!
}
