import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type PendingAuthorization, type Question, seal, unseal } from '../../../src/domain/identity/seal.ts'

const SECRET = 'a secret'
const pending: PendingAuthorization = {
  provider: 'google',
  state: 'the state',
  nonce: null,
  codeVerifier: 'the verifier',
  opening: { window: 'newWindow', origin: 'https://app.example' },
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('a seal', () => {
  it('gives back what was sealed, and shows nothing of it', async () => {
    const sealed = await seal(SECRET, 'authorization', pending)
    expect(await unseal(SECRET, 'authorization', sealed)).toEqual(pending)
    for (const part of sealed.split('.'))
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('the verifier')
    expect(await seal(SECRET, 'authorization', pending)).not.toBe(sealed)
  })

  it('breaks with any character changed', async () => {
    const sealed = await seal(SECRET, 'authorization', pending)
    // The last character of a part may carry bits that stand for nothing.
    const significant = [...sealed].flatMap((_, index) =>
      /^.(\.|$)/.test(sealed.slice(index)) ? [] : [index],
    )
    for (const index of significant.filter((position) => sealed[position] !== '.')) {
      const other = sealed[index] === 'A' ? 'B' : 'A'
      const changed = `${sealed.slice(0, index)}${other}${sealed.slice(index + 1)}`
      expect(await unseal(SECRET, 'authorization', changed), `character ${index}`).toBeNull()
    }
  })

  it('is for one purpose and one secret', async () => {
    const question: Question = {
      kind: 'deliver',
      userId: 1,
      provider: 'github',
      opening: { window: 'newWindow', origin: 'https://app.example' },
    }
    const sealed = await seal(SECRET, 'question', question)
    expect(await unseal(SECRET, 'question', sealed)).toEqual(question)
    expect(await unseal(SECRET, 'authorization', sealed)).toBeNull()
    expect(await unseal(`${SECRET}x`, 'question', sealed)).toBeNull()
  })

  it('holds for ten minutes', async () => {
    const sealed = await seal(SECRET, 'authorization', pending)
    vi.setSystemTime(Date.now() + 599_000)
    expect(await unseal(SECRET, 'authorization', sealed)).toEqual(pending)
    vi.setSystemTime(Date.now() + 2_000)
    expect(await unseal(SECRET, 'authorization', sealed)).toBeNull()
  })

  it.each(['', 'a', 'a.b.c', '....', 'eyJhbGciOiJub25lIn0.e30.', '\u{1f5fa}'])('is not %j', async (text) =>
    expect(await unseal(SECRET, 'authorization', text)).toBeNull(),
  )
})
