import {
  type ApprovalRecord,
  type ClientRecord,
  deleteApproval,
  deleteClient,
  findApproval,
  findClient,
  insertApproval,
  insertClient,
} from '../../store/oauth-clients.ts'
import type { SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import type { Context } from '../context.ts'
import { NotFoundError, ValidationError } from '../errors.ts'
import { randomHex } from '../tokens.ts'
import { TakenError } from './errors.ts'
import { openSecret, sealSecret } from './sealed-secret.ts'

export {
  APPROVAL_SORTS,
  type ApprovalRecord,
  type ApprovalSort,
  CLIENT_SORTS,
  type ClientRecord,
  type ClientSort,
  listApprovals,
  listClients,
} from '../../store/oauth-clients.ts'

const CLIENT_ID_BYTES = 10
const CLIENT_SECRET_BYTES = 20
const REDIRECT_URI_MAX_CHARACTERS = 2000

const authorizing: SystemPrincipal = { kind: 'system', reason: 'let an application in' }

/** The client that an authorization or token request names; null where there is none. */
export const clientOfRequest = ({ db }: Context, clientId: string): Promise<ClientRecord | null> =>
  /^[0-9a-f]{20}$/.test(clientId) ? findClient(db, authorizing, { clientId }) : Promise.resolve(null)

/** @throws NotFoundError where there is none or it is another's */
export async function readClient(
  { db }: Context,
  principal: UserPrincipal,
  id: number,
): Promise<ClientRecord> {
  const record = await findClient(db, principal, { id })
  if (!record) throw new NotFoundError('OAuth2 client', id)
  return record
}

/** Registers an application. @throws ValidationError where its address cannot be gone back to */
export async function registerClient(
  { db, authSecret }: Context,
  principal: UserPrincipal,
  { name, redirectUri, description }: { name: string; redirectUri: string; description: string | null },
): Promise<number> {
  const fault = redirectUriFault(redirectUri)
  if (fault) throw new ValidationError([{ attribute: 'redirect_uri', message: fault }])
  const sealedSecret = await sealSecret(authSecret, 'OAuth 2 client', randomHex(CLIENT_SECRET_BYTES))
  return insertClient(db, principal, {
    ...{ clientId: randomHex(CLIENT_ID_BYTES), sealedSecret, redirectUri, name, description },
  })
}

/** The secret that a client proves itself by. */
export const secretOfClient = ({ authSecret }: Context, { sealedSecret }: ClientRecord): Promise<string> =>
  openSecret(authSecret, 'OAuth 2 client', sealedSecret)

/**
 * What is wrong with an address that users are to be sent back to; null for nothing. Codes go there, so that it is https,
 * a loopback address of the user's own machine, or an application's private scheme (RFC 8252, section 7).
 */
export function redirectUriFault(redirectUri: string): string | null {
  if (redirectUri.length > REDIRECT_URI_MAX_CHARACTERS)
    return `is longer than ${REDIRECT_URI_MAX_CHARACTERS} characters`
  if (!URL.canParse(redirectUri) || /[\s\\]/.test(redirectUri)) return 'must be an absolute address'
  const { protocol, hostname, hash, username, password } = new URL(redirectUri)
  if (hash !== '' || redirectUri.endsWith('#')) return 'must have no fragment'
  if (username !== '' || password !== '') return 'must have no user in it'
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback)) return null
  if (/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol)) return null
  return 'must be an https address, one of this machine, or have a private scheme with a dot in it'
}

/** Deletes a client; its tokens are void. @throws NotFoundError */
export async function removeClient({ db }: Context, principal: UserPrincipal, id: number): Promise<void> {
  if (!(await deleteClient(db, principal, id))) throw new NotFoundError('OAuth2 client', id)
}

/** @throws NotFoundError where there is none or it is another's */
export async function readApproval(
  { db }: Context,
  principal: UserPrincipal,
  id: number,
): Promise<ApprovalRecord> {
  const record = await findApproval(db, principal, { id })
  if (!record) throw new NotFoundError('Approved app', id)
  return record
}

/** Whether the principal has let an application in. */
export const isApproved = async (
  { db }: Context,
  principal: UserPrincipal,
  client: Pick<ClientRecord, 'id'>,
): Promise<boolean> => (await findApproval(db, principal, { clientId: client.id })) !== null

/** Lets an application in, if it is not already. */
export async function letIn(
  { db }: Context,
  principal: UserPrincipal,
  client: Pick<ClientRecord, 'id'>,
): Promise<void> {
  await insertApproval(db, principal, client.id)
}

/** Lets an application in. @throws NotFoundError, TakenError where it is let in already */
export async function approveClient(
  { db }: Context,
  principal: UserPrincipal,
  clientId: number,
): Promise<number> {
  const id = await insertApproval(db, principal, clientId)
  if (id !== null) return id
  if (!(await findClient(db, authorizing, { id: clientId })))
    throw new NotFoundError('OAuth2 client', clientId)
  throw new TakenError('The app has been approved already')
}

/** Shuts an application out; its tokens are void. @throws NotFoundError */
export async function revokeApproval({ db }: Context, principal: UserPrincipal, id: number): Promise<void> {
  if (!(await deleteApproval(db, principal, id))) throw new NotFoundError('Approved app', id)
}
