import { isEncoding } from '../../../formats/byte-text.ts'
import type { Principal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { UnauthenticatedError, ValidationError } from '../../errors.ts'
import { limitBytes } from '../../intake/byte-limit.ts'
import { FetchRefusedError, PayloadTooLargeError } from '../../intake/errors.ts'
import { fileNameOfUrl, sanitizeFileName } from '../../intake/file-name.ts'
import { safeFetch } from '../../intake/safe-fetch.ts'
import { discardJobFiles, openJobFile, type StagedJobFile } from '../../job-files.ts'
import { type JobRecord, submitJob } from '../../jobs.ts'
import { codeOfName } from './layer-system.ts'

/** Size of a file that is imported. */
export const IMPORT_FILE_MAX_BYTES = 1024 * 1024 * 1024
/** How long a file that is named by its address may take to arrive. */
const FETCH_MAX_MS = 10 * 60_000

/** How a file is to be imported; what is not given is found out from it, or asked for. */
export interface ImportSettings {
  /** Of the dataset; of several layers, what their names begin with. */
  name?: string | undefined
  title?: string | undefined
  /** Names of the wanted layers; all of them unless given. */
  layers?: readonly string[] | undefined
  /** `EPSG:n`; goes before what the file says of itself. */
  crs?: string | undefined
  /** Of texts, as `TextDecoder` names it. */
  encoding?: string | undefined
  /** Columns of a table that hold the coordinates, or the geometry as WKT. */
  x?: string | undefined
  y?: string | undefined
  wkt?: string | undefined
  /** Everyone may see and extract what comes of it. */
  isPublic: boolean
}

/** Where the file comes from: it lies in the bucket under the job's id, it is being sent, or it is to be fetched. */
export type ImportSource =
  | { file: StagedJobFile }
  | { bytes: AsyncIterable<Uint8Array>; name: string; mediaType: string | null }
  | { url: string }

export interface ImportRequest {
  /** Id of the job, under which a file has been stored before it. */
  jobId?: string
  source: ImportSource
  settings: ImportSettings
  /** It asks for what it lacks and waits for the answer; any other import fails. */
  interactive: boolean
}

/**
 * Begins the import of a file as one or more datasets. When this throws, nothing of a file that was sent or fetched is left.
 * @throws UnauthenticatedError, PayloadTooLargeError, ValidationError for an address that cannot be fetched
 */
export async function startImport(
  context: Context,
  principal: Principal,
  { jobId = crypto.randomUUID(), source, settings, interactive }: ImportRequest,
): Promise<JobRecord> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  checkSettings(settings)
  try {
    const file = 'file' in source ? source.file : await stage(context, jobId, source)
    if (file.size > IMPORT_FILE_MAX_BYTES) throw tooLarge()
    const inputs = { file, ...settings }
    return await submitJob(context, principal, { id: jobId, process: 'import', inputs, interactive })
  } catch (error) {
    if (!('file' in source)) await discardJobFiles(context, jobId)
    throw error
  }
}

/** @throws ValidationError for a system or an encoding that is not known */
function checkSettings({ crs, encoding }: ImportSettings): void {
  const shown = (text: string) => JSON.stringify(text.slice(0, 60))
  if (crs !== undefined && codeOfName(crs) === null)
    throw new ValidationError([{ attribute: 'crs', message: `${shown(crs)} is not known` }])
  if (encoding !== undefined && !isEncoding(encoding))
    throw new ValidationError([{ attribute: 'encoding', message: `${shown(encoding)} is not known` }])
}

const tooLarge = () => new PayloadTooLargeError('The file', IMPORT_FILE_MAX_BYTES)

async function stage(
  context: Context,
  jobId: string,
  source: Exclude<ImportSource, { file: StagedJobFile }>,
): Promise<StagedJobFile> {
  if ('bytes' in source) {
    const { bytes, name, mediaType } = source
    const stored = await store(context, jobId, limitBytes(bytes, IMPORT_FILE_MAX_BYTES, tooLarge))
    return { ...stored, name: sanitizeFileName(name, mediaType), mediaType }
  }
  try {
    const { url, headers, body } = await safeFetch(source.url, {
      ...{ allow: context.fetchAllow, maxBytes: IMPORT_FILE_MAX_BYTES, totalMs: FETCH_MAX_MS },
    })
    const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || null
    const stored = await store(context, jobId, body)
    return { ...stored, name: sanitizeFileName(fileNameOfUrl(url), mediaType), mediaType }
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    // Why exactly is not told, so that the answer is no port scanner.
    const why = error.reason === 'too-large' ? `: ${error.message}` : ''
    throw new ValidationError([{ attribute: 'file.href', message: `is invalid or inaccessible${why}` }])
  }
}

async function store(
  context: Context,
  jobId: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ key: string; size: number }> {
  const upload = openJobFile(context, jobId)
  try {
    for await (const chunk of bytes) await upload.write(chunk)
  } catch (error) {
    await upload.abort()
    throw error
  }
  return upload.close()
}
