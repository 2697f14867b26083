import type { Bbox } from '../../geo/bbox.ts'
import type { Database } from '../../store/database.ts'
import { findMosaicDrawing } from '../../store/mosaic-sources.ts'
import { ANONYMOUS, type Principal } from '../../store/principal.ts'
import { findTileSource, type TileSource } from '../../store/rectifications.ts'

/** The families of addresses that are drawn: a rectified scan, scans as one, or a raster dataset. */
export type DrawingKind = 'maps' | 'mosaics' | 'datasets'

/** What a tile, a map of a WMS or an overlay shows. */
export interface Drawing {
  kind: DrawingKind
  id: number
  /** Changes whenever what is drawn does; tiles are addressed by it. */
  version: string
  /** Everyone may see all of it, so that its renderings may be kept in shared caches. */
  isPublic: boolean
  title: string
  /** Extent of everything drawn, degrees. */
  bbox: Bbox
  minZoom: number
  maxZoom: number
  /** The scans that are drawn, the lowest first; of a mosaic those that touch the window that was asked for. */
  layers: readonly TileSource[]
}

export interface DrawingQuery {
  kind: DrawingKind
  id: number
  /** A version that must be shown; null for the present one. */
  version: string | null
  /** What of a mosaic is going to be drawn, degrees; all of it unless given. */
  window?: Bbox
}

/**
 * Drawings of finished public rectifications, by scan and version: they do not change, so this isolate need not ask
 * again for a while; then it does, for the scan may have become private or have been deleted.
 */
const finished = new Map<string, { drawing: Drawing; askAgainAt: number }>()
const FINISHED_MAX = 200
const FINISHED_MS = 60_000

const VERSION_OF_SCAN = /^\d{1,10}$/
const ID_MAX = 2 ** 31 - 1

/**
 * What a drawing is made of: one database query, none for a versioned address of a finished public rectification that
 * this isolate knows. Asks for everyone first and for the caller only where that finds nothing (of a mosaic: where
 * somebody is signed in, who may see more of it), so that public tiles never pay for a credential.
 *
 * A scan keeps its earlier versions; a mosaic is always drawn as it is now, and its `version` says which that is.
 */
export async function lookUpDrawing(
  db: Database,
  principal: () => Promise<Principal>,
  query: DrawingQuery,
): Promise<Drawing | null> {
  if (query.kind === 'mosaics') return lookUpMosaic(db, principal, query)
  const { kind, id, version } = query
  const known = version === null ? undefined : finished.get(`${kind}/${id}/${version}`)
  if (known && Date.now() < known.askAgainAt) return known.drawing
  if (version !== null && !(VERSION_OF_SCAN.test(version) && Number(version) <= ID_MAX)) return null
  const rectificationId = version === null ? undefined : Number(version)
  const resource = kind === 'maps' ? 'scan' : 'dataset'
  const open = await findTileSource(db, ANONYMOUS, id, rectificationId, resource)
  if (open) {
    const drawing = drawingOf(kind, open)
    if (open.archiveKey && open.isPublic) remember(drawing)
    return drawing
  }
  const caller = await principal()
  if (caller.kind === 'anonymous' && caller.through === undefined) return null
  const own = await findTileSource(db, caller, id, rectificationId, resource)
  return own && drawingOf(kind, own)
}

async function lookUpMosaic(
  db: Database,
  principal: () => Promise<Principal>,
  { id, window }: DrawingQuery,
): Promise<Drawing | null> {
  const caller = await principal()
  const found = await findMosaicDrawing(db, caller, id, window)
  if (!found) return null
  return { kind: 'mosaics', id, ...found }
}

function drawingOf(kind: DrawingKind, source: TileSource): Drawing {
  const { scanId, rectificationId, isPublic, title, output, minZoom, maxZoom } = source
  return {
    kind,
    id: scanId,
    version: String(rectificationId),
    isPublic,
    title,
    bbox: output.bbox,
    minZoom,
    maxZoom,
    layers: [source],
  }
}

function remember(drawing: Drawing): void {
  if (finished.size >= FINISHED_MAX) finished.clear()
  finished.set(keyOf(drawing), { drawing, askAgainAt: Date.now() + FINISHED_MS })
}

/** Forgets what was known of a version, after an object of it was found to be gone. */
export function forgetDrawing(drawing: Drawing): void {
  finished.delete(keyOf(drawing))
}

const keyOf = ({ kind, id, version }: Drawing): string => `${kind}/${id}/${version}`
