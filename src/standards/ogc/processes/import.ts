import { z } from '@hono/zod-openapi'
import { type ImportSource, startImport } from '../../../domain/datasets/import/start-import.ts'
import { ValidationError } from '../../../domain/errors.ts'
import { type Execution, process } from './definition.ts'
import { madeCollection, madeDataset } from './made-collections.ts'
import { collectionSchema, crs, shortText, texts, visibility } from './shared-inputs.ts'

const LAYERS_MAX = 1000

const inputs = z.strictObject({
  file: z
    .strictObject(
      { href: z.string().max(8000), type: z.string().optional(), title: z.string().optional() },
      'it is neither a value in base64 nor a link',
    )
    .optional()
    .meta({
      title: 'The file',
      description:
        'As base64, {"value": "...", "encoding": "base64", "mediaType": "..."}; by its address, {"href": "https://..."}; ' +
        'as GeoJSON of at most 1 MiB, {"value": {...}}; or as the part file of a multipart form. GeoPackage, Shapefile ' +
        '(zipped), GeoJSON, KML and KMZ, GPX, CSV, GML, MapInfo, DXF, FlatGeobuf, GeoTIFF; its content tells which.',
    }),
  name: shortText('Name of the collection', 'Of the file unless given'),
  title: shortText('Title of the collection'),
  layers: z
    .preprocess(
      (names) => (typeof names === 'string' ? [names] : names),
      texts(LAYERS_MAX, { title: 'Names of the wanted layers', description: 'All of them unless given' }),
    )
    .optional(),
  crs: crs.meta({ title: 'The reference system', description: 'EPSG:n; of the file unless given' }),
  encoding: shortText('The encoding of texts', 'Where the file does not say it'),
  x: shortText('The column of eastings or longitudes'),
  y: shortText('The column of northings or latitudes'),
  wkt: shortText('The column of geometries as WKT'),
  visibility,
  interactive: z.boolean().default(false).meta({
    title: 'Whether to ask',
    description: 'A job that lacks an input then waits for an answer; any other fails and says what it lacks',
  }),
})
type Inputs = z.infer<typeof inputs>

const outputs = z.object({ datasets: z.array(madeDataset) })

/** Makes collections of a file. */
export const importProcess = process<Inputs>({
  id: 'import',
  version: '1.0.0',
  title: 'Import',
  description: 'Makes a collection of every layer of a file.',
  isOpen: false,
  fileInput: 'file',
  inputs,
  outputs: {
    collections: {
      title: 'The collections',
      description:
        'One for each layer, with the number of its features, and what was not taken over as it was',
      schema: { type: 'array', items: collectionSchema },
    },
  },
  start: (execution) => {
    const { context, principal, jobId } = execution
    const { file: _source, visibility: seenBy, interactive, ...settings } = execution.inputs
    return startImport(context, principal, {
      ...{ jobId, interactive, source: sourceOf(execution) },
      settings: { ...settings, isPublic: seenBy === 'public' },
    })
  },
  results: async (request) => {
    const { datasets } = outputs.parse(request.job.outputs)
    return {
      collections: { value: await Promise.all(datasets.map((made) => madeCollection(request, made))) },
    }
  },
})

function sourceOf({ file, inputs: { file: link } }: Execution<Inputs>): ImportSource {
  if (file) return { file }
  if (link) return { url: link.href }
  throw new ValidationError([{ attribute: 'file', message: 'is missing' }])
}
