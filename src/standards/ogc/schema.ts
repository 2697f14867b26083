import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { type DatasetRecord, readDataset } from '../../domain/datasets/datasets.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { schemaPage } from './html/schema-page.ts'
import { rootOf } from './links.ts'
import { HTML_FORM, SCHEMA_FORM } from './negotiation.ts'
import { answerJson, givenAs, problems, resource } from './resource.ts'
import {
  queryablesDocument,
  type SchemaDocument,
  schemaDocument,
  sortablesDocument,
} from './schema-documents.ts'
import { collectionParams } from './schemas.ts'

const FORMS = [SCHEMA_FORM, HTML_FORM]

interface SchemaResource {
  name: 'schema' | 'queryables' | 'sortables'
  title: string
  summary: string
  document: (dataset: DatasetRecord, url: string) => SchemaDocument
}

const RESOURCES: readonly SchemaResource[] = [
  {
    ...{ name: 'schema', title: 'Schema', summary: 'What a feature of a collection has' },
    document: schemaDocument,
  },
  {
    ...{ name: 'queryables', title: 'Queryables', summary: 'What filters over a collection may name' },
    document: queryablesDocument,
  },
  {
    ...{ name: 'sortables', title: 'Sortables', summary: 'What features of a collection are sorted by' },
    document: sortablesDocument,
  },
]

const jsonSchema = z
  .object({
    $schema: z.string(),
    $id: z.string(),
    type: z.literal('object'),
    properties: z.record(z.string(), z.unknown()),
  })
  .catchall(z.unknown())
  .openapi('JsonSchema')

/** `GET /ogc/collections/{collectionId}/{schema|queryables|sortables}`: JSON Schema of what features have. */
export function mountSchemas(app: OpenAPIHono<AppEnv>): void {
  for (const { name, title, summary, document } of RESOURCES)
    resource(
      app,
      {
        ...{ methods: ['get'], paths: [`/ogc/collections/{collectionId}/${name}`], tags: ['Collections'] },
        summary,
        params: collectionParams,
        forms: FORMS,
        responses: { 200: givenAs('JSON Schema', FORMS, jsonSchema), ...problems(404) },
      },
      async (c, form) => {
        const dataset = await readVector(c)
        const made = document(dataset, `${collectionUrl(rootOf(c.req.raw), dataset)}/${name}`)
        return form === HTML_FORM ? schemaPage(c, dataset, title, made) : answerJson(c, form, made)
      },
    )
}

/** The dataset of features that a path names. @throws NotFoundError for a raster, too */
async function readVector(c: Parameters<typeof referenceOf>[0]): Promise<DatasetRecord> {
  const reference = referenceOf(c)
  const dataset = await readDataset(c.var.context, c.var.principal, reference)
  if (dataset.form !== 'vector') throw new NotFoundError('Dataset', reference)
  return dataset
}
