import { z } from '@hono/zod-openapi'
import type { JobRecord } from '../../../domain/jobs.ts'
import { presentationOf } from '../../../domain/jobs.ts'
import { InvalidBodyError } from '../errors.ts'
import { shown } from '../parameters.ts'
import type { ProcessDefinition } from './definition.ts'

export type Transmission = 'value' | 'reference'

/** How the results of a job are to be given. */
export interface Presentation {
  response: 'document' | 'raw'
  /** The outputs that are wanted; all of them where none is named. */
  outputs: Readonly<Record<string, Transmission | null>>
}

const DEFAULT: Presentation = { response: 'document', outputs: {} }

export const requestedOutput = z.looseObject({ transmissionMode: z.enum(['value', 'reference']).optional() })

/** @throws InvalidBodyError where it asks for what the process does not have */
export function parsePresentation(
  definition: ProcessDefinition,
  response: unknown,
  outputs: unknown,
): Presentation {
  if (response !== undefined && response !== 'document' && response !== 'raw')
    throw new InvalidBodyError('response: it is neither "document" nor "raw"')
  const asked = z.record(z.string(), requestedOutput).safeParse(outputs ?? {})
  if (!asked.success) {
    const { path, message } = asked.error.issues[0]!
    throw new InvalidBodyError(`${['outputs', ...path].join('.')}: ${message}`)
  }
  const unknown = Object.keys(asked.data).find((name) => !Object.hasOwn(definition.outputs, name))
  if (unknown !== undefined)
    throw new InvalidBodyError(
      `outputs: ${shown(unknown)} is not an output of this process; there are ${Object.keys(definition.outputs).join(', ')}`,
    )
  return {
    response: response ?? DEFAULT.response,
    outputs: Object.fromEntries(
      Object.entries(asked.data).map(([name, output]) => [name, output.transmissionMode ?? null]),
    ),
  }
}

/** Whether it is more than what everybody gets. */
export const isUncommon = ({ response, outputs }: Presentation): boolean =>
  response !== DEFAULT.response || Object.keys(outputs).length > 0

/** What was asked when the job was begun. */
export const presentationOfJob = (job: JobRecord): Presentation =>
  (presentationOf(job) as Presentation | null) ?? DEFAULT
