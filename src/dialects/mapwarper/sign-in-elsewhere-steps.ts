import type { Context as RequestContext } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { beginSession, renewToken } from '../../domain/accounts.ts'
import { beginAuthorization, completeAuthorization } from '../../domain/identity/authorization.ts'
import { isTrustedOrigin, type Registration, registrationOf } from '../../domain/identity/configuration.ts'
import { SignInFailedError, type SignInFailure } from '../../domain/identity/errors.ts'
import { type Opening, readOpening } from '../../domain/identity/opening.ts'
import type { Profile } from '../../domain/identity/providers.ts'
import { type Question, SEAL_SECONDS, seal, unseal } from '../../domain/identity/seal.ts'
import { createUserOfIdentity, linkUser, userOfIdentity } from '../../domain/identity/sign-in.ts'
import type { AppEnv } from '../../http/app-env.ts'
import { sessionAccount, setSessionCookie } from '../../http/credentials.ts'
import { readBody } from '../../http/request-body.ts'
import type { UserRecord } from '../../store/users.ts'
import { asRecord, InvalidParamError } from './envelope.ts'
import { originOf, queryOf } from './requests.ts'
import { type Choice, deliveryPage, noticePage, questionPage } from './sign-in-elsewhere-pages.ts'

const COOKIE = 'graticule_sign_in'
const COOKIE_PATH = '/u/auth'

const STATUS: Record<SignInFailure, 400 | 403 | 409 | 502> = {
  declined: 403,
  stale: 400,
  provider: 502,
  disabled: 403,
  'email-taken': 409,
}

/** Sends the browser to the provider. @throws SignInUnavailableError, InvalidParamError, SignInFailedError */
export async function begin(c: RequestContext<AppEnv>): Promise<Response> {
  const { context } = c.var
  const registration = registrationOfRequest(c)
  const query = queryOf(c)
  const opening = readOpening(
    query.get('omniauth_window_type') ?? '',
    query.get('auth_origin_url') ?? '',
    originOf(c),
  )
  if ('fault' in opening) throw new InvalidParamError(opening.fault)
  const { address, secrets } = await beginAuthorization(
    registration,
    callbackOf(c, registration),
    context.fetchAllow,
  )
  const pending = { provider: registration.name, opening, ...secrets }
  setCookie(c, COOKIE, await seal(context.authSecret, 'authorization', pending), {
    ...cookieAttributes(c),
    maxAge: SEAL_SECONDS,
  })
  c.header('Cache-Control', 'no-store')
  return c.redirect(address)
}

/** The browser comes back from the provider. @throws SignInUnavailableError, SignInFailedError */
export async function comeBack(c: RequestContext<AppEnv>): Promise<Response> {
  const { context } = c.var
  const registration = registrationOfRequest(c)
  const { name } = registration
  const pending = await unseal(context.authSecret, 'authorization', getCookie(c, COOKIE) ?? '')
  deleteCookie(c, COOKIE, cookieAttributes(c))
  if (pending?.provider !== name)
    throw new SignInFailedError(
      'stale',
      'This sign-in was not begun in this browser, or longer ago than ten minutes. Begin again.',
    )
  const profile = await completeAuthorization(
    registration,
    callbackOf(c, registration),
    queryOf(c),
    pending,
    context.fetchAllow,
  )
  const known = await userOfIdentity(context, name, profile)
  if (known) return signedIn(c, registration, known, pending.opening)
  const current = await sessionAccount(c)
  if (current && current.user.provider === null)
    return askToLink(c, registration, current.user, profile, pending.opening)
  const made = await createUserOfIdentity(context, name, profile)
  return signedIn(c, registration, made, pending.opening)
}

/** Opens a session, and goes on. */
async function signedIn(
  c: RequestContext<AppEnv>,
  registration: Registration,
  user: UserRecord,
  opening: Opening,
): Promise<Response> {
  setSessionCookie(c, await beginSession(c.var.context, user))
  return finish(c, registration, user, opening)
}

/** Back to where the browser was to go, or on to the page that waits; a stranger's page once the person has agreed. */
async function finish(
  c: RequestContext<AppEnv>,
  registration: Registration,
  user: UserRecord,
  opening: Opening,
): Promise<Response> {
  c.header('Cache-Control', 'no-store')
  if (opening.window === null) return c.redirect(opening.returnTo)
  const { origin } = opening
  if (origin === originOf(c) || isTrustedOrigin(c.var.context.identity, origin))
    return deliver(c, user, origin)
  return ask(
    c,
    registration,
    'Let another site act in your name?',
    html`<p><strong>${origin}</strong> asks to act here in the name of <strong>${user.login}</strong>. It could do
everything that you can: add, change and delete maps. Allow it only if you trust that site.</p>`,
    { kind: 'deliver', userId: user.id, provider: registration.name, opening },
    [
      { value: 'allow', label: 'Allow' },
      { value: 'deny', label: 'Deny' },
    ],
  )
}

/**
 * A page that waits is told a new token: signing in voids the one before.
 * @param origin of the page, which alone is told
 */
async function deliver(c: RequestContext<AppEnv>, user: UserRecord, origin: string): Promise<Response> {
  const token = await renewToken(c.var.context, user)
  return deliveryPage(
    c,
    {
      message: 'deliverCredentials',
      auth_token: token,
      uid: user.uid ?? '',
      id: String(user.id),
      name: user.login,
      email: user.email,
      provider: user.provider ?? '',
    },
    origin,
  )
}

/**
 * Somebody is signed in whose account has no identity elsewhere. That the two are one person is theirs to say: the
 * browser may have been brought here, or to the provider, by somebody else.
 */
function askToLink(
  c: RequestContext<AppEnv>,
  registration: Registration,
  user: UserRecord,
  profile: Profile,
  opening: Opening,
): Promise<Response> {
  const { label } = registration.provider
  return ask(
    c,
    registration,
    `Link two accounts?`,
    html`<p>You are signed in here as <strong>${user.login}</strong>, and came back from ${label} as
<strong>${profile.name || profile.uid}</strong>. Linked, whoever is signed in as that at ${label} may sign in here as
${user.login}.</p>`,
    { kind: 'link', userId: user.id, provider: registration.name, opening, profile },
    [
      { value: 'link', label: `Link them` },
      { value: 'separate', label: 'Make a new account' },
      { value: 'cancel', label: 'Cancel' },
    ],
  )
}

async function ask(
  c: RequestContext<AppEnv>,
  { name }: Registration,
  title: string,
  explanation: ReturnType<typeof html>,
  question: Question,
  choices: readonly Choice[],
): Promise<Response> {
  const ticket = await seal(c.var.context.authSecret, 'question', question)
  return questionPage(c, title, explanation, { action: `/u/auth/${name}/decision`, ticket, choices })
}

/** The answer counts where the session is still that of the person who was asked. */
export async function decide(c: RequestContext<AppEnv>): Promise<Response> {
  const { context } = c.var
  const registration = registrationOfRequest(c)
  const { ticket, decision } = asRecord(await readBody(c.req.raw)) ?? {}
  const question = typeof ticket === 'string' ? await unseal(context.authSecret, 'question', ticket) : null
  const current = await sessionAccount(c)
  if (question?.provider !== registration.name || current?.user.id !== question.userId)
    throw new SignInFailedError('stale', 'This question is no longer open. Begin again.')
  const { user } = current
  if (question.kind === 'deliver' && decision === 'allow' && question.opening.window !== null)
    return deliver(c, user, question.opening.origin)
  if (question.kind === 'link' && decision === 'link') {
    const linked = await linkUser(context, user, registration.name, question.profile)
    return finish(c, registration, linked, question.opening)
  }
  if (question.kind === 'link' && decision === 'separate') {
    const made = await createUserOfIdentity(context, registration.name, question.profile)
    return signedIn(c, registration, made, question.opening)
  }
  return noticePage(
    c,
    'Nothing was done',
    'No site was told anything about you. You may close this window.',
    200,
  )
}

/** @throws SignInUnavailableError */
const registrationOfRequest = (c: RequestContext<AppEnv>): Registration =>
  registrationOf(c.var.context.identity, c.req.param('provider') ?? '')

/** Where the provider is to send the browser back to, as it is registered there. */
const callbackOf = (c: RequestContext, { name }: Registration): string =>
  `${originOf(c)}/u/auth/${name}/callback`

const cookieAttributes = (c: RequestContext) =>
  ({
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: 'Lax',
    secure: new URL(c.req.url).protocol === 'https:',
  }) as const

/** A sign-in that came to nothing is told on a page: who sees it is a person, not a client. */
export async function orNotice(c: RequestContext<AppEnv>, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SignInFailedError)) throw error
    if (error.cause)
      console.warn(`${c.req.method} ${new URL(c.req.url).pathname}: ${messagesOf(error.cause)}`)
    return noticePage(c, 'You are not signed in', error.message, STATUS[error.failure])
  }
}

/** What an error and its causes say, without what they carry beside it: that may be somebody's profile. */
function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return [String(error), messagesOf(error.cause)].filter((message) => message !== '').join(', because of ')
}
