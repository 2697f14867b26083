import { boxAround, boxBetween } from '../../geo/crs/box-between.ts'
import {
  listMaps as listVisible,
  type MapExpansion,
  type MapListing,
  openMap,
} from '../../store/map-lists.ts'
import {
  deleteMap,
  findMap,
  insertMap,
  type MapAttributes,
  type MapRecord,
  moveMapVersions,
  updateMap,
} from '../../store/maps.ts'
import type { Principal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../errors.ts'
import { checkJson } from '../storable-json.ts'
import { ATTRIBUTES_MAX_CHARACTERS, checkName, checkTexts } from './map-input.ts'

export type {
  ListedMap,
  MapExpansion,
  MapListing,
  MapShelf,
  MapSort,
} from '../../store/map-lists.ts'
export type { MapAttributes, MapRecord } from '../../store/maps.ts'

/** @throws NotFoundError where there is none or the principal may not see it */
export async function readMap(context: Context, principal: Principal, id: number): Promise<MapRecord> {
  const record = await findMap(context.db, principal, id)
  if (!record) throw new NotFoundError('Map', id)
  return record
}

/** A map somebody looks at, which is noted. @throws NotFoundError */
export async function visitMap(context: Context, principal: Principal, id: number, expansion: MapExpansion) {
  const record = await openMap(context.db, principal, id, expansion)
  if (!record) throw new NotFoundError('Map', id)
  return record
}

/** A page of the maps a principal sees. */
export const listMaps = (context: Context, principal: Principal, listing: MapListing) =>
  listVisible(context.db, principal, listing)

/** Makes a map that only its owner sees. @throws UnauthenticatedError, ValidationError */
export async function createMap(
  context: Context,
  principal: Principal,
  attributes: MapAttributes & { name: string },
): Promise<number> {
  if (principal.kind === 'anonymous') throw new UnauthenticatedError()
  checkAttributes(attributes)
  return insertMap(context.db, principal, attributes)
}

/**
 * Changes what is said of a map (right `edit`). Members of `attributes` are laid over those there are; null takes one away.
 * @throws NotFoundError, ForbiddenError, UnauthenticatedError, ValidationError
 */
export async function changeMap(
  context: Context,
  principal: Principal,
  id: number,
  change: MapAttributes,
): Promise<void> {
  const map = await readMap(context, principal, id)
  requireMapRight(principal, map, 'edit')
  const attributes = change.attributes && laidOver(map.attributes, change.attributes)
  checkAttributes({ ...change, attributes })
  if (!(await updateMap(context.db, principal, id, { ...change, attributes })))
    throw new NotFoundError('Map', id)
}

/** Deletes a map and its layers, not what they show (right `own`). @throws NotFoundError, ForbiddenError, UnauthenticatedError */
export async function removeMap(context: Context, principal: Principal, id: number): Promise<void> {
  if (await deleteMap(context.db, principal, id)) return
  requireMapRight(principal, await readMap(context, principal, id), 'own')
  throw new NotFoundError('Map', id)
}

/**
 * Has everything that has been drawn of a map, or of some of its layers, drawn anew (right `edit`).
 * @throws NotFoundError for the map or one of the layers, ForbiddenError, UnauthenticatedError
 */
export async function renewMap(
  context: Context,
  principal: Principal,
  id: number,
  layerIds: readonly number[] | null,
): Promise<void> {
  if (await moveMapVersions(context.db, principal, id, layerIds)) return
  requireMapRight(principal, await readMap(context, principal, id), 'edit')
  throw new NotFoundError('Layer', `${layerIds?.join(', ')} of map ${id}`)
}

/** @throws ForbiddenError, UnauthenticatedError */
export function requireMapRight(
  principal: Principal,
  { rights }: Pick<MapRecord, 'rights'>,
  verb: keyof MapRecord['rights'],
): void {
  if (rights[verb]) return
  throw principal.kind === 'anonymous' ? new UnauthenticatedError() : new ForbiddenError()
}

/**
 * What a map shows first, in its own system: what it says, or else what its layers reach over, those behind the others only
 * where there are no others. Null for a map of nothing.
 */
export function boundsOfMap({ bounds, reaches, srid }: MapRecord): number[] | null {
  if (bounds) return bounds
  const foreground = reaches.filter(({ isBackground }) => !isBackground)
  const boxes = (foreground.length > 0 ? foreground : reaches).flatMap((reach) => {
    const box = boxBetween(reach.box, reach.srid, srid)
    return box ? [box] : []
  })
  return boxAround(boxes)
}

/** Members over others; null takes one away. */
export const laidOver = (
  below: Record<string, unknown>,
  above: Record<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...below, ...above }).filter(([, value]) => value !== null))

function checkAttributes({ name, attributes, ...texts }: MapAttributes): void {
  if (name !== undefined) checkName(name)
  checkTexts(texts)
  if (attributes !== undefined) checkJson('body', attributes, ATTRIBUTES_MAX_CHARACTERS)
}
