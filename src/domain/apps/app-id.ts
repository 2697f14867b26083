import { ValidationError } from '../errors.ts'

export const APP_ID_MAX_CHARACTERS = 100
/** Letters and digits of ASCII first: an id stands in addresses, names of files and of cookies. */
const APP_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** How addresses of an app go on behind its id. */
const RESERVED = /\.(?:json|zip)$|^index\.html$/i

/** Why a text cannot be the id of an app; null where it can. */
export function appIdFault(id: string): string | null {
  if (id.length > APP_ID_MAX_CHARACTERS) return `has more than ${APP_ID_MAX_CHARACTERS} characters`
  if (!APP_ID.test(id))
    return 'must begin with a letter or digit and have nothing in it but those, points, hyphens and underscores'
  return RESERVED.test(id) ? 'must not end like a file that is asked for of an app' : null
}

/** @throws ValidationError (`id`) */
export function requireAppId(id: string): string {
  const message = appIdFault(id)
  if (message !== null) throw new ValidationError([{ attribute: 'id', message }])
  return id
}
