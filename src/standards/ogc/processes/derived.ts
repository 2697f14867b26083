import { z } from '@hono/zod-openapi'
import { BUFFER_SEGMENTS_MAX, type ClipRequest } from '../../../domain/datasets/processing/plans.ts'
import {
  type ProcessingName,
  type ProcessingRequests,
  startProcessing,
} from '../../../domain/datasets/processing/start-processing.ts'
import { type ProcessDefinition, process } from './definition.ts'
import { madeCollection, madeDataset } from './made-collections.ts'
import {
  aboutCollection,
  collection,
  collectionSchema,
  crs,
  shortText,
  TEXT_MAX_CHARACTERS,
  texts,
  visibility,
} from './shared-inputs.ts'

const PROPERTIES_MAX = 100

const result = {
  name: shortText('Name of the new collection'),
  title: shortText('Title of the new collection'),
  visibility: visibility.meta({
    title: 'Who may see the result',
    description: 'Everybody, where everybody may see what it is made of, or only who has begun the job',
  }),
}

const outputs = z.object({ datasets: z.array(madeDataset).length(1) })

interface Common {
  collection: string | number
  name?: string | undefined
  title?: string | undefined
  visibility: 'public' | 'private'
}

interface Derived<Name extends ProcessingName, Inputs extends Common> {
  id: Name
  title: string
  description: string
  inputs: z.ZodObject & z.ZodType<Inputs>
  /** What the process is told beside the collection, and what becomes of it. */
  request(inputs: Inputs): Omit<ProcessingRequests[Name], 'dataset' | 'name' | 'title' | 'isPublic'>
}

/** A process that makes one collection of another. */
const derived = <Name extends ProcessingName, Inputs extends Common>({
  request,
  ...definition
}: Derived<Name, Inputs>): ProcessDefinition =>
  process<Inputs>({
    ...definition,
    version: '1.0.0',
    isOpen: false,
    outputs: {
      collection: {
        title: 'The new collection',
        description: 'It is of who has begun the job; with what was left out, if anything was',
        schema: collectionSchema,
      },
    },
    start: ({ context, principal, inputs }) => {
      const { name, title } = inputs
      const common = { dataset: inputs.collection, name, title, isPublic: inputs.visibility === 'public' }
      const whole = { ...common, ...request(inputs) } as ProcessingRequests[Name]
      return aboutCollection(startProcessing(context, principal, definition.id, whole))
    },
    results: async (read) => {
      const [made] = outputs.parse(read.job.outputs).datasets
      return { collection: { value: await madeCollection(read, made!) } }
    },
  })

const clippedBy = (by: string | number | Record<string, unknown>): ClipRequest['by'] =>
  typeof by === 'object' ? { geometry: by } : { dataset: by }

/** The processes that make one collection of another. */
export const DERIVED: readonly ProcessDefinition[] = [
  derived({
    id: 'buffer',
    title: 'Buffer',
    description: 'Makes polygons of everything within a distance of the features of a collection.',
    inputs: z.strictObject({
      collection,
      distance: z.number().meta({
        title: 'The distance',
        description: 'In metres, or units of the projected system; less than 0 makes polygons smaller',
      }),
      dissolve: z
        .boolean()
        .optional()
        .meta({ title: 'Whether all of it becomes one feature', default: false }),
      segments: z
        .number()
        .int()
        .min(1)
        .max(BUFFER_SEGMENTS_MAX)
        .optional()
        .meta({ title: 'Straight pieces of a quarter of a circle', default: 8 }),
      ...result,
    }),
    request: ({ distance, dissolve, segments }) => ({ distance, dissolve, segments }),
  }),
  derived({
    id: 'clip',
    title: 'Clip',
    description: 'Keeps of the features of a collection what lies within polygons.',
    inputs: z.strictObject({
      collection,
      by: z
        .union([z.string().min(1).max(TEXT_MAX_CHARACTERS), z.number(), z.looseObject({ type: z.string() })])
        .meta({
          title: 'The polygons',
          description: 'The id of a collection, or a geometry of GeoJSON in longitudes and latitudes',
        }),
      ...result,
    }),
    request: ({ by }) => ({ by: clippedBy(by) }),
  }),
  derived({
    id: 'dissolve',
    title: 'Dissolve',
    description: 'Makes one feature of all that share the values of some properties.',
    inputs: z.strictObject({
      collection,
      by: texts(PROPERTIES_MAX, {
        ...{ title: 'Names of the properties', description: 'All features become one unless given' },
      }).optional(),
      ...result,
    }),
    request: ({ by }) => ({ by }),
  }),
  derived({
    id: 'reproject',
    title: 'Reproject',
    description: 'Makes the same collection in another reference system.',
    inputs: z.strictObject({
      collection,
      crs: crs.unwrap().meta({ title: 'The reference system', description: 'EPSG:n' }),
      ...result,
    }),
    request: ({ crs: system }) => ({ crs: system }),
  }),
]
