import { declaredLength, limitBytes } from '../domain/intake/byte-limit.ts'
import { PayloadTooLargeError } from '../domain/intake/errors.ts'
import type { ByteSink } from '../formats/byte-sink.ts'
import type { FormFields } from '../formats/form-fields.ts'
import { boundaryOf, readMultipart } from '../formats/multipart-upload.ts'
import { bodyOf } from './body-rest.ts'
import { MalformedBodyError } from './errors.ts'
import { mediaTypeOf } from './request-body.ts'

/** What a form has beside its file. */
const FORM_OVERHEAD_MAX_BYTES = 64 * 1024

export interface TextUpload {
  /** Empty where nothing was sent. */
  text: string
  /** The other fields of a form. */
  fields: FormFields
}

/**
 * A file of text that a request brings: the part `file` of a multipart form, or the body as it is, of whatever type.
 * Throws `PayloadTooLargeError`, `MalformedBodyError` (not UTF-8), and `FormatError` for a form.
 */
export async function readTextUpload(request: Request, maxBytes: number): Promise<TextUpload> {
  const contentType = request.headers.get('content-type') ?? ''
  const tooLarge = () => new PayloadTooLargeError('The file', maxBytes)
  const length = declaredLength(request.headers.get('content-length')) ?? 0
  if (length > maxBytes + FORM_OVERHEAD_MAX_BYTES) throw tooLarge()
  const isForm = mediaTypeOf(contentType) === 'multipart/form-data'
  if (isForm) boundaryOf(contentType)
  const body = bodyOf(request)
  if (!body) return { text: '', fields: {} }
  const sink = new TextSink()
  if (!isForm) {
    for await (const chunk of limitBytes(body, maxBytes, tooLarge)) await sink.write(chunk)
    return { text: sink.text(), fields: {} }
  }
  const limited = limitBytes(body, maxBytes + FORM_OVERHEAD_MAX_BYTES, tooLarge)
  const fields = await readMultipart(limited, contentType, ({ field }) => (field === 'file' ? sink : null))
  const text = sink.text()
  return { text: text === '' && typeof fields.file === 'string' ? fields.file : text, fields }
}

class TextSink implements ByteSink {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  #text = ''

  async write(chunk: Uint8Array): Promise<void> {
    this.#text += this.#decoded(() => this.#decoder.decode(chunk, { stream: true }))
  }

  text(): string {
    this.#text += this.#decoded(() => this.#decoder.decode())
    return this.#text
  }

  #decoded(decode: () => string): string {
    try {
      return decode()
    } catch {
      throw new MalformedBodyError('The file is not UTF-8')
    }
  }
}
