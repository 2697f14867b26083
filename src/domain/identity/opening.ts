import { originOf } from './configuration.ts'

/** What waits for the end of a sign-in: the browser itself, or the page that opened a window for it. */
export type Opening =
  | { window: null; returnTo: string }
  | { window: 'newWindow' | 'inAppBrowser'; origin: string }

const ADDRESS_MAX_CHARACTERS = 2000
const RETURN_PATH_MAX_CHARACTERS = 500
const ORIGIN_MAX_CHARACTERS = 300

/** The parameter named does not pass. */
export interface OpeningFault {
  fault: string
}

/**
 * How a sign-in was asked for.
 * @param window `omniauth_window_type`
 * @param address `auth_origin_url`: the page that waits; without a window, where to go then, on this host alone
 * @param ownOrigin of this platform
 */
export function readOpening(window: string, address: string, ownOrigin: string): Opening | OpeningFault {
  if (address.length > ADDRESS_MAX_CHARACTERS)
    return { fault: `auth_origin_url is too long (maximum is ${ADDRESS_MAX_CHARACTERS} characters)` }
  if (window === '')
    return { window: null, returnTo: ownPath(address, ownOrigin, RETURN_PATH_MAX_CHARACTERS) }
  if (window !== 'newWindow' && window !== 'inAppBrowser')
    return { fault: 'omniauth_window_type should be newWindow or inAppBrowser' }
  const origin = originOf(address)
  if (origin === null || origin.length > ORIGIN_MAX_CHARACTERS)
    return { fault: 'auth_origin_url should be the http or https address of the page that waits' }
  return { window, origin }
}

/** Where to go on this host; its root for an address of another, or one that is too long. */
export function ownPath(address: string, ownOrigin: string, maxCharacters: number): string {
  if (address === '' || !URL.canParse(address, ownOrigin)) return '/'
  const url = new URL(address, ownOrigin)
  // Two slashes at its beginning would make the path an address of another host.
  const path = `${url.pathname}${url.search}`.replace(/^\/+/, '/')
  return url.origin === ownOrigin && path.length <= maxCharacters ? path : '/'
}
