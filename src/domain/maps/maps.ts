import { findMap, insertMap, type MapAttributes, type MapRecord } from '../../store/maps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, UnauthenticatedError } from '../errors.ts'

export type { MapAttributes, MapRecord, MapRights } from '../../store/maps.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readMap(context: Context, principal: Principal, id: number): Promise<MapRecord> {
  const record = await findMap(context.db, principal, id)
  if (!record) throw new NotFoundError('Map', id)
  return record
}

/** Makes a map that only its owner sees. @throws UnauthenticatedError */
export async function createMap(
  context: Context,
  principal: Principal,
  attributes: MapAttributes & { name: string },
): Promise<number> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  return insertMap(context.db, principal, attributes)
}
