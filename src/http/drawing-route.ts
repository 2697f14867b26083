import type { DrawingKind } from '../domain/render/drawing.ts'
import type { DrawingRequest } from './drawing-request.ts'

/** One family of addresses of the tiles Worker. Only GET and HEAD reach it. */
export interface DrawingRoute {
  /** Matched against the whole path. */
  path: RegExp
  answer(call: DrawingRequest, groups: Record<string, string>): Answer | Promise<Answer>
}

/** Null leaves the request to the families of addresses that follow. */
type Answer = Response | null

/** The kind of drawing a family of addresses is of; mosaics go by their older name as well. */
export const drawingKind = (family: string | undefined): DrawingKind =>
  family === 'maps' || family === 'datasets' ? family : 'mosaics'

/** Path of the tiles of a drawing, but for their places. */
export const tilesPath = ({ kind, id }: { kind: DrawingKind; id: number }): string =>
  kind === 'datasets' ? `/tiles/${id}` : `/${kind}/tile/${id}`

/** Path of the web map service of a drawing. */
export const wmsPath = ({ kind, id }: { kind: DrawingKind; id: number }): string =>
  kind === 'datasets' ? `/wms/${id}` : `/${kind}/wms/${id}`
