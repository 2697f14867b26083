import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { DatasetSchema } from './datasets.ts'
import { featureTable } from './feature-table.ts'
import type { SystemPrincipal } from './principal.ts'
import { datasets, resources } from './schema.ts'

/** Features that are looked at to find how detailed a dataset is. */
const MEASURED_FEATURES = 1000

/** Mean distance, in degrees, from one vertex of the lines and rings of a dataset to the next; null for points. */
export async function vertexSpacing(
  db: Database,
  _system: SystemPrincipal,
  schema: DatasetSchema,
): Promise<number | null> {
  const { rows } = await db.execute<{ spacing: number | null }>(sql`
    select (sum(ST_Length(geom) + ST_Perimeter(geom)) / nullif(sum(ST_NPoints(geom)), 0))::float8 as spacing
    from (
      select ST_Transform(ST_Force2D(geom), 4326) as geom from ${featureTable(schema.id)}
      where geom is not null and ST_Dimension(geom) > 0 limit ${MEASURED_FEATURES}
    ) measured`)
  return rows[0]?.spacing || null
}

export interface NewTileArchive {
  key: string
  /** Of the dataset it shows. */
  version: number
  byteSize: number
}

/** Switches a dataset to an archive. Changes nothing, and is false, where the dataset has moved on, or is gone. */
export async function switchTileArchive(
  db: Database,
  _system: SystemPrincipal,
  datasetId: number,
  { key, version, byteSize }: NewTileArchive,
): Promise<boolean> {
  const { rows } = await db.execute(sql`
    update ${datasets} set archive_key = ${key}, archive_version = ${version}, archive_bytes = ${byteSize}
    from ${resources}
    where ${datasets.id} = ${datasetId} and ${resources.id} = ${datasets.id} and ${resources.version} = ${version}
    returning 1`)
  return rows.length > 0
}
