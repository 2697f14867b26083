import { createHash, randomBytes } from 'node:crypto'
import { isReservedLogin, LOGIN_MAX_CHARACTERS, NO_REPLY_DOMAIN } from '../accounts.ts'
import type { Profile, ProviderName } from './providers.ts'

/** Numbers that are tried behind a name that is taken. */
const NUMBERS_TRIED = [2, 3, 4, 5]
const RANDOM_BYTES = 4
const UID_KEPT_CHARACTERS = 20

/**
 * Logins for somebody who comes from a provider, the best first: their name there in one form (NFKC) without what
 * cannot be seen, the same with a number, at last with random digits that nobody has.
 */
export function loginCandidates(provider: ProviderName, { name, uid }: Profile): string[] {
  const seen = visible(name) || visible(`${provider} ${[...uid].slice(0, UID_KEPT_CHARACTERS).join('')}`)
  const suffixes = [...NUMBERS_TRIED.map(String), randomBytes(RANDOM_BYTES).toString('hex')]
  const names = [cut(seen, LOGIN_MAX_CHARACTERS), ...suffixes.map((suffix) => withSuffix(seen, `-${suffix}`))]
  return names.filter((login) => !isReservedLogin(login))
}

const withSuffix = (name: string, suffix: string) =>
  `${cut(name, LOGIN_MAX_CHARACTERS - suffix.length)}${suffix}`

const visible = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFKC')
    .replace(/[\p{Zs}\p{Zl}\p{Zp}\p{Cc}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\ufffd]/gu, '')
    .trim()

/** At most `length` UTF-16 units, no character halved. */
function cut(text: string, length: number): string {
  let kept = ''
  for (const character of text) {
    if (kept.length + character.length > length) break
    kept += character
  }
  return kept.trimEnd()
}

/** Stands for the address of somebody whose provider told none that it has seen to be theirs. */
export function placeholderEmail(provider: ProviderName, uid: string): string {
  const plain = /^[a-z0-9]{1,40}$/.test(uid)
  const local = plain ? uid : createHash('sha256').update(uid).digest('hex')
  return `${provider}-${local}@${NO_REPLY_DOMAIN}`
}
