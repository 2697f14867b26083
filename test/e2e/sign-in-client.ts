import { randomInt } from 'node:crypto'
import { expect, inject } from 'vitest'
import { CookieBrowser, type Shown } from './cookie-browser.ts'
import type { Person } from './identity-providers.ts'
import { baseUrl, call, type TestUser } from './mapwarper-client.ts'

/** Its pages get a token without anybody being asked. */
export const TRUSTED = inject('trustedOrigin')
export const STRANGER = 'https://stranger.example'
/** Tells who is signed in by the cookie. */
export const WHO_AM_I = '/api/v1/auth/validate_token'

/** Somebody nobody has seen before. */
export function person(more: Partial<Person> = {}): Person {
  const uid = String(randomInt(1, 2 ** 47))
  return { uid, name: `Ada ${uid}`, email: `ada${uid}@example.org`, ...more }
}

export function begin(provider: string, more: Record<string, string> = {}): URL {
  const url = new URL(`/u/auth/${provider}`, baseUrl)
  url.search = new URLSearchParams(more).toString()
  return url
}

/** As a page begins that opens a window for it. */
export const popup = (provider: string, page: string): URL =>
  begin(provider, { omniauth_window_type: 'newWindow', auth_origin_url: page })

/** Ends at the address that tells who is signed in. */
export const plain = (provider: string): URL => begin(provider, { auth_origin_url: WHO_AM_I })

/** What the page would tell the one that waits. */
export function credentialsOf({ status, text }: Shown) {
  expect(status, text).toBe(200)
  const data = /^var data = (.*);$/m.exec(text)?.[1]
  expect(data, text).toBeDefined()
  return JSON.parse(data!)
}

/** Asserts that a page says why nobody was signed in. */
export function isNotice({ status, headers, text }: Shown, expected: number, words: string): void {
  expect(status, text).toBe(expected)
  expect(headers.get('content-type')).toMatch(/^text\/html/)
  expect(text).toContain('You are not signed in')
  expect(text).toContain(words)
  expect(text).not.toContain('auth_token')
  expect(headers.getSetCookie().join()).not.toContain('_rails4_mapwarper_session')
}

export async function signInByPassword({ email, password }: TestUser): Promise<CookieBrowser> {
  const browser = new CookieBrowser()
  const { headers } = await call('/u/sign_in', { json: { user: { email, password } } })
  const [name, value] = headers.getSetCookie()[0]!.split(';')[0]!.split('=')
  browser.setCookie(baseUrl, name!, value!)
  return browser
}
