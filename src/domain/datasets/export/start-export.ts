import type { SQL } from 'drizzle-orm'
import { compileFilter, parseCql2Text, QueryError } from '../../../query/index.ts'
import type { Principal } from '../../../store/principal.ts'
import type { Context } from '../../context.ts'
import { FilterError, ForbiddenError, UnauthenticatedError } from '../../errors.ts'
import { type JobRecord, submitJob } from '../../jobs.ts'
import { type DatasetRecord, readDataset } from '../datasets.ts'
import { type ExportRequest, settleExport } from './export-settings.ts'

export type { ExportRequest } from './export-settings.ts'

/** What the outputs of an export are. */
export interface ExportOutputs {
  file: {
    /** Key in the bucket. */
    key: string
    name: string
    contentType: string
    byteSize: number
    /** What was changed or left out, for a person. */
    warnings: string[]
  }
}

/**
 * Begins the export of a dataset's features (right `extract`) to a file.
 * @throws NotFoundError, UnauthenticatedError, ForbiddenError, FilterError, ValidationError (`format`, `crs`, `properties`)
 */
export async function startExport(
  context: Context,
  principal: Principal,
  request: ExportRequest,
): Promise<JobRecord> {
  const dataset = await readExtractable(context, principal, request.dataset)
  await settleExport(context, dataset, request)
  exportFilter(dataset, request.filter)
  const { format, crs, filter, properties } = request
  return submitJob(context, principal, {
    process: 'export',
    inputs: { dataset: dataset.id, format, crs, filter, properties },
  })
}

/** A dataset that the principal may take away as a file. @throws NotFoundError, UnauthenticatedError, ForbiddenError */
export async function readExtractable(
  context: Context,
  principal: Principal,
  reference: number | string,
): Promise<DatasetRecord> {
  const dataset = await readDataset(context, principal, reference)
  if (dataset.rights.extract) return dataset
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

/** The condition on features that a filter is; undefined for none. @throws FilterError */
export function exportFilter(
  { columns, geometryType, srid }: DatasetRecord,
  filter: string | undefined,
): SQL<boolean> | undefined {
  if (filter === undefined || filter.trim() === '') return undefined
  try {
    return compileFilter(parseCql2Text(filter), { columns, geometry: geometryType ? { srid } : null })
  } catch (error) {
    if (error instanceof QueryError) throw new FilterError(error.message, error.position)
    throw error
  }
}
