import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { type DatasetRecord, readDataset } from '../../domain/datasets/datasets.ts'
import {
  deleteFeature,
  type InputSystem,
  insertFeatures,
  replaceFeature,
  updateFeature,
  type WrittenFeature,
} from '../../domain/datasets/feature-changes.ts'
import { readFeature } from '../../domain/datasets/features.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { collectionUrl, referenceOf } from './collection-id.ts'
import { type Crs, crsNamed, isCommon, requireCrs } from './crs.ts'
import { featureHeaders, featureIdOf, featureText, validatorsOf } from './feature.ts'
import {
  featureInput,
  featureInputs,
  flatPatch,
  GEOJSON_TYPES,
  geojsonPatch,
  isGeojsonPatch,
  MERGE_PATCH_TYPES,
  readObject,
} from './feature-body.ts'
import { featureSchema } from './items.ts'
import { rootOf } from './links.ts'
import { GEOJSON_FORM } from './negotiation.ts'
import { conditionally, preconditionOf } from './preconditions.ts'
import { givenAs, type OgcContext, type ProblemStatus, problems, resource } from './resource.ts'
import { collectionParams, featureParams } from './schemas.ts'

const tags = ['Features']
const items = '/ogc/collections/{collectionId}/items' as const
const item = `${items}/{featureId}` as const

const header = (description: string) => z.string().optional().openapi({ description })
const contentCrs = header('The system of the coordinates in the body, <URI>; CRS84 unless given')
const prefer = header('return=representation has the feature in the answer')
const conditions = {
  'If-Match': header('Entity tags, one of which the feature must have'),
  'If-Unmodified-Since': header('The feature must not have changed since'),
}
const REFUSALS: readonly ProblemStatus[] = [400, 401, 403, 404, 412]
const WRITING: readonly ProblemStatus[] = [...REFUSALS, 413, 415]

const newFeatureSchema = z
  .object({
    type: z.literal('Feature'),
    geometry: z.record(z.string(), z.unknown()).nullable(),
    properties: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('NewFeature')
const newFeaturesSchema = z
  .object({ type: z.literal('FeatureCollection'), features: z.array(newFeatureSchema) })
  .openapi('NewFeatures')

const bodyOf = (types: readonly string[], schema: z.ZodType) => ({
  required: true,
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
})

/** Creating, replacing, changing and deleting features (OGC API - Features - Part 4). */
export function mountFeatureChanges(app: OpenAPIHono<AppEnv>): void {
  resource(
    app,
    {
      ...{ methods: ['post'], paths: [items], tags },
      summary: 'Add a feature, or all features of a collection',
      params: collectionParams,
      headers: { 'Content-Crs': contentCrs, Prefer: prefer },
      body: bodyOf(GEOJSON_TYPES.slice(0, 2), z.union([newFeatureSchema, newFeaturesSchema])),
      responses: {
        201: givenAs('Added; of one feature, Location is its address', [GEOJSON_FORM], featureSchema),
        ...problems(...WRITING),
      },
    },
    addFeatures,
  )
  resource(
    app,
    {
      ...{ methods: ['put'], paths: [item], tags },
      summary: 'Replace a feature; the id in the body does not matter',
      params: featureParams,
      headers: { ...conditions, 'Content-Crs': contentCrs, Prefer: prefer },
      body: bodyOf(GEOJSON_TYPES.slice(0, 2), newFeatureSchema),
      responses: { ...written, ...problems(...WRITING) },
    },
    async (c) => {
      const reference = referenceOf(c)
      const input = featureInput(await readObject(c.req.raw, GEOJSON_TYPES))
      const crs = await contentSystem(c)
      const options = { ...inputSystem(crs), precondition: preconditionOf(c.req.raw) }
      const result = await conditionally(c.req.raw, () =>
        replaceFeature(c.var.context, c.var.principal, reference, featureIdOf(c), input, options),
      )
      return answerWritten(c, result, crs)
    },
  )
  resource(
    app,
    {
      ...{ methods: ['patch'], paths: [item], tags },
      summary: 'Change what is named of a feature; null unsets',
      description: 'Either as GeoJSON, {"properties":{...},"geometry":...}, or flat, as the schema names it.',
      params: featureParams,
      headers: { ...conditions, 'Content-Crs': contentCrs, Prefer: prefer },
      body: bodyOf(MERGE_PATCH_TYPES.slice(0, 1), z.record(z.string(), z.unknown())),
      responses: { ...written, ...problems(...WRITING) },
    },
    async (c) => {
      const reference = referenceOf(c)
      const patch = await readObject(c.req.raw, MERGE_PATCH_TYPES)
      const fid = featureIdOf(c)
      const change = isGeojsonPatch(patch)
        ? geojsonPatch(patch, fid)
        : flatPatch(patch, fid, await readDataset(c.var.context, c.var.principal, reference))
      const crs = await contentSystem(c)
      const options = { ...inputSystem(crs), precondition: preconditionOf(c.req.raw) }
      const result = await conditionally(c.req.raw, () =>
        updateFeature(c.var.context, c.var.principal, reference, fid, change, options),
      )
      return answerWritten(c, result, crs)
    },
  )
  resource(
    app,
    {
      ...{ methods: ['delete'], paths: [item], tags },
      summary: 'Delete a feature',
      params: featureParams,
      headers: conditions,
      responses: { 204: { description: 'Deleted' }, ...problems(...REFUSALS) },
    },
    async (c) => {
      await conditionally(c.req.raw, () =>
        deleteFeature(
          ...([
            c.var.context,
            c.var.principal,
            referenceOf(c),
            featureIdOf(c),
            preconditionOf(c.req.raw),
          ] as const),
        ),
      )
      return c.body(null, 204)
    },
  )
}

const written = {
  200: givenAs('Changed, as it is now; where Prefer asks for it', [GEOJSON_FORM], featureSchema),
  204: { description: 'Changed' },
}

async function addFeatures(c: OgcContext): Promise<Response> {
  const { context, principal } = c.var
  const reference = referenceOf(c)
  const { features, isCollection } = featureInputs(await readObject(c.req.raw, GEOJSON_TYPES))
  const crs = await contentSystem(c)
  const { dataset, features: added } = await insertFeatures(
    ...([context, principal, reference, features, inputSystem(crs)] as const),
  )
  const url = `${collectionUrl(rootOf(c.req.raw), dataset)}/items`
  if (isCollection) return c.json({ ids: added.map(({ fid }) => fid) }, 201, { location: url })
  const location = `${url}/${added[0]!.fid}`
  const headers = { location, ...validatorsOf(added[0]!) }
  if (!wantsRepresentation(c.req.raw)) return c.body(null, 201, headers)
  return representation(c, { dataset, ...added[0]! }, crs, 201, headers)
}

/** A feature that was written, and of which dataset. */
type Written = WrittenFeature & { dataset: DatasetRecord }

/** Answers with what was written, where the request wants it, else with its validators alone. */
function answerWritten(c: OgcContext, result: Written, crs: Crs | null): Response | Promise<Response> {
  const headers = validatorsOf(result)
  return wantsRepresentation(c.req.raw)
    ? representation(c, result, crs, 200, headers)
    : c.body(null, 204, headers)
}

async function representation(
  c: OgcContext,
  { dataset, fid }: Pick<Written, 'dataset' | 'fid'>,
  crs: Crs | null,
  status: 200 | 201,
  headers: Record<string, string>,
): Promise<Response> {
  const { context, principal } = c.var
  const found = await readFeature(context, principal, dataset.id, fid, inputSystem(crs))
  return c.body(featureText(c, found), status, {
    ...headers,
    ...featureHeaders(dataset, crs),
    'preference-applied': 'return=representation',
  })
}

const wantsRepresentation = ({ headers }: Request): boolean =>
  /(?:^|[,;])\s*return\s*=\s*"?representation"?\s*(?:$|[,;])/i.test(headers.get('prefer') ?? '')

const inputSystem = (crs: Crs | null): InputSystem =>
  crs ? { srid: crs.srid, axisOrder: crs.axisOrder } : {}

/** The system of the coordinates in the body. @throws InvalidParameterError where the collection is not given in it */
async function contentSystem(c: OgcContext): Promise<Crs | null> {
  const value = c.req.header('content-crs')
  if (value === undefined) return null
  const crs = crsNamed(value.trim().replace(/^<(.*)>$/, '$1'), 'Content-Crs')
  if (!isCommon(crs))
    requireCrs(crs, await readDataset(c.var.context, c.var.principal, referenceOf(c)), 'Content-Crs')
  return crs
}
