import type { Context } from '../../../domain/context.ts'
import { declaredLength, limitBytes } from '../../../domain/intake/byte-limit.ts'
import { PayloadTooLargeError } from '../../../domain/intake/errors.ts'
import type { StagedJobFile } from '../../../domain/job-files.ts'
import type { FormFields, FormValue } from '../../../formats/form-fields.ts'
import { FormatError } from '../../../formats/format-error.ts'
import { JSON_REST_MAX_BYTES, readJsonUpload } from '../../../formats/json-upload-stream.ts'
import { type MultipartFile, readMultipart } from '../../../formats/multipart-upload.ts'
import { bodyOf } from '../../../http/body-rest.ts'
import { mediaTypeOf, readBody, requireReadable } from '../../../http/request-body.ts'
import { InvalidBodyError } from '../errors.ts'
import { shown } from '../parameters.ts'
import type { ProcessDefinition } from './definition.ts'
import { isRecord } from './inputs.ts'
import { type Presentation, parsePresentation } from './presentation.ts'
import { StagedUpload } from './staged-upload.ts'

/** Of a body that brings a file: 1 GiB of it in base64, and what is beside it. */
export const EXECUTE_BODY_MAX_BYTES = 1400 * 1024 * 1024

/** What a request to execute a process says; its inputs are not yet checked. */
export interface ExecuteRequest {
  inputs: Record<string, unknown>
  /** The input that is a file, where it came with the request. */
  file: StagedJobFile | null
  presentation: Presentation
}

const MEMBERS = ['inputs', 'outputs', 'response']

/**
 * Reads the body of an execution. Where the process has an input that is a file, its bytes go to the bucket while they
 * arrive, under the id the job will have: as base64 in JSON, or as a part of a form. When this throws, nothing is left.
 * @throws InvalidBodyError, MalformedBodyError, FormatError, PayloadTooLargeError, UnsupportedMediaTypeError
 */
export async function readExecuteRequest(
  context: Context,
  request: Request,
  definition: ProcessDefinition,
  jobId: string,
): Promise<ExecuteRequest> {
  const { fileInput } = definition
  if (fileInput === undefined) return fromDocument(definition, await readBody(request))
  const upload = new StagedUpload(context, jobId)
  const contentType = request.headers.get('content-type') ?? ''
  const isForm = mediaTypeOf(contentType) === 'multipart/form-data'
  if (!isForm) requireReadable(contentType)
  try {
    return isForm
      ? await readForm(limited(request), contentType, definition, fileInput, upload)
      : await readJson(limited(request), definition, fileInput, upload)
  } catch (error) {
    await upload.abort()
    throw uploadFault(error, fileInput)
  }
}

async function readForm(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  definition: ProcessDefinition,
  fileInput: string,
  upload: StagedUpload,
): Promise<ExecuteRequest> {
  const files: MultipartFile[] = []
  const { response, ...fields } = await readMultipart(body, contentType, (file) => {
    if (file.field !== fileInput) throw new InvalidBodyError(`${shown(file.field)} takes no file`)
    if (files.push(file) > 1) throw new InvalidBodyError(`"${fileInput}" is given more than once`)
    return upload.open()
  })
  if (Object.hasOwn(fields, fileInput)) throw new InvalidBodyError(`"${fileInput}" must be sent as a file`)
  const [file] = files
  return {
    inputs: formInputs(fields),
    presentation: parsePresentation(definition, response, undefined),
    file: await upload.close(file?.fileName ?? null, file?.mediaType ?? null),
  }
}

/** A form has nothing but texts: truth values are written out, lists have commas. */
function formInputs(fields: FormFields): Record<string, unknown> {
  const { interactive, layers, ...rest } = fields
  return {
    ...rest,
    ...(interactive === undefined ? {} : { interactive: asTruth(interactive) }),
    ...(layers === undefined ? {} : { layers: typeof layers === 'string' ? layers.split(',') : layers }),
  }
}

const asTruth = (value: FormValue): FormValue | boolean =>
  value === 'true' || value === 'false' ? value === 'true' : value

async function readJson(
  body: AsyncIterable<Uint8Array>,
  definition: ProcessDefinition,
  fileInput: string,
  upload: StagedUpload,
): Promise<ExecuteRequest> {
  const { document, upload: diverted } = await readJsonUpload(body, () => upload.open(), {
    path: ['inputs', fileInput, 'value'],
    isBareAllowed: true,
  })
  const request = fromDocument(definition, document)
  const { [fileInput]: given, ...inputs } = request.inputs
  const file = isRecord(given) ? given : {}
  if (!upload.hasBegun && !isRecord(file.value)) return request
  const mediaType = textOf(file.mediaType, `inputs.${fileInput}.mediaType`) ?? diverted?.mediaType ?? null
  const encoding = textOf(file.encoding, `inputs.${fileInput}.encoding`) ?? 'base64'
  if (upload.hasBegun && encoding !== 'base64')
    throw new InvalidBodyError(`inputs.${fileInput}.encoding: ${shown(encoding)} is not base64`)
  if (!upload.hasBegun) await upload.open().write(new TextEncoder().encode(JSON.stringify(file.value)))
  return { ...request, inputs, file: await upload.close(null, mediaType) }
}

function textOf(value: unknown, path: string): string | null {
  if (value === undefined) return null
  if (typeof value !== 'string') throw new InvalidBodyError(`${path}: it is not a text`)
  return value
}

function fromDocument(definition: ProcessDefinition, document: unknown): ExecuteRequest {
  if (!isRecord(document)) throw new InvalidBodyError('The body is not a JSON object with "inputs"')
  if (document.subscriber !== undefined)
    throw new InvalidBodyError('subscriber: nobody is called back here; ask for the status of the job')
  const unknown = Object.keys(document).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined)
    throw new InvalidBodyError(`${shown(unknown)} does not belong here; there are ${MEMBERS.join(', ')}`)
  const { inputs = {}, outputs, response } = document
  if (!isRecord(inputs)) throw new InvalidBodyError('inputs: it is not an object')
  return { inputs, file: null, presentation: parsePresentation(definition, response, outputs) }
}

function limited(request: Request): AsyncIterable<Uint8Array> {
  const tooLarge = () => new PayloadTooLargeError('The body', EXECUTE_BODY_MAX_BYTES)
  if ((declaredLength(request.headers.get('content-length')) ?? 0) > EXECUTE_BODY_MAX_BYTES) throw tooLarge()
  return limitBytes(bodyOf(request) ?? nothing(), EXECUTE_BODY_MAX_BYTES, tooLarge)
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** What a reader's complaint means here; anything else is handed through. */
function uploadFault(error: unknown, fileInput: string): unknown {
  if (!(error instanceof FormatError)) return error
  switch (error.code) {
    case 'bad-data-uri':
    case 'bad-base64':
      return new InvalidBodyError(`inputs.${fileInput}.value: ${error.message}`)
    case 'json-too-large':
      return new PayloadTooLargeError('The body without its file', JSON_REST_MAX_BYTES)
    default:
      return error
  }
}
