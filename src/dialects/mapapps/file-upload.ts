import type { Context as RequestContext } from 'hono'
import { declaredLength } from '../../domain/intake/byte-limit.ts'
import { PayloadTooLargeError } from '../../domain/intake/errors.ts'
import type { ByteSink } from '../../formats/byte-sink.ts'
import { readMultipart } from '../../formats/multipart-upload.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { bodyOf } from '../../http/body-rest.ts'
import { json } from '../../http/json.ts'
import { mediaTypeOf } from '../../http/request-body.ts'
import { knownError } from './errors.ts'

/** What a form has beside its file. */
const FORM_OVERHEAD_MAX_BYTES = 1024 * 1024
const SHOWN_MAX_CHARACTERS = 255
/** What is wrong with an upload itself; who may not, or not this, is told by the status. */
const UPLOAD_FAULTS: readonly number[] = [400, 413, 415]

/** Where an upload goes. Whoever begins one ends it with `finish` or `abort`. */
export interface UploadIntake {
  open(declaredType: string | null): ByteSink
  finish(): Promise<void>
  abort(): Promise<void>
}

export interface Upload {
  /** Bytes of the file. */
  maxBytes: number
  /** What the file is called where nobody says. */
  fileName: string
  /** Looks whether the upload may be. */
  begin(): Promise<UploadIntake>
}

/**
 * Takes the file of a form, whatever its part is called, or the body as it is, and answers as the upload endpoints do: with
 * what has been taken, and with what is wrong with it, both 200.
 */
export async function answerUpload(c: RequestContext<AppEnv>, upload: Upload): Promise<Response> {
  const uploaded = told(upload.fileName, 'file')
  let intake: UploadIntake | null = null
  const open = async (declaredType: string | null): Promise<ByteSink> => {
    intake ??= await upload.begin()
    if (
      (declaredLength(c.req.header('content-length') ?? null) ?? 0) >
      upload.maxBytes + FORM_OVERHEAD_MAX_BYTES
    )
      throw new PayloadTooLargeError('The file', upload.maxBytes)
    return intake.open(declaredType)
  }
  try {
    await receive(c.req.raw, uploaded, open)
    intake ??= await upload.begin()
    await (intake as UploadIntake).finish()
  } catch (error) {
    await (intake as UploadIntake | null)?.abort()
    const fault = knownError(error)
    if (!fault || !UPLOAD_FAULTS.includes(fault.status)) throw error
    return json(c, { ...uploaded, error: fault.message })
  }
  return json(c, uploaded)
}

interface Uploaded {
  file: string
  /** Of the part of the form. */
  name: string
  /** The extension, with its point. */
  type: string
}

const told = (file: string, name: string): Uploaded => ({
  file: file.slice(0, SHOWN_MAX_CHARACTERS),
  name: name.slice(0, SHOWN_MAX_CHARACTERS),
  type: /\.[^./\\]*$/.exec(file)?.[0].toLowerCase().slice(0, SHOWN_MAX_CHARACTERS) ?? '',
})

async function receive(
  request: Request,
  uploaded: Uploaded,
  open: (declaredType: string | null) => Promise<ByteSink>,
): Promise<void> {
  const body = bodyOf(request)
  if (!body) return
  const contentType = request.headers.get('content-type') ?? ''
  if (mediaTypeOf(contentType) === 'multipart/form-data') {
    await readMultipart(body, contentType, ({ field, fileName, mediaType }) => {
      Object.assign(uploaded, told(fileName ?? uploaded.file, field))
      return open(mediaType)
    })
    return
  }
  const sink = await open(contentType || null)
  for await (const chunk of body) await sink.write(chunk)
}
