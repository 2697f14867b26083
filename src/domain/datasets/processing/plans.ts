import { FormatError } from '../../../formats/format-error.ts'
import { flatGeometryOf } from '../../../formats/geojson/flat-geometry.ts'
import { hexOf } from '../../../formats/hex.ts'
import { encodeEwkb } from '../../../formats/wkb.ts'
import { WGS_84 } from '../../../geo/crs/reference-system.ts'
import { type FlatGeometry, GEOMETRY_CODES } from '../../../geo/flat-geometry.ts'
import { tidyGeometry } from '../../../geo/tidy-geometry.ts'
import type { DatasetColumn, GeometryType } from '../../../store/dataset-types.ts'
import type { NewDataset } from '../../../store/datasets.ts'
import type { Derivation } from '../../../store/derived-datasets.ts'
import type { LayerRule } from '../../../store/map-types.ts'
import type { Principal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { ValidationError } from '../../errors.ts'
import { type DatasetRecord, type DatasetReference, readDataset } from '../datasets.ts'
import { requireRight } from '../known-schemas.ts'
import { codeOfCrs, requireComputable } from '../requested-system.ts'
import { type DistanceUnit, measuredDistance } from './buffer-distance.ts'

/** What every process that makes a dataset of another may be told. */
export interface ProcessingRequest {
  /** Number or name of the dataset. */
  dataset: DatasetReference
  /** Of the dataset that is made; made of the other's unless given. */
  name?: string | undefined
  title?: string | undefined
  /** Everyone may see and extract it, which takes that everyone may see what it is made of. True unless given. */
  isPublic?: boolean | undefined
}

export interface BufferRequest extends ProcessingRequest {
  /** Metres, or units of a projected system that has others; less than 0 makes polygons smaller. */
  distance: number
  /** What the distance is in, where it is neither. */
  unit?: DistanceUnit | undefined
  /** All buffers together are one feature. */
  dissolve?: boolean | undefined
  /** Straight pieces of a quarter of a circle; 8 unless given. */
  segments?: number | undefined
  /** A layer that shows the result, to be put into a map once it is there. */
  layer?: LayerWish | undefined
}

/** A layer that is to show a dataset. */
export interface LayerWish {
  mapId: number
  name: string
  /** The folder it is in. */
  parentId: number | null
  rules: LayerRule[]
}

export interface ClipRequest extends ProcessingRequest {
  /** A dataset, or a GeoJSON geometry in degrees, of polygons. */
  by: { dataset: DatasetReference } | { geometry: unknown }
}

export interface DissolveRequest extends ProcessingRequest {
  /** Names of the properties whose values features must share to become one; all become one unless given. */
  by?: readonly string[] | undefined
}

export interface ReprojectRequest extends ProcessingRequest {
  /** Name of the reference system. */
  crs: string
}

export interface ProcessingRequests {
  buffer: BufferRequest
  clip: ClipRequest
  dissolve: DissolveRequest
  reproject: ReprojectRequest
}

export type ProcessingName = keyof ProcessingRequests

/** What a request comes to, for datasets as they are. */
export interface ProcessingPlan {
  source: DatasetRecord
  derivation: Derivation
  /** Columns of the source that the result has, too. */
  kept: readonly DatasetColumn[]
  result: Omit<NewDataset, 'id' | 'columns' | 'isImporting'>
}

type Planner<Request> = (context: Context, principal: Principal, request: Request) => Promise<ProcessingPlan>

export const BUFFER_SEGMENTS_MAX = 64
const BUFFER_SEGMENTS = 8
/** Bytes of the geometry that is clipped by. */
export const CLIP_GEOMETRY_MAX_BYTES = 4 * 1024 * 1024
const NAME_MAX_CHARACTERS = 200

const refuse = (attribute: string, message: string): never => {
  throw new ValidationError([{ attribute, message }])
}

const MULTI: Partial<Record<GeometryType, GeometryType>> = {
  Point: 'MultiPoint',
  LineString: 'MultiLineString',
  Polygon: 'MultiPolygon',
}
const multi = (type: GeometryType): GeometryType => MULTI[type] ?? type

/**
 * What a request for each of the processes comes to.
 * @throws NotFoundError, ForbiddenError (right `extract`), ValidationError (named as the request's members)
 */
export const PLANS: { [Name in ProcessingName]: Planner<ProcessingRequests[Name]> } = {
  async buffer(context, principal, request) {
    const { dissolve = false, segments = BUFFER_SEGMENTS } = request
    const source = await readSource(context, principal, request)
    const { srid, columns } = source
    const { distance, isGeodesic } = measuredDistance(srid, request.distance, request.unit)
    if (distance < 0 && /Point|Line/.test(source.geometryType))
      refuse('distance', 'may be less than 0 for polygons only')
    if (!Number.isInteger(segments) || segments < 1 || segments > BUFFER_SEGMENTS_MAX)
      refuse('segments', `must be an integer from 1 to ${BUFFER_SEGMENTS_MAX}`)
    return {
      source,
      derivation: { kind: 'buffer', distance, segments, isGeodesic, isDissolved: dissolve },
      kept: dissolve ? [] : columns,
      result: described(source, request, 'buffer', [source], { geometryType: 'MultiPolygon' }),
    }
  },

  async clip(context, principal, request) {
    const source = await readSource(context, principal, request)
    const { by } = request
    const mask = 'dataset' in by ? await readMask(context, principal, source, by.dataset) : null
    const { dimensions, geometryType } = source
    return {
      source,
      derivation: {
        kind: 'clip',
        mask: mask ?? { ewkb: maskGeometry(source, (by as { geometry: unknown }).geometry) },
      },
      kept: source.columns,
      result: described(source, request, 'clip', mask ? [source, mask] : [source], {
        ...{ geometryType: multi(geometryType), dimensions },
      }),
    }
  },

  async dissolve(context, principal, request) {
    const source = await readSource(context, principal, request)
    const kept = [...new Set(request.by ?? [])].map((name) => {
      const column = source.columns.find((known) => known.name === name)
      return column ?? refuse('by', `has ${JSON.stringify(name)}, which the dataset does not`)
    })
    return {
      ...{ source, kept },
      derivation: { kind: 'dissolve' },
      result: described(source, request, 'dissolve', [source], { geometryType: multi(source.geometryType) }),
    }
  },

  async reproject(context, principal, request) {
    const source = await readSource(context, principal, request)
    const srid = codeOfCrs(request.crs)
    if (source.srid === 0)
      refuse('crs', 'cannot be reached: nothing is known of the system of the coordinates')
    await requireComputable(context, srid)
    const { geometryType, dimensions } = source
    return {
      source,
      derivation: { kind: 'reproject' },
      kept: source.columns,
      result: described(source, request, `${srid}`, [source], { geometryType, dimensions, srid }),
    }
  },
}

type Shaped = DatasetRecord & { geometryType: GeometryType }

async function readSource(
  context: Context,
  principal: Principal,
  { dataset }: ProcessingRequest,
): Promise<Shaped> {
  return requireGeometries('dataset', await readExtractable(context, principal, dataset))
}

/** What is made of a dataset tells what is in it: that takes the right to extract it. */
async function readExtractable(
  context: Context,
  principal: Principal,
  reference: DatasetReference,
): Promise<DatasetRecord> {
  const dataset = await readDataset(context, principal, reference)
  requireRight(principal, dataset, 'extract')
  return dataset
}

function requireGeometries(attribute: string, dataset: DatasetRecord): Shaped {
  const { form, geometryType } = dataset
  if (form !== 'vector') return refuse(attribute, 'is a raster')
  return geometryType === null ? refuse(attribute, 'has no geometries') : { ...dataset, geometryType }
}

async function readMask(
  context: Context,
  principal: Principal,
  { srid }: DatasetRecord,
  reference: DatasetReference,
): Promise<Shaped> {
  const mask = requireGeometries('by', await readExtractable(context, principal, reference))
  if (/Point|Line/.test(mask.geometryType)) refuse('by', 'is a dataset without polygons')
  if ((srid === 0) !== (mask.srid === 0))
    refuse('by', 'cannot be used: nothing is known of the system of the coordinates of one of the datasets')
  return mask
}

/** The geometry of a mask as hexadecimal digits of its well-known binary. */
function maskGeometry({ srid }: DatasetRecord, geojson: unknown): string {
  if (srid === 0) refuse('by', 'must be a dataset: nothing is known of the system of the coordinates')
  const geometry = sound(geojson)
  const { Polygon, MultiPolygon } = GEOMETRY_CODES
  if (!geometry || (geometry.type !== Polygon && geometry.type !== MultiPolygon))
    return refuse('by', 'must be a polygon, or a multi polygon')
  const bytes = encodeEwkb(geometry, WGS_84)
  if (bytes.length > CLIP_GEOMETRY_MAX_BYTES) refuse('by', `has more than ${CLIP_GEOMETRY_MAX_BYTES} bytes`)
  return hexOf(bytes)
}

function sound(geojson: unknown): FlatGeometry | null {
  try {
    const geometry = flatGeometryOf(geojson)
    return geometry && tidyGeometry(geometry)
  } catch (error) {
    if (error instanceof FormatError) return refuse('by', `must be GeoJSON: ${error.message}`)
    throw error
  }
}

/** The dataset that is made, called after its source unless it is given a name. */
function described(
  source: DatasetRecord,
  { name, title, isPublic = true }: ProcessingRequest,
  suffix: string,
  sources: readonly DatasetRecord[],
  shape: Pick<NewDataset, 'geometryType'> & Partial<Pick<NewDataset, 'dimensions' | 'srid'>>,
): ProcessingPlan['result'] {
  return {
    ...{ dimensions: 'XY', srid: source.srid, ...shape },
    name: name ?? [...`${source.name}_${suffix}`].slice(-NAME_MAX_CHARACTERS).join(''),
    title: title ?? `${source.title} (${suffix})`,
    isPublic: isPublic && sources.every((dataset) => dataset.isPublic),
  }
}
