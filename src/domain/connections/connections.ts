import {
  type ConnectionRecord,
  type ConnectionSort,
  deleteConnection,
  findConnection,
  insertConnection,
  listConnections as listOwn,
} from '../../store/connections.ts'
import type { DatabaseAddress } from '../../store/external/session.ts'
import { findPostgis } from '../../store/external/tables.ts'
import type { ListPart, ListSlice } from '../../store/list-slice.ts'
import type { UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { openSecret, sealSecret } from '../identity/sealed-secret.ts'
import { databaseAddress } from './address.ts'
import { ConnectionFailedError, TooManyConnectionsError } from './errors.ts'
import { reading } from './open.ts'

export type { ConnectionRecord, ConnectionSort } from '../../store/connections.ts'

/** Of a user. */
export const CONNECTIONS_MAX = 50

/** A page of the user's connections. */
export const listConnections = (
  context: Context,
  user: UserPrincipal,
  slice: ListSlice<ConnectionSort>,
): Promise<ListPart<ConnectionRecord>> => listOwn(context.db, user, slice)

/** @throws NotFoundError for one of somebody else, too */
export async function readConnection(
  context: Context,
  user: UserPrincipal,
  id: number,
): Promise<ConnectionRecord> {
  const { sealedUrl: _secret, ...record } = await requireConnection(context, user, id)
  return record
}

/**
 * Keeps the address of a database, encrypted, once it has been reached.
 * @returns its number, and the version of its PostGIS; null for one without
 * @throws ValidationError (`url`: malformed, private, or why it was not reached), TooManyConnectionsError
 */
export async function addConnection(
  context: Context,
  user: UserPrincipal,
  { name, url }: { name: string; url: string },
): Promise<{ id: number; postgis: string | null }> {
  const address = databaseAddress(url, context.fetchAllow)
  const postgis = await reading(address, findPostgis).catch((error) => {
    throw error instanceof ConnectionFailedError
      ? new ValidationError([{ attribute: 'url', message: `cannot be used: ${error.message}` }])
      : error
  })
  const sealedUrl = await sealSecret(context.authSecret, 'connection', url)
  const id = await insertConnection(context.db, user, { name, sealedUrl }, CONNECTIONS_MAX)
  if (id === null) throw new TooManyConnectionsError(CONNECTIONS_MAX)
  return { id, postgis }
}

/** @throws NotFoundError */
export async function removeConnection(context: Context, user: UserPrincipal, id: number): Promise<void> {
  if (!(await deleteConnection(context.db, user, id))) throw new NotFoundError('Connection', id)
}

/** Where a connection of the user leads. @throws NotFoundError, ValidationError */
export async function addressOf(context: Context, user: UserPrincipal, id: number): Promise<DatabaseAddress> {
  const { sealedUrl } = await requireConnection(context, user, id)
  const url = await openSecret(context.authSecret, 'connection', sealedUrl)
  return databaseAddress(url, context.fetchAllow)
}

async function requireConnection(context: Context, user: UserPrincipal, id: number) {
  const record = await findConnection(context.db, user, id)
  if (!record) throw new NotFoundError('Connection', id)
  return record
}
