import { postgresError, UNIQUE_VIOLATION } from '../../store/database.ts'
import type { SystemPrincipal } from '../../store/principal.ts'
import { findUser, type Identity, insertUser, linkIdentity, type UserRecord } from '../../store/users.ts'
import { isEmailAddress } from '../accounts.ts'
import type { Context } from '../context.ts'
import { SignInFailedError } from './errors.ts'
import { loginCandidates, placeholderEmail } from './login-name.ts'
import { PROVIDERS, type Profile, type ProviderName } from './providers.ts'

const signingIn: SystemPrincipal = { kind: 'system', reason: 'sign in through another provider' }

const identityOf = (provider: ProviderName, { uid }: Profile): Identity => ({ provider, uid })

/**
 * The account that signs in through this identity; null when none does.
 * @throws SignInFailedError for a disabled one
 */
export async function userOfIdentity(
  context: Context,
  provider: ProviderName,
  profile: Profile,
): Promise<UserRecord | null> {
  const user = await findUser(context.db, signingIn, identityOf(provider, profile))
  if (user && !user.enabled)
    throw new SignInFailedError(
      'disabled',
      `The account ${user.login} is disabled. Ask an administrator of this site to enable it.`,
    )
  return user
}

/**
 * Makes the account that signs in through this identity: without roles or password, under a login that nobody has. Its
 * address is the one that the provider has seen to be theirs, or a placeholder that reaches nobody.
 * @throws SignInFailedError where the address belongs to another account, which is not theirs to take by it
 */
export async function createUserOfIdentity(
  context: Context,
  provider: ProviderName,
  profile: Profile,
): Promise<UserRecord> {
  const email = knownEmail(profile) ?? placeholderEmail(provider, profile.uid)
  const identity = identityOf(provider, profile)
  for (const login of loginCandidates(provider, profile)) {
    try {
      return await insertUser(context.db, signingIn, {
        login,
        email,
        identity,
        passwordHash: null,
        roles: [],
      })
    } catch (error) {
      const fault = postgresError(error)
      if (fault?.code !== UNIQUE_VIOLATION) throw error
      if (fault.constraint === 'users_login_key') continue
      // The same person in another window was quicker.
      const user = await userOfIdentity(context, provider, profile)
      if (user) return user
      throw new SignInFailedError(
        'email-taken',
        `The address ${email} belongs to an account here already. If it is yours, sign in to it the way you did ` +
          `before and come back in the same browser: then you can link it with ${PROVIDERS[provider].label}.`,
      )
    }
  }
  throw new Error(`no login was free for a new account of ${provider}`)
}

/**
 * Lets an account sign in through this identity from now on.
 * @throws SignInFailedError where it signs in through another one already, or the identity has an account of its own
 */
export async function linkUser(
  context: Context,
  user: UserRecord,
  provider: ProviderName,
  profile: Profile,
): Promise<UserRecord> {
  const taken = new SignInFailedError(
    'stale',
    'One of the two accounts has been linked meanwhile. Begin again.',
  )
  try {
    const linked = await linkIdentity(context.db, signingIn, user.id, identityOf(provider, profile))
    if (!linked) throw taken
    return linked
  } catch (error) {
    if (postgresError(error)?.code === UNIQUE_VIOLATION) throw taken
    throw error
  }
}

const knownEmail = ({ email, emailVerified }: Profile): string | null =>
  email !== null && emailVerified && isEmailAddress(email) ? email : null
