import { type Database, postgresError, UNIQUE_VIOLATION } from '../store/database.ts'
import {
  hasRole,
  type Principal,
  ROLES,
  type Role,
  type SystemPrincipal,
  type UserPrincipal,
} from '../store/principal.ts'
import {
  endSessions,
  findSessionUser,
  findUser,
  hasNoUsers,
  insertUser,
  openSession,
  rotateToken,
  type UserRecord,
} from '../store/users.ts'
import type { Context } from './context.ts'
import { BadCredentialError, ForbiddenError, type Issue, ValidationError } from './errors.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { isStorableText } from './storable-text.ts'
import { newSecret, sameText, secretHash, userToken } from './tokens.ts'

export const SESSION_SECONDS = 14 * 24 * 3600
export const PASSWORD_MIN_CHARACTERS = 8
const PASSWORD_MAX_CHARACTERS = 1024
export const LOGIN_MAX_CHARACTERS = 100
const EMAIL_MAX_CHARACTERS = 254
/** Addresses under this name reach nobody (RFC 2606): they are the platform's to give. */
export const NO_REPLY_DOMAIN = 'users.noreply.invalid'

const authentication: SystemPrincipal = { kind: 'system', reason: 'check a credential' }

export interface Account {
  user: UserRecord
  principal: UserPrincipal
}

const account = (user: UserRecord): Account => ({ user, principal: principalOf(user) })

/** An account as one who asks. */
export const principalOf = ({ id, login, roles, groups }: UserRecord): UserPrincipal => ({
  kind: 'user',
  id,
  login,
  roles,
  groups,
})

/** An account that may be used; null for one that is disabled, or none. */
export const enabledAccount = (user: UserRecord | null): Account | null =>
  user?.enabled ? account(user) : null

/** The account an id and API token stand for, or null. */
export async function accountOfToken(
  context: Context,
  userId: number,
  token: string,
): Promise<Account | null> {
  const user = await findUser(context.db, authentication, { id: userId })
  if (!user || !sameText(token, userToken(context.authSecret, user.id, user.tokenVersion))) return null
  return enabledAccount(user)
}

/** The account behind a session cookie, or null. */
export async function accountOfSession(context: Context, sessionId: string): Promise<Account | null> {
  return enabledAccount(await findSessionUser(context.db, authentication, secretHash(sessionId)))
}

/**
 * Password checks that held in this isolate lately, so that Basic authentication does not cost a key derivation a
 * request: MAC of (hash, password) to the time it was checked. A changed password changes the hash, and so the key.
 */
const checkedPasswords = new Map<string, number>()
const CHECKED_PASSWORD_MS = 5 * 60_000
const CHECKED_PASSWORDS_MAX = 500

/** The user with this email, or login, and password, enabled or not, or null. */
async function userOfPassword(
  context: Context,
  by: { email: string } | { login: string },
  password: string,
): Promise<UserRecord | null> {
  const isStorable = Object.values(by).every(isStorableText)
  const user = isStorable ? await findUser(context.db, authentication, by) : null
  const memo = secretHash(`${context.authSecret}\0${user?.passwordHash}\0${password}`)
  const checkedAt = checkedPasswords.get(memo)
  if (user && checkedAt !== undefined && Date.now() - checkedAt < CHECKED_PASSWORD_MS) return user
  if (!(await verifyPassword(password, user?.passwordHash ?? null)) || !user) return null
  if (checkedPasswords.size >= CHECKED_PASSWORDS_MAX) checkedPasswords.clear()
  checkedPasswords.set(memo, Date.now())
  return user
}

/** The account with this email or login and this password, or null. What has an @ is an email. */
export async function accountOfPassword(
  context: Context,
  name: string,
  password: string,
): Promise<Account | null> {
  const by = name.includes('@') ? { email: name } : { login: name }
  return enabledAccount(await userOfPassword(context, by, password))
}

/** The token an account's owner authenticates API calls with, as long as it is not rotated. */
export const currentToken = (context: Context, user: UserRecord): string =>
  userToken(context.authSecret, user.id, user.tokenVersion)

export interface SignedIn extends Account {
  /** A new API token; older ones no longer work. */
  token: string
  /** Value of the session cookie. */
  sessionId: string
}

/**
 * Signs in with email and password: a new session, and a new API token that voids the one before.
 * @throws BadCredentialError
 */
export async function signIn(context: Context, email: string, password: string): Promise<SignedIn> {
  const user = await userOfPassword(context, { email }, password)
  if (!user) throw new BadCredentialError('Invalid email or password.')
  if (!user.enabled) throw new BadCredentialError('Your account is not activated yet.')
  const sessionId = await beginSession(context, user)
  return { ...account(user), sessionId, token: await renewToken(context, user) }
}

/** Opens a session for somebody whose identity is certain. Returns the value of its cookie. */
export async function beginSession(context: Context, user: UserRecord): Promise<string> {
  const sessionId = newSecret()
  await openSession(context.db, {
    userId: user.id,
    idHash: secretHash(sessionId),
    expiresAt: new Date(Date.now() + SESSION_SECONDS * 1000),
  })
  return sessionId
}

/** Ends one session, by the value of its cookie. */
export const endSession = (context: Context, principal: UserPrincipal, sessionId: string): Promise<void> =>
  endSessions(context.db, { userId: principal.id, idHash: secretHash(sessionId) })

/** A new API token, which voids the one before. */
export async function renewToken(context: Context, user: UserRecord): Promise<string> {
  const tokenVersion = await rotateToken(context.db, authentication, user.id)
  return userToken(context.authSecret, user.id, tokenVersion)
}

/** Ends every session of the account and voids its token. */
export async function signOut(context: Context, principal: UserPrincipal): Promise<void> {
  await endSessions(context.db, { userId: principal.id })
  await rotateToken(context.db, principal, principal.id)
}

export interface AccountRequest {
  login: string
  email: string
  password: string
  roles?: readonly string[] | undefined
}

/** Whether mail may be sent to this address, by its form. */
export const isEmailAddress = (email: string): boolean =>
  /^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+\.[^\s@.\p{Cc}\p{Cs}]+$/u.test(email) &&
  email.length <= EMAIL_MAX_CHARACTERS &&
  !email.toLowerCase().endsWith(`@${NO_REPLY_DOMAIN}`)

/** Names that mean somebody else wherever accounts are named. */
export const isReservedLogin = (login: string): boolean => login.toLowerCase() === 'anonymous'

/** What is wrong with the names an account is to have; without blanks around them. */
export function nameIssues({ login, email }: { login?: string; email?: string }): Issue[] {
  const issues: Issue[] = []
  if (login === '') issues.push({ attribute: 'login', message: "can't be blank" })
  if (login !== undefined && (/[\p{Cc}\p{Cs}]/u.test(login) || isReservedLogin(login)))
    issues.push({ attribute: 'login', message: 'is invalid' })
  if (login !== undefined && login.length > LOGIN_MAX_CHARACTERS)
    issues.push({
      attribute: 'login',
      message: `is too long (maximum is ${LOGIN_MAX_CHARACTERS} characters)`,
    })
  if (email !== undefined && !isEmailAddress(email))
    issues.push({ attribute: 'email', message: 'is invalid' })
  return issues
}

/** What is wrong with a password that is to be set. */
export function passwordIssues(password: string): Issue[] {
  const message =
    password.length < PASSWORD_MIN_CHARACTERS
      ? `is too short (minimum is ${PASSWORD_MIN_CHARACTERS} characters)`
      : password.length > PASSWORD_MAX_CHARACTERS
        ? `is too long (maximum is ${PASSWORD_MAX_CHARACTERS} characters)`
        : null
  return message === null ? [] : [{ attribute: 'password', message }]
}

function validated(request: AccountRequest): AccountRequest & { roles: Role[] } {
  const login = request.login.trim()
  const email = request.email.trim()
  const issues = [...nameIssues({ login, email }), ...passwordIssues(request.password)]
  const roles = ROLES.filter((role) => request.roles?.includes(role))
  for (const role of request.roles ?? [])
    if (!ROLES.some((known) => known === role))
      issues.push({ attribute: 'roles', message: `has no role "${role}" (known: ${ROLES.join(', ')})` })
  if (issues.length > 0) throw new ValidationError(issues)
  return { ...request, login, email, roles }
}

/** Which name an account was refused for because it is another's; null where something else went wrong. */
export function takenName(error: unknown): 'login' | 'email' | null {
  const fault = postgresError(error)
  if (fault?.code !== UNIQUE_VIOLATION) return null
  return fault.constraint === 'users_email_key' ? 'email' : 'login'
}

async function createAccount(
  db: Database,
  principal: Principal,
  request: AccountRequest,
): Promise<UserRecord> {
  const { login, email, password, roles } = validated(request)
  try {
    return await insertUser(db, principal, {
      login,
      email,
      roles,
      passwordHash: await hashPassword(password),
    })
  } catch (error) {
    const attribute = takenName(error)
    if (attribute === null) throw error
    throw new ValidationError([{ attribute, message: 'has already been taken' }])
  }
}

/** Makes an account without roles. @throws ValidationError */
export async function signUp(context: Context, request: Omit<AccountRequest, 'roles'>): Promise<UserRecord> {
  return createAccount(context.db, authentication, { ...request, roles: [] })
}

/** Makes an account with roles, for an administrator. @throws ForbiddenError, ValidationError */
export async function createUser(
  context: Context,
  principal: Principal,
  request: AccountRequest,
): Promise<UserRecord> {
  if (!hasRole(principal, 'administrator')) throw new ForbiddenError()
  return createAccount(context.db, principal, request)
}

/** Makes the first administrator, with every role, where there is no account at all. Returns whether it did. */
export async function ensureAdministrator(
  db: Database,
  request: Omit<AccountRequest, 'roles'>,
): Promise<boolean> {
  if (!(await hasNoUsers(db))) return false
  await createAccount(db, { kind: 'system', reason: 'first start' }, { ...request, roles: ROLES })
  return true
}
