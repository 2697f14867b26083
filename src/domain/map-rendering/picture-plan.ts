import type { Bbox } from '../../geo/bbox.ts'
import { boxBetween } from '../../geo/crs/box-between.ts'
import { crsTransform, WGS_84 } from '../../geo/crs/reference-system.ts'
import type { PlaneBox } from '../../geo/warp/system-grid.ts'
import { windowOf } from '../../geo/warp/target-extent.ts'
import type { LayerRecord } from '../../store/layers.ts'
import { findLayerAmongOthers, findMapAndLayers } from '../../store/map-pictures.ts'
import type { MapRecord } from '../../store/maps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { boundsOfLayer, through } from '../maps/layers.ts'
import { boundsOfMap } from '../maps/maps.ts'
import { type Drawing, type DrawingKind, lookUpDrawing } from '../render/drawing.ts'
import { type Frame, frameAround, gridOf, type PictureSize } from './frame.ts'
import { layersWithin, shownLayers } from './shown-layers.ts'

/** A picture that is asked for. */
export interface PictureRequest extends PictureSize {
  /** A map, or one of its layers alone. */
  of: { kind: 'map' | 'layer'; id: number }
  /** In the map's system; all of the map, or layer, unless given. */
  bounds: PlaneBox | null
  /** Scale at 0.28 mm a pixel around the middle of the bounds; that of the bounds unless given. */
  scaleDenominator: number | null
  type: 'image/png' | 'image/jpeg'
  withLegend: boolean
}

/** A picture, before anything of it is drawn. */
export interface PicturePlan {
  request: PictureRequest
  title: string
  frame: Frame
  /** Null for a layer alone, which has no background and names nobody. */
  map: MapRecord | null
  /** The lowest first. */
  layers: LayerRecord[]
  /** What the layers of scans, mosaics and rasters show, by the layers' numbers; those that show nothing are not there. */
  drawings: ReadonlyMap<number, Drawing>
}

const WORLD: Bbox = [-180, -90, 180, 90]

/**
 * What a picture shows to who asks: one round trip to the database, and one more where there are scans, mosaics or rasters.
 * @throws NotFoundError, UnknownCrsError, ValidationError (`bounds`)
 */
export async function planPicture(
  { db }: Pick<Context, 'db'>,
  principal: Principal,
  request: PictureRequest,
): Promise<PicturePlan> {
  const { kind, id } = request.of
  const plan =
    kind === 'map' ? await planMap(db, principal, request) : await planLayer(db, principal, request)
  if (!plan) throw new NotFoundError(kind === 'map' ? 'Map' : 'Layer', id)
  const drawings = await drawingsOf(db, principal, plan.layers, plan.frame)
  return { ...plan, request, drawings }
}

type Planned = Omit<PicturePlan, 'request' | 'drawings'>

async function planMap(
  db: Context['db'],
  principal: Principal,
  request: PictureRequest,
): Promise<Planned | null> {
  const found = await findMapAndLayers(db, principal, request.of.id)
  if (!found) return null
  const { map } = found
  const frame = frameOf(request, map.srid, () => boundsOfMap(map))
  return { title: map.name, frame, map, layers: shownLayers(found.layers, frame.scaleDenominator) }
}

async function planLayer(
  db: Context['db'],
  principal: Principal,
  request: PictureRequest,
): Promise<Planned | null> {
  const found = await findLayerAmongOthers(db, principal, request.of.id)
  if (!found) return null
  const { layer } = found
  const frame = frameOf(request, layer.mapSrid, () => reachOf(layer))
  const layers = layersWithin(layer, found.layers, frame.scaleDenominator)
  return { title: layer.name, frame, map: null, layers }
}

/** What a layer reaches over, in its map's system; null where that is not known. */
function reachOf(layer: LayerRecord): number[] | null {
  const { srid, box } = boundsOfLayer(layer)
  return box && boxBetween(box, srid, layer.mapSrid)
}

function frameOf(request: PictureRequest, srid: number, whole: () => number[] | null): Frame {
  const system = crsTransform(srid)
  const box = request.bounds ?? whole() ?? boxBetween(WORLD, WGS_84, system.code)!
  const frame = frameAround(system, box as unknown as PlaneBox, request, request.scaleDenominator)
  if (!frame.box.every(Number.isFinite))
    throw new ValidationError([{ attribute: 'bounds', message: 'are beyond all numbers' }])
  return frame
}

async function drawingsOf(
  db: Context['db'],
  principal: Principal,
  layers: readonly LayerRecord[],
  frame: Frame,
): Promise<Map<number, Drawing>> {
  const isPlain = frame.turns.length === 1 && frame.turns[0] === 0
  const window = isPlain ? windowOf(gridOf(frame)) : null
  const found = await Promise.all(
    layers.map(async (layer): Promise<[number, Drawing][]> => {
      const { data, type } = layer
      const kind = data && type === 'raster' ? KINDS[data.kind] : undefined
      if (!data || !kind) return []
      const query = { kind, id: data.id, version: null, ...(window ? { window } : {}) }
      const drawing = await lookUpDrawing(db, async () => through(principal, layer.id), query)
      return drawing ? [[layer.id, drawing]] : []
    }),
  )
  return new Map(found.flat())
}

const KINDS: Partial<Record<string, DrawingKind>> = { scan: 'maps', mosaic: 'mosaics', dataset: 'datasets' }

/**
 * What changes whenever the picture does that somebody sees.
 * @param moment what moves while other services' pictures are kept
 */
export async function pictureTag(plan: PicturePlan, principal: Principal, moment: string): Promise<string> {
  const { request, map, layers, drawings, frame } = plan
  const told = [
    request,
    principal.kind === 'user' ? principal.id : principal.kind,
    map && [map.version, map.background, map.copyright],
    frame.box,
    layers.map(({ id, version, data }) => [id, version, data?.id, data?.version, drawings.get(id)?.version]),
    hasOthers(plan) ? moment : null,
  ]
  const bytes = new TextEncoder().encode(JSON.stringify(told))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether services elsewhere, whose changes nobody knows, have a part in a picture. */
const hasOthers = ({ layers }: PicturePlan): boolean =>
  layers.some(
    ({ type, rules }) =>
      type === 'tile' ||
      type === 'wms' ||
      rules?.some(({ icon, hatch }) => icon !== undefined || hatch !== undefined),
  )
