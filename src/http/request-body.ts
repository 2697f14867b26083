import { declaredLength, limitBytes } from '../domain/intake/byte-limit.ts'
import { PayloadTooLargeError } from '../domain/intake/errors.ts'
import { type FormFields, setField } from '../formats/form-fields.ts'
import { describeJsonFault, jsonFaultPosition } from '../formats/json-fault.ts'
import { readMultipart } from '../formats/multipart-upload.ts'
import { bodyOf } from './body-rest.ts'
import { MalformedBodyError, UnsupportedMediaTypeError } from './errors.ts'

/** Size of a body that is held in memory, unless told otherwise: everything but the one that brings an image. */
export const TEXT_BODY_MAX_BYTES = 1024 * 1024

/** What JSON and forms are sent as; nothing at all counts as JSON. */
const READABLE = [
  '',
  'application/json',
  'text/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
]

export interface BodyOptions {
  maxBytes?: number
  /** A field of a multipart form that may come as a file of text, too. */
  textFile?: string
  /** Reads a text that is no form's; as JSON unless given. */
  parseText?: (text: string) => unknown
}

/**
 * The body of a request as one value: JSON as it is, a form (urlencoded or multipart, its other files left out) as nested
 * objects of strings, no body as `{}`. A body that begins with a brace or bracket is JSON though it is declared as an
 * urlencoded form, which is what `curl -d` declares of itself.
 *
 * Throws `MalformedBodyError`, `UnsupportedMediaTypeError`, `PayloadTooLargeError`, and `FormatError` for a form.
 */
export async function readBody(
  request: Request,
  { maxBytes = TEXT_BODY_MAX_BYTES, textFile, parseText = parseJson }: BodyOptions = {},
): Promise<unknown> {
  const contentType = request.headers.get('content-type') ?? ''
  const mediaType = mediaTypeOf(contentType)
  const body = limited(request, maxBytes)
  if (mediaType === 'multipart/form-data') return readForm(body, contentType, textFile)
  const text = await readText(body)
  if (text.trim() === '') return {}
  if (mediaType === 'application/x-www-form-urlencoded' && !/^\s*[{[]/.test(text)) return parseForm(text)
  requireReadable(contentType)
  return parseText(text)
}

async function readForm(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  textFile: string | undefined,
): Promise<FormFields> {
  const chunks: Uint8Array[] = []
  const file = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) }
  const fields = await readMultipart(body, contentType, ({ field }) => (field === textFile ? file : null))
  if (textFile !== undefined && chunks.length > 0) setField(fields, textFile, await readText(chunks))
  return fields
}

export const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]!.trim().toLowerCase()

/** Parses JSON. @throws MalformedBodyError with the reason and the position */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const fault = `The body is not valid JSON: ${describeJsonFault(text)}`
    throw new MalformedBodyError(fault, jsonFaultPosition(text))
  }
}

/** An urlencoded form as nested objects: `user[email]=a` becomes `{user: {email: 'a'}}`. @throws FormatError */
function parseForm(text: string): FormFields {
  const fields: FormFields = {}
  for (const [name, value] of new URLSearchParams(text)) setField(fields, name, value)
  return fields
}

/** @throws UnsupportedMediaTypeError where a type is neither a form's nor one that JSON is sent as */
export function requireReadable(contentType: string): void {
  const mediaType = mediaTypeOf(contentType)
  if (!READABLE.includes(mediaType) && !/^application\/.+\+json$/.test(mediaType))
    throw new UnsupportedMediaTypeError(contentType)
}

function limited(request: Request, maxBytes: number): AsyncIterable<Uint8Array> {
  const tooLarge = () => new PayloadTooLargeError('The body', maxBytes)
  if ((declaredLength(request.headers.get('content-length')) ?? 0) > maxBytes) throw tooLarge()
  return limitBytes(bodyOf(request) ?? nothing(), maxBytes, tooLarge)
}

async function readText(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  try {
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new MalformedBodyError('The body is not UTF-8')
    throw error
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
