import { z } from '@hono/zod-openapi'
import type { SearchArea } from '../../store/search-conditions.ts'
import { InvalidParamError } from './envelope.ts'

/** The parameters of a search by area, for the OpenAPI document. */
export const areaQuery = z.object({
  bbox: z.string().optional().openapi({
    description: 'lon.min,lat.min,lon.max,lat.max; what has no bbox is not found by it',
    example: '26.6,58.3,26.8,58.4',
  }),
  operation: z.enum(['intersect', 'within']).optional().openapi({ description: 'intersect unless given' }),
})

const SIDES = ['lon.min', 'lat.min', 'lon.max', 'lat.max']
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i
const SHOWN_MAX_CHARACTERS = 40

/**
 * Reads `bbox` and `operation`, null without a bbox. Its corners may be any two that face each other.
 * @throws InvalidParamError naming the part that is not a number
 */
export function areaOf(query: URLSearchParams): SearchArea | null {
  const bbox = query.get('bbox')?.trim()
  if (!bbox) return null
  const parts = bbox.split(',').map((part) => part.trim())
  if (parts.length !== SIDES.length)
    throw new InvalidParamError(`bbox should be ${SIDES.join(',')}, not ${parts.length} parts`)
  const [x1, y1, x2, y2] = parts.map(degreesOf) as [number, number, number, number]
  return {
    bbox: [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)],
    operation: query.get('operation') === 'within' ? 'within' : 'intersect',
  }
}

function degreesOf(text: string, index: number): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  const shown = text.length > SHOWN_MAX_CHARACTERS ? `${text.slice(0, SHOWN_MAX_CHARACTERS)}...` : text
  throw new InvalidParamError(`bbox should be numbers of degrees, but its ${SIDES[index]} is '${shown}'`)
}
