import { z } from '@hono/zod-openapi'
import { submitJob } from '../../../domain/jobs.ts'
import { process } from './definition.ts'
import { texts } from './shared-inputs.ts'

export const PAUSE_MAX_SECONDS = 60

const anything = { oneOf: [{ type: 'object' }, { type: 'string' }] }

const LIST_MAX = 1000

const isBbox = (value: unknown): boolean =>
  Array.isArray(value) &&
  [4, 6].includes(value.length) &&
  value.every((coordinate) => typeof coordinate === 'number')

const inputs = z.strictObject({
  text: z.string().optional().meta({ title: 'A text' }),
  number: z.number().optional().meta({ title: 'A number' }),
  list: texts(LIST_MAX, { title: 'A list of texts' }).optional(),
  object: z
    .union([z.looseObject({}), z.string()])
    .optional()
    .meta({ title: 'An object, or a text in its place' }),
  bbox: z
    .strictObject({
      bbox: z
        .custom<number[]>(isBbox, 'it is not a list of four or six numbers')
        .meta({ type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 6 }),
      crs: z.string().optional(),
    })
    .optional()
    .meta({ title: 'A bounding box', format: 'ogc-bbox' }),
  geometry: z
    .looseObject({ type: z.string() })
    .optional()
    .meta({ title: 'A geometry of GeoJSON', format: 'geojson-geometry' }),
  pause: z
    .number()
    .int()
    .min(0)
    .max(PAUSE_MAX_SECONDS)
    .optional()
    .meta({ title: 'How long to take for it, seconds' }),
})

const ECHOED = ['text', 'number', 'list', 'object', 'bbox', 'geometry'] as const

const output = (title: string, schema: Record<string, unknown>) => ({
  ...{ title, schema },
  description: 'The input of the same name, where it was given',
})

/** Gives back what it is given; for trying out clients. */
export const echo = process<z.infer<typeof inputs>>({
  id: 'echo',
  version: '1.0.0',
  title: 'Echo',
  description: 'Gives every input back as the output of the same name. Anybody may run it.',
  isOpen: true,
  inputs,
  outputs: {
    text: output('The text', { type: 'string' }),
    number: output('The number', { type: 'number' }),
    list: output('The list', { type: 'array', items: { type: 'string' } }),
    object: output('The object', anything),
    bbox: output('The bounding box', { type: 'object', format: 'ogc-bbox' }),
    geometry: output('The geometry', { type: 'object', format: 'geojson-geometry' }),
  },
  start: ({ context, principal, jobId, inputs: given }) =>
    submitJob(context, principal, { id: jobId, process: 'echo', inputs: given }),
  results: async ({ job: { outputs } }) =>
    Object.fromEntries(
      ECHOED.filter((name) => outputs && Object.hasOwn(outputs, name)).map((name) => [
        name,
        { value: outputs![name] },
      ]),
    ),
})
