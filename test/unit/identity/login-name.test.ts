import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEmailAddress } from '../../../src/domain/accounts.ts'
import { loginCandidates, placeholderEmail } from '../../../src/domain/identity/login-name.ts'
import { isStorableText } from '../../../src/domain/storable-text.ts'

const candidates = (name: string, uid = '42') =>
  loginCandidates('github', { uid, name, email: null, emailVerified: false })

describe('logins of people who come from a provider', () => {
  it('are their name there, then with a number, then with digits nobody has', () => {
    expect(candidates('Ada Lovelace').slice(0, 3)).toEqual([
      'Ada Lovelace',
      'Ada Lovelace-2',
      'Ada Lovelace-3',
    ])
    expect(candidates('Ada').at(-1)).toMatch(/^Ada-[0-9a-f]{8}$/)
    expect(candidates('Ada').at(-1)).not.toBe(candidates('Ada').at(-1))
  })

  it.each([
    ['  Ada \t\n Lovelace\u2028', 'Ada Lovelace'],
    ['a\0b\u202egnp.exe', 'a bgnp.exe'],
    ['ad\u200bmin\ufeff', 'admin'],
    ['\uff41\uff44\uff41', 'ada'],
    ['\u00c5ngstr\u00f6m \u738b', '\u00c5ngstr\u00f6m \u738b'],
    ['\ud83d', 'github 42'],
    [' \u200b ', 'github 42'],
    ['', 'github 42'],
  ])('are what can be seen of %j', (name, login) => expect(candidates(name)[0]).toBe(login))

  it('pass as logins, whatever the provider says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }),
        (name, uid) => {
          const logins = candidates(name, uid)
          expect(new Set(logins).size).toBe(logins.length)
          for (const login of logins) {
            expect(login.length).toBeGreaterThan(0)
            expect(login.length).toBeLessThanOrEqual(100)
            expect(login).toBe(login.trim())
            expect(login).not.toMatch(/[\p{Cc}\p{Cs}\p{Cf}]/u)
            expect(isStorableText(login)).toBe(true)
          }
        },
      ),
    )
  })
})

describe('placeholders of addresses', () => {
  it('name provider and id, and are nothing to sign up with', () => {
    expect(placeholderEmail('osm', '12345')).toBe('osm-12345@users.noreply.invalid')
    for (const email of [placeholderEmail('osm', '12345'), 'A@Users.NoReply.Invalid'])
      expect(isEmailAddress(email)).toBe(false)
    expect(isEmailAddress('ada@example.org')).toBe(true)
  })

  it('are one for each id, in lower case', () => {
    const uid = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
    fc.assert(
      fc.property(uid, uid, (a, b) => {
        const [first, second] = [placeholderEmail('google', a), placeholderEmail('google', b)]
        expect(first === second).toBe(a === b)
        expect(first).toMatch(/^google-[0-9a-z]{1,64}@users\.noreply\.invalid$/)
      }),
    )
    expect(placeholderEmail('google', 'Ab')).not.toBe(placeholderEmail('google', 'aB'))
  })
})
