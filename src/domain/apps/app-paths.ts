import { ValidationError } from '../errors.ts'
import { storagePathOfAddress } from '../storage/storage-path.ts'

/** The file of an app that says what it is made of. */
export const CONFIG_PATH = 'app.json'
/** The page that launches an app. */
export const PAGE_PATH = 'index.html'
/** How names begin that are the API's own, behind the id of an app. */
const RESERVED = '$'

/** Why a path, as it is stored, cannot be that of a file of an app; null where it can. */
export function appPathFault(path: string): string | null {
  if (path === '') return 'has no name'
  return path.startsWith(RESERVED) ? `must not begin with ${RESERVED}` : null
}

/**
 * The path that the end of an address names, to be written to.
 * @param rest of the address's path as it was sent, without the slash before the first name
 * @throws ValidationError (`path`)
 */
export function writtenPath(rest: string): string {
  const path = storagePathOfAddress(rest)
  const message = rest.endsWith('/') ? 'names a folder' : appPathFault(path)
  if (message !== null) throw new ValidationError([{ attribute: 'path', message }])
  return path
}

/** What is asked for at the end of an address. */
export interface AskedPath {
  /** As it is stored; null where nothing can be there. */
  path: string | null
  /** As it is told, where there is nothing. */
  asked: string
}

const ASKED_MAX_CHARACTERS = 200

/** The path that the end of an address names, to be read. */
export function readablePath(rest: string): AskedPath {
  try {
    const path = writtenPath(rest)
    return { path, asked: path }
  } catch (error) {
    if (error instanceof ValidationError) return { path: null, asked: rest.slice(0, ASKED_MAX_CHARACTERS) }
    throw error
  }
}
