import { and, asc, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type LayerRecord, selectLayers } from './layers.ts'
import { type MapRecord, selectMaps } from './maps.ts'
import { may, mayLayer } from './permissions.ts'
import type { Principal } from './principal.ts'
import { layers, maps } from './schema.ts'

/** A map and its layers, as far as the principal sees them, the lowest first; one round trip. Null for a map that is not seen. */
export async function findMapAndLayers(
  db: Database,
  principal: Principal,
  mapId: number,
): Promise<{ map: MapRecord; layers: LayerRecord[] } | null> {
  const [[map], found] = await db.batch([
    selectMaps(db, principal).where(and(eq(maps.id, mapId), may(principal, 'view'))),
    selectLayers(db, principal)
      .where(and(eq(layers.mapId, mapId), mayLayer(principal, 'view')))
      .orderBy(asc(layers.position), asc(layers.id)),
  ])
  return map ? { map, layers: found } : null
}

/** A layer and the others of its map that the principal sees, the lowest first; one round trip. Null where it is not seen. */
export async function findLayerAmongOthers(
  db: Database,
  principal: Principal,
  layerId: number,
): Promise<{ layer: LayerRecord; layers: LayerRecord[] } | null> {
  const found: LayerRecord[] = await selectLayers(db, principal)
    .where(
      and(
        eq(layers.mapId, db.select({ id: layers.mapId }).from(layers).where(eq(layers.id, layerId))),
        mayLayer(principal, 'view'),
      ),
    )
    .orderBy(asc(layers.position), asc(layers.id))
  const layer = found.find(({ id }) => id === layerId)
  return layer ? { layer, layers: found } : null
}
