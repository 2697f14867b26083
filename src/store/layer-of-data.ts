import { and, eq, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import type { SystemPrincipal } from './principal.ts'
import { layers, resources } from './schema.ts'

/** The layer of a map that shows something of the platform's own; the first of several, null for none. */
export async function findLayerOfData(
  db: Database,
  _system: SystemPrincipal,
  mapId: number,
  dataId: number,
): Promise<number | null> {
  const [found] = await db
    .select({ id: sql<number | null>`min(${layers.id})` })
    .from(layers)
    .where(and(eq(layers.mapId, mapId), eq(layers.dataId, dataId)))
  return found?.id ?? null
}

/** Deletes the layers that show something, as what they show is undone. */
export async function discardLayersOfData(
  db: Database,
  _system: SystemPrincipal,
  dataId: number,
): Promise<void> {
  await db
    .delete(resources)
    .where(
      and(
        eq(resources.kind, 'layer'),
        sql`${resources.id} in (select ${layers.id} from ${layers} where ${layers.dataId} = ${dataId})`,
      ),
    )
}
