import { z } from '@hono/zod-openapi'
import { ValidationError } from '../../../domain/errors.ts'

export const TEXT_MAX_CHARACTERS = 1000

/** A text that is no longer than a line. */
export const shortText = (title: string, description?: string) =>
  z
    .string()
    .min(1)
    .max(TEXT_MAX_CHARACTERS)
    .optional()
    .meta({ title, ...(description === undefined ? {} : { description }) })

/** A list of texts. It is judged as a whole, for there may be as many faults in it as it has members. */
export const texts = (max: number, meta: Record<string, unknown> & { title: string }) =>
  z
    .custom<string[]>(
      (value) => Array.isArray(value) && value.length <= max && value.every(isShortText),
      `it is not a list of at most ${max} texts`,
    )
    .meta({ ...meta, type: 'array', items: { type: 'string' }, maxItems: max })

const isShortText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX_CHARACTERS

/** Who may see what a process makes. */
export const visibility = z
  .enum(['public', 'private'])
  .default('public')
  .meta({ title: 'Who may see the result', description: 'Everybody, or only who has begun the job' })

/** A reference system by its EPSG code. */
export const crs = z
  .string()
  .regex(/^EPSG:\d{1,6}$/i, 'it is not of the form EPSG:25832')
  .optional()

/** The collection that is worked on. */
export const collection = z
  .union([z.string().min(1).max(TEXT_MAX_CHARACTERS), z.number().int().positive()])
  .meta({ title: 'The collection', description: 'Its id, as the collections tell it' })

/** A link to a new collection, as outputs have it. */
export const collectionSchema = {
  type: 'object',
  required: ['id', 'href'],
  properties: {
    id: { type: 'string' },
    href: { type: 'string', format: 'uri' },
    features: { type: 'integer' },
    warnings: { type: 'array', items: { type: 'string' } },
  },
}

/** Has what is wrong with a dataset told of the input that names it. */
export async function aboutCollection<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    throw new ValidationError(
      error.issues.map(({ attribute, message }) => ({
        attribute: attribute === 'dataset' ? 'collection' : attribute,
        message,
      })),
    )
  }
}
