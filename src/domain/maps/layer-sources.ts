import type { GeometryType } from '../../store/dataset-types.ts'
import { findDataset } from '../../store/datasets.ts'
import { findShowable, type ShowableData } from '../../store/layer-changes.ts'
import type { LayerSource, LayerType } from '../../store/map-types.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { removeDataset } from '../datasets/datasets.ts'
import { JobFailedError, NotFoundError, ValidationError } from '../errors.ts'
import { waitForJob } from '../jobs.ts'
import { importStoredFile } from '../storage/import-stored-file.ts'
import { findStoredFile } from '../storage/storage.ts'
import { parseStoragePath } from '../storage/storage-path.ts'

/** How long a layer is waited for whose file has to be imported. */
export const FILE_IMPORT_WAIT_MS = 55_000
const ADDRESS_MAX_CHARACTERS = 4000

/** What a layer is to show: of what kind, from where. */
export interface WantedSource {
  /** Found out from the data unless given. */
  type?: LayerType | undefined
  source?: LayerSource | undefined
  /** A datasource by its number. */
  datasourceId?: number | null | undefined
}

export interface SettledSource {
  type: LayerType
  source: LayerSource
  data: ShowableData | null
  /** The content of the file that has been imported. */
  fileVersion?: string
}

const refusal = (attribute: string, message: string) => new ValidationError([{ attribute, message }])

/** Kinds of sources, and what a layer of a type has where its source says nothing of it. */
const SOURCES = ['pg', 'dataset', 'file', 'scan', 'mosaic', 'tile', 'wms', 'wfs', 'folder'] as const
type SourceKind = (typeof SOURCES)[number]

function kindOf({ type, source }: WantedSource): SourceKind {
  const named = source?.type
  if (named === undefined)
    return type === 'tile' || type === 'wms' || type === 'wfs' || type === 'folder' ? type : 'pg'
  const kind = SOURCES.find((known) => known === named)
  if (!kind) throw refusal('source.type', `must be one of ${SOURCES.join(', ')}`)
  return kind
}

/**
 * What a layer shows, as far as it is the platform's own: the principal sees it. A file of the principal's storage becomes
 * datasets of the principal's, of which the layer shows the one that `source.layer` names, or the first.
 * @throws NotFoundError, ValidationError, JobFailedError for a file, and what importing throws
 */
export async function settleSource(
  context: Context,
  principal: Principal,
  wanted: WantedSource,
): Promise<SettledSource> {
  const kind = kindOf(wanted)
  const source = kind === 'folder' ? (wanted.source ?? {}) : { type: kind, ...wanted.source }
  switch (kind) {
    case 'pg':
    case 'dataset':
      return ofData(wanted, source, await datasetOf(context, principal, nameIn(source)))
    case 'scan':
    case 'mosaic':
      return ofData(wanted, source, await imageOf(context, principal, kind, nameIn(source)))
    case 'file':
      return fileSource(context, principal, wanted, source)
    case 'folder':
      return { type: only(wanted, 'folder'), source, data: null }
    default: {
      const data = wanted.datasourceId ? await datasourceOf(context, principal, wanted.datasourceId) : null
      checkService(kind, source, data !== null)
      return { type: only(wanted, kind), source, data }
    }
  }
}

/** `src`: a name or a number. @throws ValidationError */
function nameIn({ src }: LayerSource): string {
  const name: unknown = src
  if ((typeof name !== 'string' && typeof name !== 'number') || String(name).trim() === '')
    throw refusal('source.src', 'must be given')
  if (String(name).length > ADDRESS_MAX_CHARACTERS) throw refusal('source.src', 'is too long')
  return String(name).trim()
}

const numberOf = (text: string): number | null =>
  /^[1-9]\d{0,9}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : null

async function datasetOf(context: Context, principal: Principal, name: string): Promise<ShowableData> {
  const dataset = await findDataset(context.db, principal, name)
  if (!dataset) throw new NotFoundError('Dataset', name)
  const { id, form, geometryType, rights } = dataset
  return { id, kind: 'dataset', form, geometryType, mayShare: rights.share }
}

async function imageOf(
  context: Context,
  principal: Principal,
  kind: 'scan' | 'mosaic',
  name: string,
): Promise<ShowableData> {
  const id = numberOf(name)
  const found = id === null ? null : await findShowable(context.db, principal, id)
  if (found?.kind !== kind) throw new NotFoundError(kind === 'scan' ? 'Map' : 'Layer', name)
  return found
}

async function datasourceOf(context: Context, principal: Principal, id: number): Promise<ShowableData> {
  const found = await findShowable(context.db, principal, id)
  if (found?.kind !== 'datasource') throw new NotFoundError('Datasource', id)
  return found
}

/** The content of the file that a source names, which changes when another is stored in its place; null for none. */
export async function fileVersionOf(
  context: Context,
  principal: Principal,
  source: LayerSource,
): Promise<string | null> {
  if (source.type !== 'file' || principal.kind !== 'user') return null
  const file = await findStoredFile(context, principal, pathIn(source))
  return file?.objectKey ?? null
}

const pathIn = (source: LayerSource): string => parseStoragePath(withoutOwner(nameIn(source)))

async function fileSource(
  context: Context,
  principal: Principal,
  wanted: WantedSource,
  source: LayerSource,
): Promise<SettledSource> {
  const fileVersion = await fileVersionOf(context, principal, { ...source, type: 'file' })
  const datasets = await importedDatasets(context, principal, source)
  try {
    const data = datasets[0] && (await findShowable(context.db, principal, datasets[0].id))
    if (!data) throw new JobFailedError(`source.src ${pathIn(source)} has no layer`)
    return { ...ofData(wanted, source, data), ...(fileVersion === null ? {} : { fileVersion }) }
  } catch (error) {
    for (const { id } of datasets) await removeDataset(context, principal, id)
    throw error
  }
}

async function importedDatasets(
  context: Context,
  principal: Principal,
  source: LayerSource,
): Promise<{ id: number }[]> {
  const path = pathIn(source)
  const layers = typeof source.layer === 'string' ? { layers: [source.layer] } : {}
  const job = await importStoredFile(context, principal, path, { isPublic: false, ...layers })
  const ended = await waitForJob(context, principal, job.id, FILE_IMPORT_WAIT_MS)
  if (ended.status === 'failed' || ended.status === 'dismissed')
    throw new JobFailedError(`source.src ${path} cannot be read: ${ended.message ?? ended.status}`)
  if (ended.status !== 'successful')
    throw new JobFailedError(
      `source.src ${path} takes long to be imported, by the job ${ended.id}; make the layer of the table that comes of it`,
    )
  return (ended.outputs?.datasets ?? []) as { id: number }[]
}

/** Clients write whose storage it is before the path. */
const withoutOwner = (path: string): string => path.replace(/^\/(?:[0-9a-f]{32}\/)?/i, '')

/** Type of a layer of data, which fits what the data is. @throws ValidationError */
function ofData({ type }: WantedSource, source: LayerSource, data: ShowableData): SettledSource {
  const natural = typeOf(data)
  if (type === undefined) return { type: natural ?? 'polygon', source, data }
  const isVector = type === 'point' || type === 'line' || type === 'polygon'
  if (natural === null ? !isVector : type !== natural)
    throw refusal(
      'type',
      `is ${type}, but what the source names is of type ${natural ?? 'point, line or polygon'}`,
    )
  return { type, source, data }
}

const TYPES: Readonly<Record<GeometryType, LayerType | null>> = {
  Geometry: null,
  GeometryCollection: null,
  Point: 'point',
  MultiPoint: 'point',
  LineString: 'line',
  MultiLineString: 'line',
  Polygon: 'polygon',
  MultiPolygon: 'polygon',
}

/** The type of a layer that shows something; null for vectors of any kind. */
function typeOf({ kind, form, geometryType }: ShowableData): LayerType | null {
  if (kind !== 'dataset' || form === 'raster') return 'raster'
  return geometryType === null ? null : TYPES[geometryType]
}

/** @throws ValidationError where a layer is said to be of another type than its source can be */
function only({ type }: WantedSource, kind: LayerType): LayerType {
  if (type !== undefined && type !== kind)
    throw refusal('type', `is ${type}, but the source is of type ${kind}`)
  return kind
}

/** @throws ValidationError for a service without an address */
function checkService(kind: 'tile' | 'wms' | 'wfs', source: LayerSource, hasDatasource: boolean): void {
  if (kind === 'tile') {
    const name = nameIn(source)
    if (!/^https?:/i.test(name) && !/^[\w .:-]{1,100}$/.test(name))
      throw refusal('source.src', 'must be the name of a tile service, or an address with {z}, {x} and {y}')
    if (/^https?:/i.test(name) && !(name.includes('{x}') && /\{-?y\}/.test(name) && name.includes('{z}')))
      throw refusal('source.src', 'must have {z}, {x} and {y}')
    return
  }
  const { url } = source
  if (url === undefined && hasDatasource) return
  if (typeof url !== 'string' || !/^https?:\/\/[^\s/]/i.test(url) || url.length > ADDRESS_MAX_CHARACTERS)
    throw refusal('source.url', 'must be an address that begins with http:// or https://')
}
