import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { addColumn, changeColumn, dropColumn } from '../../domain/datasets/columns.ts'
import { changeDataset, createDataset, readDataset, removeDataset } from '../../domain/datasets/datasets.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { columnInput, datasetChange, datasetInput } from './collection-body.ts'
import { collectionDocument } from './collection-document.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { collectionSchema } from './collections.ts'
import { InvalidBodyError } from './errors.ts'
import { readObject } from './feature-body.ts'
import { rootOf } from './links.ts'
import { JSON_FORM, SCHEMA_FORM } from './negotiation.ts'
import { answerJson, givenAs, type ProblemStatus, problems, resource } from './resource.ts'
import { schemaDocument } from './schema-documents.ts'
import { collectionParams } from './schemas.ts'

const tags = ['Collections']
const collection = '/ogc/collections/{collectionId}' as const
/** What is said of a collection, with all its properties. */
const COLLECTION_BODY_MAX_BYTES = 256 * 1024
const JSON_TYPES = ['application/json', 'application/merge-patch+json', 'application/schema+json']
const REFUSALS: readonly ProblemStatus[] = [400, 401, 403, 404]
const WRITING: readonly ProblemStatus[] = [...REFUSALS, 413, 415]

const described = {
  name: z.string().optional(),
  description: z.string().nullable().optional(),
  keywords: z.array(z.string()).optional(),
  visibility: z.enum(['public', 'private']).optional(),
}
const propertySchema = z
  .object({ type: z.string(), format: z.string().optional(), title: z.string().optional() })
  .catchall(z.unknown())
const newCollectionSchema = z
  .object({
    title: z.string(),
    ...described,
    geometryType: z.string().nullable().optional(),
    dimensions: z.enum(['XY', 'XYZ', 'XYM', 'XYZM']).optional(),
    crs: z.string().optional(),
    properties: z.record(z.string(), propertySchema).optional(),
  })
  .openapi('NewCollection')
const collectionChangeSchema = z
  .object({ title: z.string().optional(), ...described })
  .openapi('CollectionChange')
const schemaChangeSchema = z
  .object({ properties: z.record(z.string(), propertySchema.partial().nullable()) })
  .openapi('SchemaChange')

const bodyOf = (type: string, schema: z.ZodType) => ({ required: true, content: { [type]: { schema } } })

/** Making, changing and deleting collections, beside the standards. */
export function mountCollectionChanges(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['post'], paths: ['/ogc/collections'], tags },
      summary: 'Make an empty collection',
      body: bodyOf('application/json', newCollectionSchema),
      responses: {
        201: givenAs('The new collection', [JSON_FORM], collectionSchema),
        ...problems(...WRITING),
      },
    },
    async (c) => {
      const input = datasetInput(await readObject(c.req.raw, JSON_TYPES, COLLECTION_BODY_MAX_BYTES))
      const dataset = await createDataset(c.var.context, c.var.principal, input)
      const root = rootOf(c.req.raw)
      const location = collectionUrl(root, dataset)
      return answerJson(c, JSON_FORM, collectionDocument(dataset, root), { location }, 201)
    },
  )
  resource(
    app,
    {
      ...{ methods: ['patch'], paths: [collection], tags },
      summary: 'Change what is said of a collection, and who sees it',
      params: collectionParams,
      body: bodyOf('application/merge-patch+json', collectionChangeSchema),
      responses: { 200: givenAs('As it is now', [JSON_FORM], collectionSchema), ...problems(...WRITING) },
    },
    async (c) => {
      const change = datasetChange(await readObject(c.req.raw, JSON_TYPES, COLLECTION_BODY_MAX_BYTES))
      const dataset = await changeDataset(c.var.context, c.var.principal, referenceOf(c), change)
      return answerJson(c, JSON_FORM, collectionDocument(dataset, rootOf(c.req.raw)))
    },
  )
  resource(
    app,
    {
      ...{ methods: ['delete'], paths: [collection], tags },
      summary: 'Delete a collection with all its features',
      params: collectionParams,
      responses: { 204: { description: 'Deleted' }, ...problems(...REFUSALS) },
    },
    async (c) => {
      await removeDataset(c.var.context, c.var.principal, referenceOf(c))
      return c.body(null, 204)
    },
  )
  schemaChange(app)
}

/** One property a request: a schema changes with the table of the features, a property at a time. */
function schemaChange(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['patch'], paths: [`${collection}/schema`], tags },
      summary: 'Add, rename, describe or drop a property',
      description:
        'A merge patch of the schema with one property: null drops it, a name there is not adds it, and of one there ' +
        'is `title` and `description` can change, and `name`.',
      params: collectionParams,
      body: bodyOf('application/merge-patch+json', schemaChangeSchema),
      responses: { 200: givenAs('As it is now', [SCHEMA_FORM]), ...problems(...WRITING) },
    },
    async (c) => {
      const { context, principal } = c.var
      const reference = referenceOf(c)
      const [name, schema] = onlyProperty(await readObject(c.req.raw, JSON_TYPES, COLLECTION_BODY_MAX_BYTES))
      const before = await readDataset(context, principal, reference)
      const exists = before.columns.some((column) => column.name === name)
      let dataset = before
      if (schema === null) dataset = await dropColumn(context, principal, reference, name)
      else if (exists) dataset = await changeColumn(context, principal, reference, name, columnChange(schema))
      else dataset = await addColumn(context, principal, reference, columnInput(name, schema))
      return answerJson(
        c,
        SCHEMA_FORM,
        schemaDocument(dataset, `${collectionUrl(rootOf(c.req.raw), dataset)}/schema`),
      )
    },
  )
}

/** @throws InvalidBodyError unless it is `{"properties":{name:...}}` */
function onlyProperty(body: Record<string, unknown>): [string, unknown] {
  const { properties, ...others } = body
  const entries =
    typeof properties === 'object' && properties !== null && !Array.isArray(properties)
      ? Object.entries(properties)
      : []
  if (entries.length !== 1 || Object.keys(others).length > 0)
    throw new InvalidBodyError('The body must be {"properties":{...}} with one property')
  return entries[0]!
}

/** What is to change of a property there is. @throws InvalidBodyError */
function columnChange(schema: unknown) {
  const members = typeof schema === 'object' && schema !== null ? (schema as Record<string, unknown>) : {}
  const change: { name?: string; title?: string | null; description?: string | null } = {}
  for (const [member, value] of Object.entries(members)) {
    if (member !== 'name' && member !== 'title' && member !== 'description')
      throw new InvalidBodyError(`${JSON.stringify(member.slice(0, 60))} of a property cannot be changed`)
    if (typeof value !== 'string' && (value !== null || member === 'name'))
      throw new InvalidBodyError(`${member} is not a text`)
    Object.assign(change, { [member]: value })
  }
  return change
}
