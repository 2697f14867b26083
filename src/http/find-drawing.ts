import { type Drawing, lookUpDrawing } from '../domain/render/drawing.ts'
import { refusal } from './answers.ts'
import type { DrawingRequest } from './drawing-request.ts'
import { drawingKind } from './drawing-route.ts'

/**
 * The whole of what a path names, as it is now; or the 404 where there is none for the caller.
 * @param groups `family` (maps unless given) and `id` of the path
 */
export async function findDrawing(
  call: DrawingRequest,
  { family = 'maps', id }: Record<string, string>,
): Promise<Drawing | Response> {
  const kind = drawingKind(family)
  const drawing = await lookUpDrawing(call.db, call.principal, { kind, id: Number(id), version: null })
  return drawing ?? refusal(404, 'Not found', nothingDrawn(kind, id))
}

/** What is drawn, by the names its documentation has for it. */
export const entityOf = (kind: Drawing['kind']): string =>
  ({ maps: 'Map', mosaics: 'Layer', datasets: 'Dataset' })[kind]

/** What a 404 says where a map, mosaic or dataset is not there, or has nothing to show. */
export const nothingDrawn = (kind: Drawing['kind'], id: number | string | undefined): string =>
  `Couldn't find ${entityOf(kind)} with 'id'=${id}, or it ${kind === 'datasets' ? 'is no raster' : 'has not been rectified'}`
