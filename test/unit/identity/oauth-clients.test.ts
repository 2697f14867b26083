import { describe, expect, it } from 'vitest'
import { OAuthRefusedError } from '../../../src/domain/identity/oauth/errors.ts'
import { refusalAddress } from '../../../src/domain/identity/oauth/server.ts'
import { redirectUriFault } from '../../../src/domain/identity/oauth-clients.ts'
import { openSecret, sealSecret } from '../../../src/domain/identity/sealed-secret.ts'

describe('an address that users are sent back to', () => {
  it.each([
    'https://myapp.giscloud.com',
    'https://my.redirecturi.com/a?b=c',
    'http://localhost:3000/callback',
    'http://127.0.0.1:81/',
    'http://[::1]:81/',
    'org.example.app:/callback',
  ])('may be %s', (address) => expect(redirectUriFault(address)).toBeNull())

  it.each([
    '',
    '/callback',
    'http://example.org/',
    'http://localhost.example.org/',
    'https://example.org/#a',
    'https://example.org/#',
    'https://user:secret@example.org/',
    'https://example.org/a b',
    'https:\\\\example.org',
    'javascript:alert(1)',
    'data:text/html,a',
    'file:///etc/passwd',
    `https://example.org/${'a'.repeat(2000)}`,
  ])('is not %s', (address) => expect(redirectUriFault(address)).toEqual(expect.any(String)))
})

describe('a refusal', () => {
  const refusal = new OAuthRefusedError('access_denied', 'No & never')

  it('is told behind what the address has already', () => {
    const bare = new URL(refusalAddress({ redirectUri: 'https://a.example/cb' }, refusal, 'a=b&c'))
    expect(Object.fromEntries(bare.searchParams)).toEqual({
      ...{ error: 'access_denied', error_description: 'No & never', state: 'a=b&c' },
    })
    const more = new URL(refusalAddress({ redirectUri: 'https://a.example/cb?x=1' }, refusal, undefined))
    expect(Object.fromEntries(more.searchParams)).toEqual({
      ...{ x: '1', error: 'access_denied', error_description: 'No & never' },
    })
  })
})

describe('a secret at rest', () => {
  it('is opened by the key and purpose it was sealed for alone, and is another each time', async () => {
    const [sealed, again] = await Promise.all(
      [1, 2].map(() => sealSecret('the key', 'OAuth 2 client', 'gehe\u0131m')),
    )
    expect(sealed).not.toBe(again)
    expect(sealed).not.toContain('gehe')
    expect(await openSecret('the key', 'OAuth 2 client', sealed!)).toBe('gehe\u0131m')
    await expect(openSecret('another key', 'OAuth 2 client', sealed!)).rejects.toThrow()
    await expect(openSecret('the key', 'connection', sealed!)).rejects.toThrow()
    await expect(
      openSecret(
        'the key',
        'OAuth 2 client',
        sealed!.replace(/.$/, (c) => (c === 'A' ? 'Q' : 'A')),
      ),
    ).rejects.toThrow()
  })
})
