import { z } from '@hono/zod-openapi'

const timestamp = z.iso.datetime().openapi({ example: '2016-06-12T13:54:42.170Z' })
const identifier = (type: string) => z.object({ id: z.string(), type: z.literal(type) })
const count = z.number().int()

const importResource = z
  .object({
    id: z.string().openapi({ example: '121' }),
    type: z.literal('imports'),
    attributes: z.object({
      name: z.string(),
      status: z.enum(['ready', 'running', 'finished', 'failed']),
      created_at: timestamp,
      finished_at: timestamp.nullable(),
      updated_at: timestamp,
      file_count: count
        .optional()
        .openapi({ description: 'Pictures that wait; while the import is ready, and not in lists' }),
      status_detail: z.string().nullable().openapi({ description: 'Why the whole import failed' }),
      layer_ids: z.array(count).openapi({ description: 'Layers the maps are added to' }),
      rows: z.object({ created: count, found: count, skipped: count, failed: count }).openapi({
        description: 'How many rows made a map, found one that was there, have no title, failed',
      }),
      errors: z
        .array(
          z.object({
            line: count.openapi({
              description: 'Line of the table the row begins in; the header is 1; 0 concerns no row',
            }),
            detail: z.string(),
          }),
        )
        .optional()
        .openapi({ description: 'What is wrong with single rows; not in lists' }),
    }),
    relationships: z.object({
      maps: z
        .object({ data: z.array(identifier('maps')) })
        .openapi({ description: 'Once the import has finished, in the order of the rows' }),
      user: z.object({ data: identifier('users').nullable() }),
    }),
    links: z.object({ self: z.url() }),
  })
  .openapi('Import')

export type ImportResource = z.infer<typeof importResource>

export const importDocument = z.object({ data: importResource }).openapi('ImportDocument')
export const importList = z
  .object({
    data: z.array(importResource),
    links: z.record(z.string(), z.url()),
    meta: z.object({ total_entries: count, total_pages: count }),
  })
  .openapi('ImportList')

const layerIds = z
  .union([z.array(z.union([count, z.string()])), z.string()])
  .nullish()
  .openapi({ description: 'A list, or one text with commas', example: '1,2' })
const type = z.enum(['imports', 'import'])

export const newImportBody = z
  .object({
    data: z.object({
      type,
      attributes: z.object({
        name: z.string(),
        layer_ids: layerIds,
        metadata: z.string().openapi({ description: 'The table as CSV, or as a base64 data URI of it' }),
      }),
    }),
  })
  .openapi('NewImport', { description: 'Without pictures: for maps that are there' })

const file = z.string().openapi({ format: 'binary' })

export const newImportForm = z
  .object({
    'data[type]': type,
    'data[attributes][name]': z.string(),
    'data[attributes][layer_ids][]': z.array(z.string()).optional(),
    'data[attributes][metadata]': file.openapi({
      description:
        'CSV with a header. Columns: uuid, filename, title, description, date_depicted, issue_year, published_date, ' +
        'source_uri, tag_list (or tags), subject_area, publisher, authors, scale, reprint_date, publication_place, ' +
        'metadata_projection, lat, lon, call_number, map_type',
    }),
    'data[attributes][images][]': z
      .array(file)
      .optional()
      .openapi({ description: 'Pictures, or zip archives of pictures' }),
  })
  .openapi('NewImportForm')

export const changedImportBody = z
  .object({
    data: z.object({
      type: z.enum(['imports', 'import', 'gcps']),
      attributes: z.object({ name: z.string(), layer_ids: layerIds }).partial(),
    }),
  })
  .openapi('ChangedImport')
