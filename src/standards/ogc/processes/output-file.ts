import { z } from '@hono/zod-openapi'
import type { JobRecord } from '../../../domain/jobs.ts'
import type { Output, OutputDefinition } from './definition.ts'

const outputs = z.object({
  file: z.object({
    ...{ key: z.string(), name: z.string(), contentType: z.string(), byteSize: z.number() },
    warnings: z.array(z.string()).default([]),
  }),
})

/** The output of a process that makes a file. */
export const fileOutput: OutputDefinition = {
  title: 'The file',
  description: 'Kept until the job is deleted; `warnings` tells what could not be taken over as it was',
  schema: {
    type: 'object',
    required: ['href', 'type', 'length'],
    properties: {
      href: { type: 'string', format: 'uri' },
      type: { type: 'string' },
      length: { type: 'integer' },
      title: { type: 'string' },
      warnings: { type: 'array', items: { type: 'string' } },
    },
  },
}

/** The file that a job has made. */
export const madeFile = ({ outputs: made }: JobRecord): Output => ({ file: outputs.parse(made).file })
