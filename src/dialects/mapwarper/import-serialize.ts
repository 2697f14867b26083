import type { ImportRecord, RowFault } from '../../store/imports.ts'
import type { ImportResource } from './import-schemas.ts'

/**
 * An import as it stands in a list.
 * @param origin scheme, host and port that links begin with
 */
export function importResource(record: ImportRecord, origin: string): ImportResource {
  const { created = 0, found = 0, skipped = 0, failed = 0 } = record.outcomes
  const scanIds = record.status === 'finished' ? record.scanIds : []
  return {
    id: String(record.id),
    type: 'imports',
    attributes: {
      name: record.name,
      status: record.status,
      created_at: record.createdAt.toISOString(),
      finished_at: record.finishedAt?.toISOString() ?? null,
      updated_at: record.updatedAt.toISOString(),
      status_detail: record.failure,
      layer_ids: record.layerIds,
      rows: { created, found, skipped, failed },
    },
    relationships: {
      maps: { data: scanIds.map((id) => ({ id: String(id), type: 'maps' })) },
      user: { data: record.userId === null ? null : { id: String(record.userId), type: 'users' } },
    },
    links: { self: `${origin}/api/v1/imports/${record.id}` },
  }
}

/** An import by itself: with how many pictures wait, while it is ready, and what is wrong with its rows. */
export function wholeImportResource(
  record: ImportRecord,
  faults: readonly RowFault[],
  origin: string,
): ImportResource {
  const resource = importResource(record, origin)
  const { rows, ...attributes } = resource.attributes
  return {
    ...resource,
    attributes: {
      ...attributes,
      ...(record.status === 'ready' ? { file_count: record.pictureCount } : {}),
      rows,
      errors: [...faults],
    },
  }
}
