import {
  type ApiKeyRecord,
  deleteApiKey,
  findApiKey,
  findKeyUser,
  insertApiKey,
} from '../../store/api-keys.ts'
import type { SystemPrincipal, UserPrincipal } from '../../store/principal.ts'
import { type Account, enabledAccount } from '../accounts.ts'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { randomHex, secretHash } from '../tokens.ts'

export { API_KEY_SORTS, type ApiKeyRecord, listApiKeys } from '../../store/api-keys.ts'

const KEY_BYTES = 16
/** Characters of a key by which its owner tells it from others. */
const KEY_START_CHARACTERS = 6

const authentication: SystemPrincipal = { kind: 'system', reason: 'check a credential' }

const isKey = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** The account that a key stands for, or null. */
export async function accountOfKey({ db }: Context, key: string): Promise<Account | null> {
  return isKey(key) ? enabledAccount(await findKeyUser(db, authentication, secretHash(key))) : null
}

/** Makes a key that stands for who asks. @returns its number, and the key, which cannot be told again */
export async function createApiKey(
  { db }: Context,
  principal: UserPrincipal,
  { description = null, scope = null }: { description?: string | null; scope?: string | null },
): Promise<{ id: number; key: string }> {
  const key = randomHex(KEY_BYTES)
  const id = await insertApiKey(db, principal, {
    keyHash: secretHash(key),
    keyStart: key.slice(0, KEY_START_CHARACTERS),
    description,
    scope,
  })
  return { id, key }
}

/** @throws NotFoundError where there is none or it is another's */
export async function readApiKey(
  { db }: Context,
  principal: UserPrincipal,
  id: number,
): Promise<ApiKeyRecord> {
  const record = await findApiKey(db, principal, id)
  if (!record) throw new NotFoundError('Key', id)
  return record
}

/** Makes a key void. @throws NotFoundError where there is none or it is another's */
export async function removeApiKey({ db }: Context, principal: UserPrincipal, id: number): Promise<void> {
  if (!(await deleteApiKey(db, principal, id))) throw new NotFoundError('Key', id)
}
