import { z } from '@hono/zod-openapi'
import { readDataset } from '../../../domain/datasets/datasets.ts'
import { NotFoundError } from '../../../domain/errors.ts'
import { collectionIdOf } from '../collection-id.ts'
import type { ResultsRequest } from './definition.ts'

/** A dataset that a job has made, as its outputs tell of it. */
export const madeDataset = z.object({
  id: z.number().int(),
  layer: z.string().nullish(),
  features: z.number().int().nullish(),
  repaired: z.number().int().nullish(),
  warnings: z.array(z.string()).nullish(),
})

/** How a collection that a job has made is told of; by its number when it has been deleted since. */
export async function madeCollection(
  { context, principal, root }: ResultsRequest,
  { id: number, ...rest }: z.infer<typeof madeDataset>,
) {
  const dataset = await readDataset(context, principal, number).catch((error: unknown) => {
    if (error instanceof NotFoundError) return null
    throw error
  })
  const id = dataset ? collectionIdOf(dataset) : String(number)
  const told = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined)
  return { id, href: `${root}/collections/${encodeURIComponent(id)}`, ...Object.fromEntries(told) }
}
