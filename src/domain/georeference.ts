import type { AnnotatedImage, GcpRow } from '../formats/gcps/gcp-format.ts'
import type { MaskPolygons, MaskRing } from '../geo/mask-polygons.ts'
import { findGeoreference } from '../store/georeferences.ts'
import type { Principal } from '../store/principal.ts'
import type { Context } from './context.ts'
import { ImageNotReadyError, NotFoundError } from './errors.ts'

export interface Georeference extends Omit<AnnotatedImage, 'annotationId' | 'serviceId'> {
  points: GcpRow[]
}

/**
 * How a scan lies on the ground, as an annotation tells it: its points, its mask where that is one polygon without
 * holes, and the method of its newest rectification, an affine fit before the first.
 * @throws NotFoundError, ImageNotReadyError for a scan without an image
 */
export async function readGeoreference(
  context: Context,
  principal: Principal,
  scanId: number,
): Promise<Georeference> {
  const found = await findGeoreference(context.db, principal, scanId)
  if (!found) throw new NotFoundError('Map', scanId)
  const { width, height, mask, method, createdAt, modifiedAt, points } = found
  if (!width || !height)
    throw new ImageNotReadyError('The map has no image, and an annotation is about an image.')
  return { width, height, outline: outlineOf(mask), method: method ?? 'p1', createdAt, modifiedAt, points }
}

function outlineOf(mask: MaskPolygons | null): MaskRing | null {
  const [polygon, ...others] = mask ?? []
  const [shell, ...holes] = polygon ?? []
  return shell && shell.length > 3 && others.length === 0 && holes.length === 0 ? shell : null
}
