import { type ByteSink, pieces } from './byte-sink.ts'
import { type FormFields, setField } from './form-fields.ts'
import { FormatError } from './format-error.ts'
import { MultipartScanner } from './multipart-scanner.ts'

/** Size of all text fields together, names included. */
export const FIELDS_MAX_BYTES = 1024 * 1024
/** Fields and files together. */
export const PARTS_MAX = 256

export interface MultipartFile {
  /** The part's name as it was sent, `data[attributes][upload]` for one. */
  field: string
  /** As the client sent it, unsafe. */
  fileName: string | null
  /** Lower case, without parameters. */
  mediaType: string | null
}

type OpenFile = (file: MultipartFile) => ByteSink | null | Promise<ByteSink | null>
type Utf8Decoder = InstanceType<typeof TextDecoder>

/**
 * Reads a `multipart/form-data` body (RFC 7578) as it arrives: text fields into a nested object (see `setField`),
 * each file to the sink that `openFile` gives for it, or nowhere when that is null. A part is a file when it has a
 * file name, or a media type that is an image's or octet-stream. An empty file name (a form's file input left empty)
 * is no file.
 *
 * Throws `FormatError`: `bad-multipart`, `bad-field`, `fields-too-large`.
 */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  openFile: OpenFile,
): Promise<FormFields> {
  const scanner = new MultipartScanner(boundaryOf(contentType))
  const form = new FormReader(openFile)
  for await (const chunk of body) {
    for (const piece of pieces(chunk)) {
      for (const event of scanner.push(piece)) {
        if (event.kind === 'part') await form.beginPart(event.headers)
        else if (event.kind === 'data') await form.write(event.bytes)
        else form.endPart()
      }
    }
  }
  scanner.finish()
  return form.fields
}

/** The boundary in a `multipart/form-data` content type; throws `FormatError` `bad-multipart` without one. */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;\s]*))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) {
    throw new FormatError('bad-multipart', 'not a valid multipart body: its content type names no boundary')
  }
  return boundary
}

class FormReader {
  readonly fields: FormFields = {}
  readonly #openFile: OpenFile
  #parts = 0
  #fieldBytes = 0
  #name = ''
  /** Of the part being read: where its bytes go, or the text they make when it is a field. */
  #sink: ByteSink | null = null
  #text: { decoder: Utf8Decoder; value: string } | null = null

  constructor(openFile: OpenFile) {
    this.#openFile = openFile
  }

  async beginPart(headers: ReadonlyMap<string, string>): Promise<void> {
    if (++this.#parts > PARTS_MAX) throw tooLarge(`more than ${PARTS_MAX} parts`)
    const file = partOf(headers)
    this.#name = file.field
    this.#sink = null
    this.#text = null
    if (file.fileName === '') return
    if (isFile(file)) this.#sink = await this.#openFile(file)
    else {
      this.#countField(file.field.length)
      this.#text = { decoder: new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }), value: '' }
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#text !== null) {
      this.#countField(bytes.length)
      this.#text.value += this.#decode(this.#text.decoder, bytes)
    } else await this.#sink?.write(bytes)
  }

  endPart(): void {
    if (this.#text === null) return
    const value = this.#text.value + this.#decode(this.#text.decoder)
    setField(this.fields, this.#name, value)
  }

  #decode(decoder: Utf8Decoder, bytes?: Uint8Array): string {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch {
      throw new FormatError('bad-field', `the form field ${JSON.stringify(this.#name)} is not UTF-8`)
    }
  }

  #countField(bytes: number): void {
    this.#fieldBytes += bytes
    if (this.#fieldBytes > FIELDS_MAX_BYTES) throw tooLarge(`text fields over ${FIELDS_MAX_BYTES} bytes`)
  }
}

function isFile({ fileName, mediaType }: MultipartFile): boolean {
  if (fileName !== null) return true
  return mediaType !== null && (mediaType.startsWith('image/') || mediaType === 'application/octet-stream')
}

function partOf(headers: ReadonlyMap<string, string>): MultipartFile {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary'
  if (!['binary', '8bit', '7bit'].includes(encoding)) {
    throw new FormatError(
      'bad-multipart',
      `not a valid multipart body: ${encoding} encoding is not supported`,
    )
  }
  const disposition = parameters(headers.get('content-disposition') ?? '')
  const field = disposition.get('name')
  if (field === undefined) {
    throw new FormatError('bad-multipart', 'not a valid multipart body: a part has no name')
  }
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';')
  return {
    field,
    fileName: disposition.get('filename') ?? null,
    mediaType: mediaType.trim().toLowerCase() || null,
  }
}

/** Parameters of a `Content-Disposition`, unquoted: browsers write `"` as %22, curl as \". */
function parameters(header: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name, quoted, token] of header.matchAll(
    /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g,
  )) {
    const value = quoted?.replace(/\\(["\\])/g, '$1') ?? token!
    found.set(
      name!.toLowerCase(),
      value.replace(/%(22|0D|0A)/gi, (percent) => decodeURIComponent(percent)),
    )
  }
  return found
}

function tooLarge(what: string): FormatError {
  return new FormatError('fields-too-large', `the form has ${what}`)
}
