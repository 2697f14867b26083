import { z } from '@hono/zod-openapi'
import { startExport } from '../../../domain/datasets/export/start-export.ts'
import { startTileArchive } from '../../../domain/datasets/start-tile-archive.ts'
import { ValidationError } from '../../../domain/errors.ts'
import { EXPORT_FORMATS } from '../../../formats/export/export-format.ts'
import { type Execution, process } from './definition.ts'
import { fileOutput, madeFile } from './output-file.ts'
import { aboutCollection, collection, crs, TEXT_MAX_CHARACTERS, texts } from './shared-inputs.ts'

const FILTER_MAX_CHARACTERS = 64 * 1024
const PROPERTIES_MAX = 2000
/** The format that holds tiles in the place of features. */
const PMTILES = 'pmtiles'

const inputs = z.strictObject({
  collection,
  format: z
    .string()
    .max(TEXT_MAX_CHARACTERS)
    .meta({ title: 'The format of the file', enum: [...EXPORT_FORMATS, PMTILES] }),
  crs: crs.meta({
    title: 'The reference system of the coordinates',
    description: 'EPSG:n; that of the collection, or of the format, unless given',
  }),
  filter: z
    .string()
    .max(FILTER_MAX_CHARACTERS)
    .optional()
    .meta({ title: 'What must hold for a feature', description: 'In CQL2 text' }),
  properties: texts(PROPERTIES_MAX, {
    ...{ title: 'Names of the wanted properties', description: 'All of them unless given' },
  }).optional(),
})
type Inputs = z.infer<typeof inputs>

/** Writes a collection to a file. */
export const exportProcess = process<Inputs>({
  id: 'export',
  version: '1.0.0',
  title: 'Export',
  description: 'Writes the features of a collection, or with the format pmtiles its vector tiles, to a file.',
  isOpen: false,
  inputs,
  outputs: { file: fileOutput },
  start: (execution) => {
    const { context, principal } = execution
    const { collection: dataset, ...request } = execution.inputs
    if (request.format.toLowerCase() === PMTILES) return startPmtiles(execution)
    return aboutCollection(startExport(context, principal, { dataset, ...request }))
  },
  results: async ({ job }) => ({ file: madeFile(job) }),
})

function startPmtiles({
  context,
  principal,
  inputs: { collection: dataset, ...request },
}: Execution<Inputs>) {
  const issues = (['crs', 'filter', 'properties'] as const)
    .filter((name) => request[name] !== undefined)
    .map((attribute) => ({ attribute, message: 'cannot be chosen: tiles have all features in web mercator' }))
  if (issues.length > 0) throw new ValidationError(issues)
  return aboutCollection(startTileArchive(context, principal, { dataset, asFile: true }))
}
