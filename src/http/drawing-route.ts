import type { DrawingKind } from '../domain/render/drawing.ts'
import type { DrawingRequest } from './drawing-request.ts'

/** One family of addresses of the tiles Worker. Only GET and HEAD reach it. */
export interface DrawingRoute {
  /** Matched against the whole path. */
  path: RegExp
  answer(call: DrawingRequest, groups: Record<string, string>): Promise<Response> | Response
}

/** The kind of drawing a family of addresses is of; mosaics go by their older name as well. */
export const drawingKind = (family: string | undefined): DrawingKind =>
  family === 'maps' ? 'maps' : 'mosaics'
