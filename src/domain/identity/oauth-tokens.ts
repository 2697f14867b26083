import { findTokenUser } from '../../store/oauth.ts'
import type { SystemPrincipal } from '../../store/principal.ts'
import { type Account, enabledAccount } from '../accounts.ts'
import type { Context } from '../context.ts'
import { secretHash } from '../tokens.ts'
import { accountOfSignedToken, isSignedToken } from './access-tokens.ts'

const authentication: SystemPrincipal = { kind: 'system', reason: 'check a credential' }

/** The account that an access token lets its bearer act for, one of an OAuth 2 client or one of `issueAccessToken`; or null. */
export async function accountOfAccessToken(context: Context, token: string): Promise<Account | null> {
  if (isSignedToken(token)) return accountOfSignedToken(context, token)
  const { db } = context
  return enabledAccount(await findTokenUser(db, authentication, secretHash(token)))
}
