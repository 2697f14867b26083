import { type SQL, sql } from 'drizzle-orm'
import { lonLatExtent } from '../geo/crs/lonlat-extent.ts'
import { WGS_84 } from '../geo/crs/reference-system.ts'
import type { Database } from './database.ts'
import { type DatasetReference, type DatasetSchema, datasetQuery, recordOfJson } from './datasets.ts'
import { accounted, boundAnew, measured } from './feature-extents.ts'
import { type FeatureRows, fitting } from './feature-input-rows.ts'
import { FID, MODIFIED, REVISION } from './feature-table.ts'
import type { Read } from './features.ts'
import { may, type Verb } from './permissions.ts'
import type { Principal } from './principal.ts'
import { resources } from './schema.ts'

export interface WrittenRow {
  fid: number
  revision: number
  modifiedAt: Date
}

/** A geometry that is no valid one, and where. */
export interface GeometryFault {
  /** Index of its feature. */
  index: number
  reason: string
  /** x and y in the dataset's system. */
  at: [number, number] | null
}

/** What came of a change. */
export interface ChangeResult {
  /** What was written, by ascending number; nothing where many are deleted. */
  rows: WrittenRow[]
  faults: GeometryFault[]
  isThere: boolean
  /** Whether the precondition holds. */
  isAllowed: boolean
  /** How many features have been written or deleted. */
  touched: number
}

/** Whether the dataset found is the one the statement is made for, and the principal may do to its features what it does. */
export const isPermitted = ({ id, schemaVersion }: DatasetSchema, verb: Verb): SQL =>
  sql`(select id = ${id} and schema_version = ${schemaVersion} and (record -> 'rights' ->> ${verb}::text)::boolean from dataset)`

/** A change of the features of a dataset. */
export interface FeatureChange {
  verb: Verb
  /** What comes in, `fitting` and `faulty` in the statement. */
  rows?: FeatureRows
  /** Tables `written`, the rows, and `change`, what becomes of the dataset; `former` and `allowed` of a single feature. */
  writing: SQL
  /** It is of one feature that should be there. */
  isOfOne: boolean
}

/** Runs a change in one transaction: writers of a dataset take turns, and the next sees what the one before did. */
export async function changeFeatures(
  db: Database,
  principal: Principal,
  reference: DatasetReference,
  schema: DatasetSchema,
  { verb, rows, writing, isOfOne }: FeatureChange,
): Promise<Read<ChangeResult> | null> {
  const dataset = sql`dataset as materialized (${datasetQuery(principal, reference)})`
  const input = rows ? sql`${fitting(schema, rows)},` : sql``
  const faults = rows
    ? sql`(select jsonb_agg(jsonb_build_object('index', place - 1, 'reason', reason,
        'at', jsonb_build_array(ST_X(location), ST_Y(location)))) from faulty)`
    : sql`null::jsonb`
  const told =
    rows || isOfOne
      ? sql`(select jsonb_agg(jsonb_build_object('fid', ${sql.identifier(FID)}, 'revision', ${sql.identifier(REVISION)},
        'modifiedAt', ${sql.identifier(MODIFIED)}) order by ${sql.identifier(FID)}) from written)`
      : sql`null::jsonb`
  const state = isOfOne
    ? sql`exists (select 1 from former) as is_there, exists (select 1 from allowed) as is_allowed`
    : sql`true as is_there, true as is_allowed`
  const [, { rows: answered }, , { rows: found }] = await db.batch([
    db.execute(sql`select ${resources.id} from ${resources}
      where ${resources.id} = ${schema.id} and ${may(principal, 'view')} and ${may(principal, verb)} for update`),
    db.execute<{
      rows: (Omit<WrittenRow, 'modifiedAt'> & { modifiedAt: string })[] | null
      faults: GeometryFault[] | null
      is_there: boolean
      is_allowed: boolean
      touched: number
      is_stale: boolean
    }>(sql`with ${dataset}, ${input} ${writing}, ${accounted(schema, rows?.extent ?? null)}
      select ${told} as rows, ${faults} as faults, ${state}, touched::int, is_stale from change`),
    db.execute(measured(schema)),
    db.execute<{ record: unknown }>(sql`select record from (${datasetQuery(principal, reference)}) dataset`),
  ])
  if (!found[0]) return null
  const record = recordOfJson(found[0].record)
  if (record.id !== schema.id || record.schemaVersion !== schema.schemaVersion)
    return { dataset: record, result: null }
  const answer = answered[0]!
  if (answer.is_stale && answer.touched > 0 && schema.srid !== WGS_84 && record.nativeExtent) {
    record.extent = lonLatExtent(record.nativeExtent, schema.srid)
    await boundAnew(db, record)
  }
  return {
    dataset: record,
    result: {
      rows: (answer.rows ?? []).map((row) => ({ ...row, modifiedAt: new Date(row.modifiedAt) })),
      faults: answer.faults ?? [],
      isThere: answer.is_there,
      isAllowed: answer.is_allowed,
      touched: answer.touched,
    },
  }
}
