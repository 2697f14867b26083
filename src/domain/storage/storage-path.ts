import { ValidationError } from '../errors.ts'

/** UTF-8 bytes of a path, and of a name in it. */
export const PATH_MAX_BYTES = 1024
export const NAME_MAX_BYTES = 255
/** Names in a path. */
export const PATH_MAX_NAMES = 32
const SHOWN_MAX_CHARACTERS = 80

/** What turns the direction of a text, or breaks its line, so that a name looks like another. */
const MISLEADING = /[\u{2028}\u{2029}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u
/** Dots, separators, control characters and the per cent sign as an address writes them, left over from encoding twice. */
const STILL_ENCODED = /%(?:2e|2f|5c|25|[01][0-9a-f]|7f)/i
const LEADS_ELSEWHERE = /^[. ]+$|^[a-z]:/i
const SEPARATOR = /[/\\]/

const refuse = (name: string, why: string): never => {
  const shown = JSON.stringify(name.slice(0, SHOWN_MAX_CHARACTERS))
  throw new ValidationError([{ attribute: 'path', message: `has the name ${shown}, which ${why}` }])
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/**
 * A name of a file or folder as it is stored, in NFC.
 * @throws ValidationError (`path`) for one that is empty, leads elsewhere, or looks like another
 */
export function storageName(text: string): string {
  if (!text.isWellFormed()) refuse(text.toWellFormed(), 'is not Unicode')
  const name = text.normalize('NFC')
  if (name === '') refuse(name, 'is empty')
  // Full-width dots and slashes, and others that some programs take for the plain ones.
  const plain = name.normalize('NFKC')
  if (LEADS_ELSEWHERE.test(name) || LEADS_ELSEWHERE.test(plain)) refuse(name, 'leads elsewhere')
  if (SEPARATOR.test(name) || SEPARATOR.test(plain)) refuse(name, 'has a separator in it')
  if (/\p{Cc}/u.test(name) || MISLEADING.test(name)) refuse(name, 'has characters that cannot be seen')
  if (STILL_ENCODED.test(name) || STILL_ENCODED.test(plain)) refuse(name, 'is encoded more than once')
  if (bytesOf(name) > NAME_MAX_BYTES) refuse(name, `has more than ${NAME_MAX_BYTES} bytes`)
  return name
}

/**
 * The path that names make, as it is stored: `folder/name`; empty for the folder that holds everything.
 * @throws ValidationError (`path`)
 */
export function storagePath(names: readonly string[]): string {
  if (names.length > PATH_MAX_NAMES)
    throw new ValidationError([{ attribute: 'path', message: `has more than ${PATH_MAX_NAMES} names` }])
  const path = names.map(storageName).join('/')
  if (bytesOf(path) > PATH_MAX_BYTES)
    throw new ValidationError([{ attribute: 'path', message: `has more than ${PATH_MAX_BYTES} bytes` }])
  return path
}

/** A path that is written with slashes. @throws ValidationError (`path`) */
export const parseStoragePath = (text: string): string => (text === '' ? '' : storagePath(text.split('/')))

/**
 * The path at the end of an address, each name decoded once; a slash at its end says that a folder is meant.
 * @param rest of the address's path as it was sent, without the slash before the first name
 * @throws ValidationError (`path`)
 */
export function storagePathOfAddress(rest: string): string {
  const text = rest.endsWith('/') ? rest.slice(0, -1) : rest
  return text === '' ? '' : storagePath(text.split('/').map(decoded))
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return refuse(name, 'is not encoded as UTF-8')
  }
}

/** A path as an address ends in it. */
export const encodeStoragePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** The last name of a path. */
export const nameOfPath = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
