import type { z } from '@hono/zod-openapi'

/** What is said of an answer in the OpenAPI document. */
export interface DescribedAnswer {
  description: string
  content?: Record<string, { schema: z.ZodType }>
}

/** A text, or a text with the schema of a body of JSON, or all of it. */
export type Told = readonly [description: string, schema: z.ZodType] | string | DescribedAnswer

const toldAs = (told: Told): DescribedAnswer => {
  if (typeof told === 'string') return { description: told }
  if (!Array.isArray(told)) return told as DescribedAnswer
  return { description: told[0], content: { 'application/json': { schema: told[1] } } }
}

/**
 * How a dialect describes the answers of an endpoint: its own, and of the usual faults those that it may have.
 * @param fault the body that tells a fault
 * @param faults what each status means
 */
export const describedAnswers =
  <Status extends number>(fault: z.ZodType, faults: Readonly<Record<Status, string>>) =>
  (own: Record<number, Told>, ...usual: Status[]) =>
    Object.fromEntries([
      ...Object.entries(own).map(([status, told]) => [status, toldAs(told)]),
      ...usual.map((status) => [status, toldAs([faults[status], fault])]),
    ]) as Record<number, DescribedAnswer>
