import { findTokenUser } from '../../store/oauth.ts'
import type { SystemPrincipal } from '../../store/principal.ts'
import { type Account, enabledAccount } from '../accounts.ts'
import type { Context } from '../context.ts'
import { secretHash } from '../tokens.ts'

const authentication: SystemPrincipal = { kind: 'system', reason: 'check a credential' }

/** The account that an OAuth 2 access token lets its bearer act for, or null. */
export async function accountOfAccessToken({ db }: Context, token: string): Promise<Account | null> {
  return enabledAccount(await findTokenUser(db, authentication, secretHash(token)))
}
