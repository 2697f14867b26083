import type { Account } from '../domain/accounts.ts'
import type { Context } from '../domain/context.ts'
import type { Principal } from '../store/principal.ts'
import type { CredentialKind } from './credentials.ts'

/** What a Worker's entry point has put on every request before a dialect sees it. */
export interface AppEnv {
  Variables: {
    /** The domain's context, made of the Worker's bindings. */
    context: Context
    /** Who asks; anonymous without a credential, or with one that does not hold. */
    principal: Principal
    /** By what the request says who asks; null without a credential. */
    credential: CredentialKind | null
    /** The account behind the principal, where there is one. */
    account: Account | null
  }
}
