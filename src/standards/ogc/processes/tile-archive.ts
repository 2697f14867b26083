import { z } from '@hono/zod-openapi'
import { startTileArchive } from '../../../domain/datasets/start-tile-archive.ts'
import { process } from './definition.ts'
import { fileOutput, madeFile } from './output-file.ts'
import { aboutCollection, collection } from './shared-inputs.ts'

const inputs = z.strictObject({ collection })

/** Makes the archive of a collection's vector tiles. */
export const tileArchive = process<z.infer<typeof inputs>>({
  id: 'tile-archive',
  version: '1.0.0',
  title: 'Tile archive',
  description:
    'Draws all vector tiles of a collection into one PMTiles archive. Its tiles are then served from that, until it changes.',
  isOpen: false,
  inputs,
  outputs: {
    file: { ...fileOutput, description: 'The archive as it is now; kept until the job is deleted' },
  },
  start: ({ context, principal, inputs: { collection: dataset } }) =>
    aboutCollection(startTileArchive(context, principal, { dataset, asFile: true })),
  results: async ({ job }) => ({ file: madeFile(job) }),
})
