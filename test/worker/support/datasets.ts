import type { Context } from '../../../src/domain/context.ts'
import { db, env } from './bindings.ts'

/** What the functions of datasets and features need of a context. */
export const dataContext = { db, bucket: env.BUCKET } as unknown as Context

/** A square as GeoJSON, counter-clockwise. */
export const square = (west: number, south: number, size = 0.01) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
})

export const point = (x: number, y: number) => ({ type: 'Point', coordinates: [x, y] })

/** The name of the error class, or `fine`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'fine'
  } catch (error) {
    return (error as Error).constructor.name
  }
}
